using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Weft.Agent.Control;
using Weft.Agent.Fabric;
using Weft.Agent.State;
using Weft.Linux;
using Weft.Model.Local;
using Weft.Model.State;

namespace Weft.Agent.Attachments;

/// <summary>Gives namespaces and containers their interfaces, and takes them away.</summary>
/// <remarks>
/// The order is: the port at the server; its record in this node's state; the record of the attachment on disk;
/// the veth, with the vrouter's program on it before its other end comes up; the vrouter's records. Whatever
/// fails undoes all before it. The wait for the kernel's records is a wait for the runtime's round, which takes
/// all attachments at once that came meanwhile.
/// </remarks>
public sealed partial class Attacher
{
    static readonly TimeSpan StateLimit = TimeSpan.FromSeconds(10);
    static readonly TimeSpan KernelLimit = TimeSpan.FromSeconds(15);

    // The kernel's lock on links lets one in at a time; more only wait inside and hold threads meanwhile.
    static readonly SemaphoreSlim Plumbers = new(3);

    readonly AgentOptions _options;
    readonly Latest<AgentState> _state;
    readonly IControlPlane _control;
    readonly PortRegistry _registry;
    readonly HostNetwork _host;
    readonly IPortGuard _guard;
    readonly FindContainer? _findContainer;
    readonly ILogger _logger;

    internal Attacher(
        AgentOptions options,
        Latest<AgentState> state,
        IControlPlane control,
        PortRegistry registry,
        HostNetwork host,
        IPortGuard guard,
        FindContainer? findContainer,
        ILogger<Attacher> logger)
    {
        (_options, _state, _control, _registry) = (options, state, control, registry);
        (_host, _guard, _findContainer, _logger) = (host, guard, findContainer, logger);
    }

    /// <summary>Gives a namespace an interface in a network; the port is made, or the one of the given name used.</summary>
    /// <exception cref="AttachException">With the fields that are wrong; nothing has changed then.</exception>
    public async Task<Attachment> AttachAsync(AttachPortRequest request, CancellationToken cancellation)
    {
        using var span = AgentTraces.Start("attach port")?
            .SetTag("weft.network", request.Network).SetTag("weft.node", _options.NodeName);
        using var flight = _registry.Begin();
        if (TargetNamespace.Check(request) is { } fault)
            throw new AttachException(AttachError.Invalid, [fault]);
        var network = FindNetwork(request.Project ?? _options.DefaultProject, request.Network);
        using var target = await TargetNamespace.OpenAsync(request, _findContainer, cancellation).ConfigureAwait(false);
        var name = request.Interface ?? PortPlumbing.FreeName(target.Namespace);
        CheckInterface(name);
        await ReadyAsync(cancellation).ConfigureAwait(false);
        var start = Stopwatch.GetTimestamp();
        var port = await CreatePortAsync(request, network, target, cancellation).ConfigureAwait(false);
        var owns = port.Owner == PortOwner.Attach;
        try
        {
            if (_registry.Store.All.ContainsKey(port.Uid))
                throw new AttachException(AttachError.AlreadyExists, "name", $"port '{port.Name}' is attached already");
            port = await KnownAsync(port.Uid, cancellation).ConfigureAwait(false);
        }
        catch when (!_registry.Store.All.ContainsKey(port.Uid))
        {
            await ReleaseAsync(port.Uid, owns).ConfigureAwait(false);
            throw;
        }
        var server = Stopwatch.GetElapsedTime(start);
        var attachment = _registry.NewAttachment(port.Uid, target.Method, target.Target, name, owns);
        using var making = AgentTraces.Start("make interface");
        var made = await MakeAsync(port, network, attachment, target.Namespace, cancellation).ConfigureAwait(false);
        return made with { Timing = made.Timing! with { Server = server.TotalMilliseconds } };
    }

