using System.Collections.Immutable;
using Weft.Model.Resources;

namespace Weft.Docker.State;

/// <summary>What a network of this host's Docker is in Weft.</summary>
sealed record NetworkLink
{
    public required string DockerId { get; init; }

    /// <summary>Uid; null until its name is known: Docker tells the driver of a network before naming it.</summary>
    public Guid? Network { get; init; }

    /// <summary>Of the store when it was linked; a state older than this may not have it yet.</summary>
    public long Revision { get; init; }

    /// <summary>From <c>-o weft.project</c>.</summary>
    public string? Project { get; init; }

    /// <summary>From <c>-o weft.network</c>; null: named as Docker's.</summary>
    public string? Name { get; init; }

    /// <summary>What Docker was asked for or chose.</summary>
    public ImmutableArray<Subnet> Subnets { get; init; } = [];

    public bool Internal { get; init; }

    public int Mtu { get; init; }

    /// <summary>Addresses come from Weft's IPAM driver; otherwise from Docker's own, which knows one host only.</summary>
    public bool OwnAddresses { get; init; }

    /// <summary>Pools that were asked of us before the network had a name.</summary>
    public ImmutableArray<string> Pools { get; init; } = [];
}
