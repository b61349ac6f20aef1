using System.Collections.Immutable;
using System.Net;
using Weft.Model.Addressing;
using Weft.Model.State;

namespace Weft.Docker.State;

/// <summary>What an endpoint of this host's Docker is in Weft.</summary>
sealed record EndpointRecord
{
    public required string EndpointId { get; init; }

    /// <summary>Docker's id.</summary>
    public required string DockerNetwork { get; init; }

    /// <summary>Uid.</summary>
    public required Guid Network { get; init; }

    /// <summary>Uid.</summary>
    public required Guid Port { get; init; }

    public required MacAddress Mac { get; init; }

    public ImmutableArray<IPAddress> Addresses { get; init; } = [];

    public required DateTimeOffset Created { get; init; }

    /// <summary>Id; null until it is known: Docker does not tell the driver.</summary>
    public string? Container { get; init; }

    /// <summary>The end of the pair that Docker moves into the container.</summary>
    public string? Interface { get; init; }

    /// <summary>Of the port, from the options of the endpoint; they come before what the container's labels say.</summary>
    public ImmutableDictionary<string, string>? Labels { get; init; }

    /// <summary>Ports of the host that lead to it, one each.</summary>
    public ImmutableArray<NodePortMapping> Published { get; init; } = [];

    /// <summary>The options of the endpoint name its security groups: what the container's labels say of them does not count.</summary>
    public bool HasGroups { get; init; }
}
