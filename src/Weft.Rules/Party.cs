using System.Collections.Immutable;
using System.Net;

namespace Weft.Rules;

/// <summary>One side of a connection, as rules see it.</summary>
/// <param name="Network">Uid of its network.</param>
/// <param name="Project">Of its network.</param>
/// <param name="Groups">Uids of its port's security groups, in order.</param>
/// <param name="Labels">Of its port, ordered by key.</param>
public sealed record Party(
    Guid Network, string Project, IPAddress Address, ImmutableArray<Guid> Groups,
    ImmutableArray<KeyValuePair<string, string>> Labels);

/// <summary>What a connection's first packet says besides its addresses.</summary>
/// <param name="SourcePort">0 without ports.</param>
/// <param name="DestinationPort">0 without ports.</param>
/// <param name="IcmpType">Of ICMP and ICMPv6; else 0.</param>
public readonly record struct Traffic(byte Protocol, ushort SourcePort, ushort DestinationPort, byte IcmpType);
