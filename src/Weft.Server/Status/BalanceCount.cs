namespace Weft.Server.Status;

/// <summary>What a listener or a member has done; of one node, or of all together.</summary>
public readonly record struct BalanceCount(ulong Connections, ulong Total, ulong Refused, ulong BytesIn, ulong BytesOut)
{
    public static BalanceCount operator +(BalanceCount one, BalanceCount other) => new(
        one.Connections + other.Connections, one.Total + other.Total, one.Refused + other.Refused,
        one.BytesIn + other.BytesIn, one.BytesOut + other.BytesOut);
}
