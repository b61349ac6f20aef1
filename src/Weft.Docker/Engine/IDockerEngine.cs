using System.Collections.Immutable;
using Weft.Agent.Attachments;

namespace Weft.Docker.Engine;

/// <summary>What the driver asks of dockerd. Everything else throws when dockerd does not answer.</summary>
interface IDockerEngine
{
    /// <summary>Major part of the version, such as 20 or 28.</summary>
    Task<int> VersionAsync(CancellationToken cancellation);

    Task<ImmutableArray<EngineNetwork>> ListNetworksAsync(CancellationToken cancellation);

    /// <returns>Null: there is no such network.</returns>
    Task<EngineNetwork?> InspectNetworkAsync(string id, CancellationToken cancellation);

    /// <returns>Its id; null: the name is taken.</returns>
    Task<string?> CreateNetworkAsync(NewEngineNetwork network, CancellationToken cancellation);

    /// <summary>Does nothing when it is gone already.</summary>
    Task RemoveNetworkAsync(string id, CancellationToken cancellation);

    /// <summary>Waits while the container is being started: Docker holds its lock.</summary>
    /// <returns>Null: there is no such container.</returns>
    Task<EngineContainer?> InspectContainerAsync(string id, CancellationToken cancellation);

    /// <returns>Null: no container of that name or id is running.</returns>
    Task<ContainerProcess?> FindProcessAsync(string idOrName, CancellationToken cancellation);

    /// <summary>Where Docker keeps its containers' files.</summary>
    Task<string> RootDirectoryAsync(CancellationToken cancellation);

    /// <summary>Ends, or throws, when the stream breaks.</summary>
    IAsyncEnumerable<EngineEvent> EventsAsync(CancellationToken cancellation);
}
