namespace Weft.Linux;

/// <summary>Bytes that are no netlink message.</summary>
public sealed class NetlinkFormatException(string message) : FormatException(message);
