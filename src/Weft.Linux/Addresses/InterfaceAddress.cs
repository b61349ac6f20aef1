using System.Net;
using System.Net.Sockets;

namespace Weft.Linux;

/// <summary>An address of an interface.</summary>
public sealed record InterfaceAddress
{
    public required int LinkIndex { get; init; }

    public required IPAddress Address { get; init; }

    /// <summary>Of the subnet, 0 to 32 or 128.</summary>
    public required int PrefixLength { get; init; }

    /// <summary>IPv6: used at once, without duplicate address detection (RFC 4862 section 5.4).</summary>
    public bool NoDuplicateDetection { get; init; }

    /// <summary>IPv6: duplicate address detection is not through with it.</summary>
    public bool IsTentative { get; init; }

    /// <summary>The kernel makes no route to the subnet for it.</summary>
    public bool NoPrefixRoute { get; init; }

    /// <summary>Who set it, in the numbers of <see cref="RouteProtocol"/>; 0: not told. Kernels before 5.18 forget it.</summary>
    public byte Protocol { get; init; }

    public override string ToString() => $"{Address}/{PrefixLength}";

    internal byte Family => IPFamily.Of(Address);
}

/// <summary>AF_INET or AF_INET6.</summary>
static class IPFamily
{
    internal static byte Of(IPAddress address) => Of(address.AddressFamily);

    internal static byte Of(AddressFamily family) => family switch
    {
        AddressFamily.InterNetwork => Interop.LibcConstants.AF_INET,
        AddressFamily.InterNetworkV6 => Interop.LibcConstants.AF_INET6,
        AddressFamily.Unspecified => Interop.LibcConstants.AF_UNSPEC,
        _ => throw new ArgumentException($"{family} is neither IPv4 nor IPv6", nameof(family)),
    };

    internal static int Bits(byte family) => family == Interop.LibcConstants.AF_INET6 ? 128 : 32;

    /// <summary>0.0.0.0 or ::.</summary>
    internal static IPAddress Any(byte family) =>
        family == Interop.LibcConstants.AF_INET6 ? IPAddress.IPv6Any : IPAddress.Any;
}