    /// <summary>Takes an attachment away, with its port when that was made for it.</summary>
    /// <param name="port">Uid.</param>
    /// <param name="cancellation">Before anything was done.</param>
    /// <returns>False: there is no such attachment.</returns>
    /// <exception cref="AttachException">It is Docker's to take away.</exception>
    public async Task<bool> DetachAsync(Guid port, CancellationToken cancellation)
    {
        if (!_registry.Store.All.TryGetValue(port, out var attachment))
            return false;
        if (attachment.Method == AttachMethod.Docker)
            throw new AttachException(AttachError.Invalid, "port", "Docker attached it: use docker network disconnect");
        if (attachment.Method == AttachMethod.Proxy)
            throw new AttachException(AttachError.Invalid, "port", "it is a load balancer's, and goes with its HTTP listeners");
        cancellation.ThrowIfCancellationRequested();
        Unmake(port);
        await ReleaseAsync(port, attachment.OwnsPort).ConfigureAwait(false);
        return true;
    }

    /// <summary>
    /// Makes the interface of a port with both ends in the host's namespace, for another program to move one. Done
    /// before, it answers the same again.
    /// </summary>
    /// <param name="port">Uid of a port on this node.</param>
    /// <param name="target">For people: what it is for.</param>
    /// <param name="cancellation">Undoes what was done.</param>
    /// <exception cref="AttachException">The port is unknown, or the kernel said no; nothing is left.</exception>
    public async Task<PreparedEndpoint> PrepareEndpointAsync(Guid port, string target, CancellationToken cancellation)
    {
        using var flight = _registry.Begin();
        await ReadyAsync(cancellation).ConfigureAwait(false);
        var start = Stopwatch.GetTimestamp();
        var known = await KnownAsync(port, cancellation).ConfigureAwait(false);
        var network = NetworkOf(known);
        var server = Stopwatch.GetElapsedTime(start);
        var attachment = _registry.Store.All.GetValueOrDefault(port)
            ?? _registry.NewAttachment(port, AttachMethod.Docker, target, NameToMove(port), ownsPort: false);
        var made = await MakeAsync(known, network, attachment, target: null, cancellation).ConfigureAwait(false);
        return new(
            port, made.Interface, made.HostInterface, made.MacAddress, made.Addresses, made.Mtu,
            made.Timing! with { Server = server.TotalMilliseconds });
    }

    /// <summary>Removes the interface of a port, wherever it was moved. The port at the server stays.</summary>
    /// <param name="port">Uid.</param>
    public void RemoveEndpoint(Guid port) => Unmake(port);

    /// <summary>
    /// Plugs a port that the server has put on this node into a namespace of the agent's own. Done before, it does nothing.
    /// </summary>
    /// <param name="port">Uid of a port on this node.</param>
    /// <param name="name">Of the namespace.</param>
    /// <param name="target">The namespace.</param>
    /// <param name="interface">In there.</param>
    /// <param name="cancellation">Undoes what was done.</param>
    /// <exception cref="AttachException">The port is unknown, or the kernel said no; nothing is left.</exception>
    internal async Task AttachOwnAsync(Guid port, string name, NetNs target, string @interface, CancellationToken cancellation)
    {
        if (_registry.Store.All.ContainsKey(port) && _registry.Locals.ContainsKey(port))
            return;
        using var flight = _registry.Begin();
        await ReadyAsync(cancellation).ConfigureAwait(false);
        var known = await KnownAsync(port, cancellation).ConfigureAwait(false);
        using (var inside = Netlink.Open(target))
            inside.SetUp("lo");
        var attachment = _registry.NewAttachment(port, AttachMethod.Proxy, name, @interface, ownsPort: false);
        await MakeAsync(known, NetworkOf(known), attachment, target, cancellation).ConfigureAwait(false);
    }

    /// <summary>Takes out whatever is plugged into a namespace of the agent's own.</summary>
    internal void DetachOwn(string name)
    {
        foreach (var attachment in _registry.Store.All.Values.Where(known => known.Method == AttachMethod.Proxy && known.Target == name))
            Unmake(attachment.Port);
    }

