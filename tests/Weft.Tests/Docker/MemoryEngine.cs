using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Weft.Agent.Attachments;
using Weft.Docker.Engine;

namespace Weft.Tests.Docker;

/// <summary>A dockerd as far as the driver asks it.</summary>
sealed class MemoryEngine : IDockerEngine
{
    readonly Channel<EngineEvent> _events = Channel.CreateUnbounded<EngineEvent>();

    internal ConcurrentDictionary<string, EngineNetwork> Networks { get; } = new();

    internal ConcurrentDictionary<string, EngineContainer> Containers { get; } = new();

    internal string Root { get; init; } = "/nonexistent";

    internal int Version { get; set; } = 20;

    /// <summary>What the stream of events waits for.</summary>
    internal TaskCompletionSource Connecting { get; init; } = MadeUp();

    /// <summary>Events that have been dealt with.</summary>
    internal int Heard { get; private set; }

    static TaskCompletionSource MadeUp()
    {
        var done = new TaskCompletionSource();
        done.SetResult();
        return done;
    }

    internal static string IdOf(string name) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(
        System.Text.Encoding.UTF8.GetBytes(name)));

    /// <summary>As Docker shows a network once its creation has been answered.</summary>
    internal EngineNetwork Add(string name, string driver, string ipam, params string[] prefixes)
    {
        var network = new EngineNetwork(
            IdOf(name), name, driver, ipam, ImmutableDictionary<string, string>.Empty,
            [.. prefixes.Select(prefix => new EnginePool(IPNetwork.Parse(prefix), null, null))], false, []);
        Networks[network.Id] = network;
        _events.Writer.TryWrite(new(EngineEventKind.NetworkCreated, network.Id));
        return network;
    }

    internal void Attach(string network, EngineEndpoint endpoint) =>
        Networks[network] = Networks[network] with { Endpoints = Networks[network].Endpoints.Add(endpoint) };

    internal void DetachAll(string network) => Networks[network] = Networks[network] with { Endpoints = [] };

    public Task<int> VersionAsync(CancellationToken cancellation) => Task.FromResult(Version);

    public Task<ImmutableArray<EngineNetwork>> ListNetworksAsync(CancellationToken cancellation) =>
        Task.FromResult<ImmutableArray<EngineNetwork>>([.. Networks.Values]);

    public Task<EngineNetwork?> InspectNetworkAsync(string id, CancellationToken cancellation) =>
        Task.FromResult(Networks.GetValueOrDefault(id));

    public Task<string?> CreateNetworkAsync(NewEngineNetwork network, CancellationToken cancellation)
    {
        if (Networks.Values.Any(one => one.Name == network.Name))
            return Task.FromResult<string?>(null);
        var made = Add(network.Name, network.Driver, network.Driver, [.. network.Pools.Select(pool => pool.Prefix.ToString())]);
        Networks[made.Id] = made with { Options = network.Options, Internal = network.Internal };
        return Task.FromResult<string?>(made.Id);
    }

    public Task RemoveNetworkAsync(string id, CancellationToken cancellation)
    {
        Networks.TryRemove(id, out _);
        _events.Writer.TryWrite(new(EngineEventKind.NetworkRemoved, id));
        return Task.CompletedTask;
    }

    public Task<EngineContainer?> InspectContainerAsync(string id, CancellationToken cancellation) =>
        Task.FromResult(Containers.GetValueOrDefault(id));

    public Task<ContainerProcess?> FindProcessAsync(string idOrName, CancellationToken cancellation) =>
        Task.FromResult<ContainerProcess?>(null);

    public Task<string> RootDirectoryAsync(CancellationToken cancellation) => Task.FromResult(Root);

    public async IAsyncEnumerable<EngineEvent> EventsAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        await Connecting.Task.WaitAsync(cancellation);
        yield return new(EngineEventKind.Connected, "");
        Heard++;
        await foreach (var next in _events.Reader.ReadAllAsync(cancellation))
        {
            yield return next;
            Heard++;
        }
    }
}
