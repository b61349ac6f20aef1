using System.Net;
using System.Text.Json.Serialization;
using Weft.Model.Addressing;
using Weft.Model.State;

namespace Weft.Model.Resources;

/// <summary>An isolated address space whose ports reach each other on every node, and nothing else.</summary>
public sealed record Network : ProjectResource
{
    public const string KindName = "network";

    [JsonPropertyOrder(KindOrder)]
    public override string Kind => KindName;

    /// <summary>1 to 16777215 (RFC 7348 section 5); chosen by the server when 0.</summary>
    public uint Vni { get; init; }

    /// <summary>At least one after defaults; they must not overlap each other.</summary>
    public IReadOnlyList<Subnet>? Subnets { get; init; }

    /// <summary>No way out, ever: neither egress nor floating IPs.</summary>
    public bool Internal { get; init; }

    /// <summary>
    /// A way out of its own: its ports may open connections to an external network. Docker's networks have one unless they
    /// are made <c>--internal</c>.
    /// </summary>
    public ExternalGateway? ExternalGateway { get; init; }

    /// <summary>
    /// Another allocator, such as Docker's built-in one, also gives out its addresses, from the lowest
    /// upwards: the server then chooses from the highest downwards, so that the two rarely meet.
    /// </summary>
    public bool ExternalIpam { get; init; }

    /// <summary>Bytes of L3 of the ports' interfaces; what the fabric carries when 0.</summary>
    public int Mtu { get; init; }
}

/// <summary>One prefix of a network.</summary>
public sealed record Subnet
{
    /// <summary>Required, without host bits.</summary>
    public IPNetwork Prefix { get; init; }

    /// <summary>The vrouter answers for it on every node. The first address of the prefix when not given.</summary>
    public IPAddress? Gateway { get; init; }

    /// <summary>Where addresses are taken from; the whole prefix without its gateway when not given.</summary>
    public IReadOnlyList<AddressRange>? Pools { get; init; }

    /// <summary>By what the pools are, not by which list holds them.</summary>
    public bool Equals(Subnet? other) =>
        other is not null
        && Prefix.Equals(other.Prefix) && Equals(Gateway, other.Gateway) && Sequences.Equal(Pools, other.Pools);

    public override int GetHashCode() => HashCode.Combine(Prefix, Gateway);
}