    /// <summary>What is attached now.</summary>
    public IReadOnlyList<Attachment> List()
    {
        var state = _state.Value.State;
        var applied = _registry.Applied.Value;
        var list = new List<Attachment>();
        foreach (var attachment in _registry.Store.All.Values)
        {
            if (state.Ports.TryGetValue(attachment.Port, out var port) && state.Networks.TryGetValue(port.Network, out var network))
                list.Add(Describe(port, network, attachment, applied.GetValueOrDefault(port.Uid)));
        }
        return list;
    }

    async Task<Attachment> MakeAsync(
        NodePort port, NodeNetwork network, PortAttachment attachment, NetNs? target, CancellationToken cancellation)
    {
        var start = Stopwatch.GetTimestamp();
        try
        {
            _registry.Store.Put(attachment);
            var plumbed = await PlumbAsync(port, network, attachment, target, cancellation).ConfigureAwait(false);
            _registry.AddLocal(attachment, plumbed.HostIndex);
            var applied = await AppliedAsync(port.Uid, plumbed.HostIndex, cancellation).ConfigureAwait(false);
            if (applied.Error is { } error)
                throw new AttachException(AttachError.Failed, "", error);
            return Describe(port, network, attachment, applied) with
            {
                Timing = new(0, Stopwatch.GetElapsedTime(start).TotalMilliseconds),
            };
        }
        catch (Exception failure)
        {
            Unmake(port.Uid);
            if (attachment.Method is not (AttachMethod.Docker or AttachMethod.Proxy))
                await ReleaseAsync(port.Uid, attachment.OwnsPort).ConfigureAwait(false);
            if (failure is LinuxException or FeatureNotSupportedException)
                throw new AttachException(AttachError.Failed, "", failure.Message, failure);
            throw;
        }
    }

