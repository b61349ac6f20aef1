using System.Collections.Immutable;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Weft.Agent.Control;
using Weft.Docker.Engine;
using Weft.Docker.Networks;
using Weft.Docker.State;

namespace Weft.Docker.Endpoints;

/// <summary>
/// Learns whose an endpoint is, and gives its port the container's name, aliases and labels. Docker tells the
/// driver nothing of the container, and holds its lock while it starts: the name comes from the network, at
/// once, and the rest from the container, when it has started. What its labels say of security groups counts from then
/// on; if it cannot be done, the endpoint is closed: a container must not be more open than it was meant to be.
/// </summary>
sealed partial class EndpointNamer(
    IDockerEngine engine, IControlPlane control, IEndpointPlug plug, DockerState state, EndpointFaults faults,
    ContainerResolver resolver, TimeProvider time, ILogger<EndpointNamer> log)
{
    static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(5);
    static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    readonly Channel<string> _joined = Channel.CreateUnbounded<string>();

    public void Name(string endpointId) => _joined.Writer.TryWrite(endpointId);

    /// <summary>The container may go on without this network.</summary>
    public void Leave(string endpointId)
    {
        if (state.Endpoints.Find(endpointId) is { Container: { } container } endpoint)
            resolver.GiveBack(container, state.Endpoints.All.Values.FirstOrDefault(
                other => other.Container == container && other.EndpointId != endpoint.EndpointId));
    }

    /// <summary>All endpoints again: what happened while Docker was away is not told.</summary>
    public void NameAll()
    {
        foreach (var endpoint in state.Endpoints.All.Keys)
            Name(endpoint);
    }

    /// <param name="container">Id.</param>
    public void NameAgain(string container)
    {
        foreach (var endpoint in state.Endpoints.All.Values.Where(endpoint => endpoint.Container == container))
            Name(endpoint.EndpointId);
    }

    public async Task RunAsync(CancellationToken cancellation)
    {
        await Parallel.ForEachAsync(
            _joined.Reader.ReadAllAsync(cancellation),
            new ParallelOptions { MaxDegreeOfParallelism = 64, CancellationToken = cancellation },
            async (endpoint, stop) =>
            {
                try
                {
                    await NameAsync(endpoint, stop).ConfigureAwait(false);
                }
                catch (ControlPlaneException answer) when (answer.Error == ControlPlaneError.NotFound)
                {
                    // The container ended meanwhile.
                }
                catch (ControlPlaneException answer) when (answer.Error == ControlPlaneError.Unavailable)
                {
                    await Task.Delay(LongestWait, time, stop).ConfigureAwait(false);
                    Name(endpoint);
                }
                catch (Exception exception) when (exception is not OperationCanceledException)
                {
                    NotNamed(endpoint, exception.Message);
                }
            }).ConfigureAwait(false);
    }

    async Task NameAsync(string endpointId, CancellationToken cancellation)
    {
        if (await FindAsync(endpointId, cancellation).ConfigureAwait(false) is not { } found)
            return;
        var isNew = state.Endpoints.Find(endpointId) is { Container: null };
        if (state.Endpoints.Change(endpointId, known => known with { Container = found.Container }) is not { } endpoint)
            return;
        var resolving = resolver.TakeOverAsync(endpoint, cancellation);
        if (isNew)
            await TellAsync(endpoint, found.Name, [], PortOptions.Of([]), cancellation).ConfigureAwait(false);
        var container = await engine.InspectContainerAsync(found.Container!, cancellation).ConfigureAwait(false);
        if (container is not null)
        {
            var aliases = container.Attachments.Values.FirstOrDefault(one => one.Endpoint == endpointId)?.Aliases ?? [];
            await TellOrCloseAsync(endpoint, container, aliases, cancellation).ConfigureAwait(false);
        }
        await resolving.ConfigureAwait(false);
        if (container is not null && container.Attachments.Any(IsElsewhere))
            resolver.GiveBack(container.Id, null);
    }

    /// <summary>Another network with names that Docker's resolver alone knows.</summary>
    bool IsElsewhere(KeyValuePair<string, EngineAttachment> attachment) =>
        attachment.Key != "bridge" && attachment.Value.Endpoint.Length > 0
        && state.Networks.Find(attachment.Value.Network) is null;

    /// <returns>Null: the endpoint went before its container was known.</returns>
    async Task<EngineEndpoint?> FindAsync(string endpointId, CancellationToken cancellation)
    {
        var (start, wait) = (time.GetTimestamp(), FirstWait);
        while (time.GetElapsedTime(start) < Patience && state.Endpoints.Find(endpointId) is { } endpoint)
        {
            var network = await engine.InspectNetworkAsync(endpoint.DockerNetwork, cancellation).ConfigureAwait(false);
            if (network?.Endpoints.FirstOrDefault(one => one.Id == endpointId) is { Container: not null } found)
                return found;
            await Task.Delay(wait, time, cancellation).ConfigureAwait(false);
            wait = wait * 2 < LongestWait ? wait * 2 : LongestWait;
        }
        return null;
    }

    async Task TellOrCloseAsync(
        EndpointRecord endpoint, EngineContainer container, ImmutableArray<string> aliases, CancellationToken cancellation)
    {
        var options = PortOptions.Of(container.Labels);
        if (options.Fault is { } fault)
        {
            await CloseAsync(endpoint, container, fault, cancellation).ConfigureAwait(false);
            return;
        }
        try
        {
            var offer = IsMeant(endpoint, container) ? options.Offer : null;
            if (offer is null)
                options = options with { Labels = options.Labels.Remove(Model.Resources.LoadBalancer.MemberLabel) };
            await TellAsync(endpoint, container.Name, aliases, options, cancellation).ConfigureAwait(false);
            faults.Clear(endpoint.EndpointId);
            if (offer is not null)
                await OfferAsync(endpoint, container, offer, cancellation).ConfigureAwait(false);
        }
        catch (ControlPlaneException answer) when (answer.Error == ControlPlaneError.Invalid && options.Groups is not null)
        {
            await CloseAsync(endpoint, container, DriverException.From(answer).Message, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// What a container offers, it offers in one network: the one that its label names, or else the first that is not
    /// internal, by name.
    /// </summary>
    bool IsMeant(EndpointRecord endpoint, EngineContainer container)
    {
        var ours = container.Attachments
            .Select(attachment => (attachment.Key, attachment.Value.Endpoint, Link: state.Networks.Find(attachment.Value.Network)))
            .Where(attachment => attachment.Link is not null)
            .OrderBy(attachment => attachment.Link!.Internal).ThenBy(attachment => attachment.Key, StringComparer.Ordinal).ToList();
        return container.Labels.TryGetValue(OfferLabels.Network, out var name)
            ? ours.Any(attachment => attachment.Endpoint == endpoint.EndpointId && (attachment.Key == name || attachment.Key.EndsWith("_" + name, StringComparison.Ordinal)))
            : ours.Count > 0 && ours[0].Endpoint == endpoint.EndpointId;
    }

    /// <summary>What cannot be done is told, and leaves the container its network: it is less open than it was meant to be, not more.</summary>
    async Task OfferAsync(EndpointRecord endpoint, EngineContainer container, PortOffer offer, CancellationToken cancellation)
    {
        try
        {
            await control.OfferAsync(endpoint.Port, offer, cancellation).ConfigureAwait(false);
        }
        catch (ControlPlaneException answer) when (answer.Error != ControlPlaneError.Unavailable)
        {
            var why = DriverException.From(answer).Message;
            faults.Set(endpoint.EndpointId, $"what the labels of container {container.Name} ask for is not there: {why}");
            NotOffered(container.Name, why);
        }
    }

    /// <summary>Takes the interface away; the endpoint stays, until Docker removes it.</summary>
    async Task CloseAsync(EndpointRecord endpoint, EngineContainer container, string why, CancellationToken cancellation)
    {
        faults.Set(endpoint.EndpointId, $"container {container.Name} has no network: label {why}; start it again when that is right");
        Closed(container.Name, why);
        await plug.RemoveAsync(endpoint.Port, cancellation).ConfigureAwait(false);
    }

    async Task TellAsync(
        EndpointRecord endpoint, string name, ImmutableArray<string> aliases, PortOptions options, CancellationToken cancellation)
    {
        var labels = options.Labels.SetItems(endpoint.Labels ?? ImmutableDictionary<string, string>.Empty);
        var groups = endpoint.HasGroups ? null : options.Groups;
        var label = DockerNames.Label(name);
        ImmutableArray<string> all = [.. aliases.Append(name).Append(label)
            .Select(alias => alias.ToLowerInvariant()).Where(alias => alias.Length > 0).Distinct()];
        var device = $"container {endpoint.Container![..12]}";
        var port = await control.UpdatePortAsync(
            new(endpoint.Port, label.Length > 0 ? label : null, [.. all.Where(alias => alias != label)], device, labels,
                SecurityGroups: groups),
            cancellation).ConfigureAwait(false);
        if (port.Name != label && label.Length > 0)
        {
            // A container of that name runs on another host, too: both answer to it.
            await control.UpdatePortAsync(new(endpoint.Port, null, all, device, labels), cancellation).ConfigureAwait(false);
        }
    }

    [LoggerMessage(LogLevel.Error, "container {Container} has no network: label {Reason}")]
    partial void Closed(string container, string reason);

    [LoggerMessage(LogLevel.Error, "what the labels of container {Container} ask for is not there: {Reason}")]
    partial void NotOffered(string container, string reason);

    [LoggerMessage(LogLevel.Warning, "the container of endpoint {Endpoint} is not known by name: {Reason}")]
    partial void NotNamed(string endpoint, string reason);
}
