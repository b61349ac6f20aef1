using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Weft.Agent.Control;
using Weft.Agent.State;
using Weft.Linux;
using Weft.Model.State;

namespace Weft.Agent.Attachments;

/// <summary>Keeps attachments on disk, interfaces in the kernel and ports at the server in step.</summary>
/// <remarks>
/// A record whose interface is gone (its namespace died, or the machine restarted) is dropped; a port that was made
/// for it is deleted at the server, others stay and are down. An interface without a record (the state directory was
/// lost) is taken on when its port is this node's, and removed when the server knows no such port any more. Called
/// by the runtime, between attaches.
/// </remarks>
sealed partial class AttachmentKeeper(
    PortRegistry registry, HostNetwork host, IControlPlane control, ILogger<AttachmentKeeper> logger)
{
    readonly ImmutableDictionary<Guid, PortAttachment> _fromDisk = registry.Store.All;
    readonly ConcurrentDictionary<Guid, bool> _deleting = [];
    bool _adopted;
    bool _tidied;

    /// <summary>Takes over what an earlier agent left, once. True: this was the time.</summary>
    internal bool Adopt(AgentState agent)
    {
        if (_adopted)
            return false;
        _adopted = true;
        var interfaces = host.Plumbing.List().ToDictionary(port => port.Uid);
        foreach (var attachment in _fromDisk.Values)
        {
            if (interfaces.TryGetValue(attachment.Port, out var port))
                registry.AddLocal(attachment, port.HostIndex);
            else
                Drop(attachment);
        }
        foreach (var (uid, port) in interfaces)
        {
            if (!registry.Store.All.ContainsKey(uid) && Find(agent, uid) is not null)
                TakeOn(uid, port);
        }
        return true;
    }

    /// <summary>Looks for attachments whose interface is gone.</summary>
    internal void FindLost()
    {
        var locals = registry.Locals; // before the interfaces: what is made meanwhile is in neither
        var interfaces = host.Plumbing.List().Select(port => port.HostIndex).ToHashSet();
        foreach (var local in locals.Values)
        {
            if (!interfaces.Contains(local.Ifindex) && registry.Store.All.TryGetValue(local.Uid, out var attachment))
                Drop(attachment);
        }
    }

    /// <summary>
    /// Removes what the server does not know: ports of ours without an attachment there, interfaces of ports that were
    /// deleted here.
    /// </summary>
    /// <param name="index">Of a confirmed state.</param>
    internal void DeleteOrphans(StateIndex index)
    {
        if (registry.InFlight > 0)
            return;
        RemoveStrayInterfaces(index);
        foreach (var port in index.Local.Values)
        {
            if (port.Owner == PortOwner.Attach && !registry.Store.All.ContainsKey(port.Uid))
                DeletePort(port.Uid);
        }
        foreach (var attachment in registry.Store.All.Values)
        {
            if (!index.State.Ports.ContainsKey(attachment.Port) && registry.Locals.ContainsKey(attachment.Port))
            {
                LogPortDeleted(attachment.Port, attachment.Target);
                Forget(attachment.Port);
            }
        }
    }

    /// <summary>Once: those of ports that were deleted while no agent ran.</summary>
    void RemoveStrayInterfaces(StateIndex index)
    {
        if (_tidied)
            return;
        _tidied = true;
        foreach (var port in host.Plumbing.List())
        {
            if (!registry.Store.All.ContainsKey(port.Uid) && !index.Local.ContainsKey(port.Uid))
            {
                LogPortDeleted(port.Uid, port.HostName);
                host.Plumbing.Remove(port.Uid);
            }
        }
    }

    static NodePort? Find(AgentState agent, Guid uid) =>
        agent.State.Ports.TryGetValue(uid, out var port) && port.NodeNumber == agent.NodeNumber ? port : null;

    void TakeOn(Guid uid, PlumbedPort port)
    {
        var attachment = registry.NewAttachment(uid, AttachMethod.Found, port.HostName, "", ownsPort: false);
        registry.Store.Put(attachment);
        registry.AddLocal(attachment, port.HostIndex);
        LogFound(uid, port.HostName);
    }

    void Drop(PortAttachment attachment)
    {
        LogLost(attachment.Port, attachment.Target);
        Forget(attachment.Port);
        if (attachment.OwnsPort)
            DeletePort(attachment.Port);
    }

    void Forget(Guid port)
    {
        registry.RemoveLocal(port);
        host.Plumbing.Remove(port);
        registry.Store.Remove(port);
    }

    /// <summary>Beside the rounds. When it fails, the port is an orphan and comes here again.</summary>
    void DeletePort(Guid port)
    {
        if (_deleting.TryAdd(port, true))
            _ = DeletePortAsync(port);
    }

    async Task DeletePortAsync(Guid port)
    {
        try
        {
            await control.DeletePortAsync(port, keepAddresses: false, CancellationToken.None).ConfigureAwait(false);
        }
        catch (ControlPlaneException failure)
        {
            LogDeleteFailed(port, failure.Message);
        }
        finally
        {
            _deleting.TryRemove(port, out _);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Port {Port} is detached: what it was attached to ({Target}) is gone")]
    partial void LogLost(Guid port, string target);

    [LoggerMessage(Level = LogLevel.Information, Message = "Port {Port} was deleted at the server; its interface in {Target} is removed")]
    partial void LogPortDeleted(Guid port, string target);

    [LoggerMessage(Level = LogLevel.Information, Message = "Interface {Interface} of port {Port} is taken on")]
    partial void LogFound(Guid port, string @interface);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Port {Port} could not be deleted at the server yet: {Reason}")]
    partial void LogDeleteFailed(Guid port, string reason);
}