    async Task<PlumbedPort> PlumbAsync(
        NodePort port, NodeNetwork network, PortAttachment attachment, NetNs? target, CancellationToken cancellation)
    {
        await Plumbers.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return await Task.Run(() => Plumb(port, network, attachment, target), cancellation).ConfigureAwait(false);
        }
        finally
        {
            Plumbers.Release();
        }
    }

    PlumbedPort Plumb(NodePort port, NodeNetwork network, PortAttachment attachment, NetNs? target)
    {
        var fabric = _guard.Fabric;
        if (target is null)
        {
            var pair = _host.Plumbing.CreateForMove(PortShape.Interface(port, network, fabric, attachment.Interface, false));
            _guard.Guard(pair.HostIndex);
            return pair;
        }
        var routes = !network.Internal && !HasDefaultRoute(target);
        var shape = PortShape.Interface(port, network, fabric, attachment.Interface, routes);
        return _host.Plumbing.Attach(shape, target, pair => _guard.Guard(pair.HostIndex));
    }

    static bool HasDefaultRoute(NetNs target)
    {
        using var inside = Netlink.Open(target);
        return inside.ListRoutes().Any(route => route.Destination.PrefixLength == 0);
    }

    void Unmake(Guid port)
    {
        // First the records, so that the interface's number is free of them when the kernel gives it away again.
        _registry.RemoveLocal(port);
        _host.Plumbing.Remove(port);
        _registry.Store.Remove(port);
    }

    async Task<NodePort> CreatePortAsync(
        AttachPortRequest request, NodeNetwork network, TargetNamespace target, CancellationToken cancellation)
    {
        var wanted = new PortRequest
        {
            Network = network.Uid,
            Name = request.Name ?? target.SuggestedName,
            Mac = request.MacAddress,
            Addresses = [.. request.Addresses ?? []],
            Aliases = [.. request.Aliases ?? []],
            SecurityGroups = request.SecurityGroups is { } groups ? [.. groups] : null,
            Labels = (request.Labels ?? ImmutableDictionary<string, string>.Empty).ToImmutableDictionary(),
            Device = target.Device,
            Owner = PortOwner.Attach,
            OrExisting = request.Name is not null,
        };
        try
        {
            return await _control.CreatePortAsync(wanted, cancellation).ConfigureAwait(false);
        }
        catch (ControlPlaneException failure)
        {
            throw AttachException.From(failure);
        }
    }

    /// <summary>Gives the port back: deleted when it was made for the attachment, else it is nowhere.</summary>
    async Task ReleaseAsync(Guid port, bool owns)
    {
        try
        {
            if (owns)
                await _control.DeletePortAsync(port, keepAddresses: false, CancellationToken.None).ConfigureAwait(false);
            else
                await _control.UpdatePortAsync(
                    new(port, null, [], null, ImmutableDictionary<string, string>.Empty, Unbind: true),
                    CancellationToken.None).ConfigureAwait(false);
        }
        catch (ControlPlaneException failure)
        {
            // A port that was made for an attachment is found and deleted later; see AttachmentKeeper.
            LogReleaseFailed(port, failure.Message);
        }
    }

    async Task ReadyAsync(CancellationToken cancellation)
    {
        try
        {
            await _guard.Ready.WaitAsync(KernelLimit, cancellation).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            throw new AttachException(AttachError.Unavailable, "", $"the vrouter is not loaded: {failure.Message}", failure);
        }
    }

    async Task<NodePort> KnownAsync(Guid port, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(StateLimit);
        try
        {
            var state = await _state.WaitForAsync(
                state => state.State.Ports.TryGetValue(port, out var known)
                    && known.NodeNumber == state.NodeNumber
                    && state.State.Networks.ContainsKey(known.Network),
                limit.Token).ConfigureAwait(false);
            return state.State.Ports[port];
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new AttachException(AttachError.Unavailable, "", "the server made the port but did not tell of it in time");
        }
    }

    async Task<AppliedPort> AppliedAsync(Guid port, int ifindex, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(KernelLimit);
        try
        {
            var all = await _registry.Applied.WaitForAsync(
                applied => applied.TryGetValue(port, out var mine) && mine.Ifindex == ifindex, limit.Token).ConfigureAwait(false);
            return all[port];
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new AttachException(AttachError.Failed, "", "the vrouter did not take the port in time");
        }
    }

    NodeNetwork FindNetwork(string project, string name)
    {
        foreach (var network in _state.Value.State.Networks.Values)
        {
            if (network.Project == project && network.Name == name)
                return network;
        }
        throw new AttachException(AttachError.NotFound, "network", $"there is no network '{name}' in project '{project}'");
    }

    NodeNetwork NetworkOf(NodePort port) => _state.Value.State.Networks.TryGetValue(port.Network, out var network)
        ? network
        : throw new AttachException(AttachError.NotFound, "", $"the network of port '{port.Name}' is gone");

    static void CheckInterface(string name)
    {
        try
        {
            _ = LinkRef.FromName(name);
        }
        catch (ArgumentException failure)
        {
            throw new AttachException(AttachError.Invalid, "interface", failure.Message);
        }
    }

    /// <summary>Never the name of a host side, whose rest is hexadecimal: one in sixteen would meet its own.</summary>
    internal static string NameToMove(Guid port) => "weftx" + port.ToString("N", null)[^10..];

    Attachment Describe(NodePort port, NodeNetwork network, PortAttachment attachment, AppliedPort? applied) => new()
    {
        Port = port.Uid,
        Project = port.Project,
        Network = network.Name,
        Name = port.Name,
        Method = attachment.Method.ToString().ToLowerInvariant(),
        Target = attachment.Target,
        Interface = attachment.Interface,
        HostInterface = PortInterface.HostNameOf(port.Uid),
        MacAddress = port.Mac,
        Addresses = [.. PortShape.Addresses(port, network)],
        Mtu = PortShape.Mtu(network, _guard.Fabric),
        State = applied is null ? "down" : applied.Error is null ? "active" : "error",
        Message = applied?.Error,
    };
}

/// <summary>Who manages a port, in its document.</summary>
static class PortOwner
{
    internal const string Attach = "attach";
}

/// <summary>The vrouter's hold on interfaces.</summary>
interface IPortGuard
{
    FabricInfo? Fabric { get; }

    /// <summary>Completes when the vrouter is loaded; fails when it cannot be.</summary>
    Task Ready { get; }

    /// <summary>From now on everything that comes from the interface goes to the vrouter, and to nobody else.</summary>
    void Guard(int ifindex);
}
