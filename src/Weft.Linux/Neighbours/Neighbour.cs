using System.Net;
using Weft.Model.Addressing;

namespace Weft.Linux;

/// <summary>States of a neighbour (NUD_*).</summary>
[Flags]
public enum NeighbourState
{
    None = 0,
    Incomplete = 0x01,
    Reachable = 0x02,
    Stale = 0x04,
    Delay = 0x08,
    Probe = 0x10,
    Failed = 0x20,
    NoArp = 0x40,
    Permanent = 0x80,
}

/// <summary>An entry of the neighbour tables: ARP, or neighbour discovery (RFC 4861).</summary>
public sealed record Neighbour
{
    public required int LinkIndex { get; init; }

    public required IPAddress Address { get; init; }

    /// <summary>Null while it is not known.</summary>
    public MacAddress? Mac { get; init; }

    public NeighbourState State { get; init; } = NeighbourState.Permanent;

    /// <summary>The kernel answers for the address on this link.</summary>
    public bool IsProxy { get; init; }

    public override string ToString() => $"{Address} on link #{LinkIndex}";
}
