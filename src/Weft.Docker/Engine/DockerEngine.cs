using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Docker.DotNet;
using Docker.DotNet.Models;
using Weft.Agent.Attachments;

namespace Weft.Docker.Engine;

/// <summary>dockerd over its socket.</summary>
sealed class DockerEngine(Uri address) : IDockerEngine, IDisposable
{
    // API 1.41 is Docker 20.10's; newer daemons still speak it (28's minimum is 1.24, 29's 1.44).
    readonly DockerClientConfiguration _configuration = new(address, defaultTimeout: TimeSpan.FromSeconds(30));
    DockerClient? _client;

    DockerClient Client => LazyInitializer.EnsureInitialized(ref _client, () => _configuration.CreateClient());

    public async Task<int> VersionAsync(CancellationToken cancellation)
    {
        var version = await Client.System.GetVersionAsync(cancellation).ConfigureAwait(false);
        return int.TryParse(version.Version.Split('.')[0], CultureInfo.InvariantCulture, out var major) ? major : 0;
    }

    public async Task<string> RootDirectoryAsync(CancellationToken cancellation) =>
        (await Client.System.GetSystemInfoAsync(cancellation).ConfigureAwait(false)).DockerRootDir;

    public async Task<ImmutableArray<EngineNetwork>> ListNetworksAsync(CancellationToken cancellation)
    {
        var networks = await Client.Networks.ListNetworksAsync(cancellationToken: cancellation).ConfigureAwait(false);
        return [.. networks.Select(EngineMapping.Network)];
    }

    public async Task<EngineNetwork?> InspectNetworkAsync(string id, CancellationToken cancellation)
    {
        try
        {
            return EngineMapping.Network(await Client.Networks.InspectNetworkAsync(id, cancellation).ConfigureAwait(false));
        }
        catch (DockerApiException exception) when (exception.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    public async Task<string?> CreateNetworkAsync(NewEngineNetwork network, CancellationToken cancellation)
    {
        try
        {
            var parameters = EngineMapping.Parameters(network);
            return (await Client.Networks.CreateNetworkAsync(parameters, cancellation).ConfigureAwait(false)).ID;
        }
        catch (DockerApiException exception) when (exception.StatusCode == HttpStatusCode.Conflict)
        {
            return null;
        }
    }

    public async Task RemoveNetworkAsync(string id, CancellationToken cancellation)
    {
        try
        {
            await Client.Networks.DeleteNetworkAsync(id, cancellation).ConfigureAwait(false);
        }
        catch (DockerApiException exception) when (exception.StatusCode == HttpStatusCode.NotFound)
        {
        }
    }

    public async Task<EngineContainer?> InspectContainerAsync(string id, CancellationToken cancellation)
    {
        try
        {
            return EngineMapping.Container(await Client.Containers.InspectContainerAsync(id, cancellation).ConfigureAwait(false));
        }
        catch (DockerApiException exception) when (exception.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    public async Task<ContainerProcess?> FindProcessAsync(string idOrName, CancellationToken cancellation)
    {
        try
        {
            var found = await Client.Containers.InspectContainerAsync(idOrName, cancellation).ConfigureAwait(false);
            return found.State is { Running: true, Pid: > 0 and var pid }
                ? new(found.ID, found.Name.TrimStart('/'), (int)pid)
                : null;
        }
        catch (DockerApiException exception) when (exception.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    public async IAsyncEnumerable<EngineEvent> EventsAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var events = Channel.CreateUnbounded<EngineEvent>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var reading = ReadAsync(events.Writer, stop.Token);
        // The answer of a request that is made after the stream was asked for proves that the stream is served.
        await VersionAsync(cancellation).ConfigureAwait(false);
        yield return new(EngineEventKind.Connected, "");
        try
        {
            await foreach (var next in events.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
                yield return next;
            await reading.ConfigureAwait(false);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        _client?.Dispose();
        _configuration.Dispose();
    }

    async Task ReadAsync(ChannelWriter<EngineEvent> events, CancellationToken cancellation)
    {
        try
        {
            var progress = new Handler(message =>
            {
                if (EngineMapping.Event(message) is { } known)
                    events.TryWrite(known);
            });
            await Client.System.MonitorEventsAsync(EngineMapping.EventFilter(), progress, cancellation).ConfigureAwait(false);
            events.Complete(new IOException("dockerd ended the stream of events"));
        }
        catch (Exception exception)
        {
            events.Complete(exception);
        }
    }

    /// <summary>In order and at once, unlike <see cref="Progress{T}"/>.</summary>
    sealed class Handler(Action<Message> handle) : IProgress<Message>
    {
        public void Report(Message value) => handle(value);
    }
}
