using System.Collections.Immutable;
using System.Net;

namespace Weft.Docker.Engine;

/// <summary>A network as Docker shows it.</summary>
/// <param name="Endpoints">Those with a running container; filled by an inspection only, not in a list.</param>
sealed record EngineNetwork(
    string Id,
    string Name,
    string Driver,
    string IpamDriver,
    ImmutableDictionary<string, string> Options,
    ImmutableArray<EnginePool> Pools,
    bool Internal,
    ImmutableArray<EngineEndpoint> Endpoints);

/// <param name="Range">Where Docker's own IPAM takes addresses from; null: from the whole prefix.</param>
sealed record EnginePool(IPNetwork Prefix, IPNetwork? Range, IPAddress? Gateway);

/// <param name="Container">Id; null while Docker is making it.</param>
/// <param name="Name">Of the container.</param>
sealed record EngineEndpoint(string Id, string? Container, string Name, ImmutableArray<IPAddress> Addresses);

/// <param name="Id">Of the container.</param>
/// <param name="Attachments">By name of the network.</param>
sealed record EngineContainer(
    string Id, string Name, ImmutableDictionary<string, string> Labels,
    ImmutableDictionary<string, EngineAttachment> Attachments);

sealed record EngineAttachment(string Network, string Endpoint, ImmutableArray<string> Aliases);

/// <summary>What shall be made.</summary>
sealed record NewEngineNetwork(
    string Name, string Driver, ImmutableDictionary<string, string> Options, ImmutableArray<EnginePool> Pools, bool Internal);

/// <param name="Subject">Id of the network or the container.</param>
sealed record EngineEvent(EngineEventKind Kind, string Subject);

enum EngineEventKind
{
    /// <summary>The stream is up: everything before may have been missed.</summary>
    Connected,
    NetworkCreated,
    NetworkRemoved,
    EndpointConnected,
    EndpointDisconnected,
    ContainerRenamed,
}
