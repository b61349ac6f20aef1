using System.Collections.Immutable;
using System.Net;

namespace Weft.Rules;

/// <summary>One side of a connection, as rules see it.</summary>
/// <param name="Network">Uid of its network, or external network.</param>
/// <param name="Project">Of its network; empty: it is outside.</param>
/// <param name="Groups">Uids of its port's security groups, in order.</param>
/// <param name="Labels">Of its port, ordered by key.</param>
public sealed record Party(
    Guid Network, string Project, IPAddress Address, ImmutableArray<Guid> Groups,
    ImmutableArray<KeyValuePair<string, string>> Labels)
{
    /// <summary>In an external network, which is no project's; there are addresses only, and no ports.</summary>
    public bool IsOutside => Project.Length == 0;

    public static Party Outside(Guid external, IPAddress address) => new(external, "", address, [], []);
}

/// <summary>What a connection's first packet says besides its addresses.</summary>
/// <param name="SourcePort">0 without ports.</param>
/// <param name="DestinationPort">0 without ports.</param>
/// <param name="IcmpType">Of ICMP and ICMPv6; else 0.</param>
public readonly record struct Traffic(byte Protocol, ushort SourcePort, ushort DestinationPort, byte IcmpType);
