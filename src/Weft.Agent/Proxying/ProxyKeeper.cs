using System.Collections.Immutable;
using System.ComponentModel;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Weft.Agent.Attachments;
using Weft.Agent.State;
using Weft.Linux;
using Weft.Model.Proxying;
using Weft.Model.State;

namespace Weft.Agent.Proxying;

/// <summary>
/// Sees to it that the HTTP listeners of load balancers on this node are served: each has its namespace with the load balancer's
/// port in it and its file, and there is a proxy when there are files.
/// </summary>
/// <remarks>
/// What has its place is recognised by names: a namespace by the node and the load balancer, a file by the load balancer. So an
/// agent that starts finds what an earlier one left, and a proxy that runs is not touched.
/// </remarks>
sealed partial class ProxyKeeper(
    AgentOptions options, Latest<AgentState> state, Latest<AgentStatus> status, Attacher attacher, ProxyReports reports, TimeProvider time,
    ILogger<ProxyKeeper> logger) : BackgroundService
{
    const string Interface = "eth0";
    static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>A process that has been started takes so long to hold its lock, at most.</summary>
    static readonly TimeSpan StartTime = TimeSpan.FromSeconds(5);

    readonly ProxyFolder _folder = new(options.ProxyDirectory);
    readonly Dictionary<Guid, string> _failed = [];
    readonly HashSet<Guid> _kept = [];
    long _started;
    bool _tidied;

    internal static string NamespaceOf(string node, Guid balancer) => $"{NamespacesOf(node)}{balancer:N}";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                var (agent, health) = (state.Value, status.Value);
                await LookAsync(agent, stoppingToken).ConfigureAwait(false);
                await ChangeAsync(agent, health, stoppingToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What is served goes on.
        }
    }

    static string NamespacesOf(string node) => $"weft-lb-{node}-";

    /// <summary>Until there is news; a while at most when there is anything to look after.</summary>
    async Task ChangeAsync(AgentState agent, AgentStatus health, CancellationToken cancellation)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var news = state.NextAsync(agent, waiting.Token);
        if (_kept.Count == 0 && _tidied)
            await news.ConfigureAwait(false);
        else
            await Task.WhenAny(
                news, Task.Delay(Interval, time, waiting.Token),
                status.WaitForAsync(now => !ReferenceEquals(now.Health, health.Health) || !ReferenceEquals(now.Peers, health.Peers), waiting.Token)).ConfigureAwait(false);
        await waiting.CancelAsync().ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
    }

    async Task LookAsync(AgentState agent, CancellationToken cancellation)
    {
        if (!agent.InSync || agent.NodeNumber == 0)
            return;
        var own = ProxyConfigurations.Own(agent).ToDictionary(pair => pair.Balancer.Uid);
        if (agent.Confirmed)
            Tidy(own);
        foreach (var (balancer, port) in own.Values)
        {
            if (await TryAsync(balancer, port, agent, cancellation).ConfigureAwait(false))
                _kept.Add(balancer.Uid);
        }
        if (_kept.Count > 0)
            Serve();
        Tell(own.Keys);
    }

    /// <summary>One that fails stops no other; it is tried again.</summary>
    async Task<bool> TryAsync(NodeBalancer balancer, NodePort port, AgentState agent, CancellationToken cancellation)
    {
        try
        {
            var name = NamespaceOf(options.NodeName, balancer.Uid);
            using (var inside = NetNs.OpenOrCreate(name))
                await attacher.AttachOwnAsync(port.Uid, name, inside, Interface, cancellation).ConfigureAwait(false);
            _folder.Write(ProxyConfigurations.Of(balancer, port, agent.State, key => IsWell(key, agent), status.Value.Peers.Silent.ContainsKey, name));
            _failed.Remove(balancer.Uid);
            return true;
        }
        catch (Exception failure) when (failure is IOException or AttachException or UnauthorizedAccessException)
        {
            if (_failed.GetValueOrDefault(balancer.Uid) != failure.Message)
                LogFailed(balancer.Name, failure.Message);
            _failed[balancer.Uid] = failure.Message;
            return _kept.Contains(balancer.Uid);
        }
    }

    /// <summary>What this node has found by itself is newer than what the server tells.</summary>
    bool IsWell(NodeMemberKey key, AgentState agent) =>
        (status.Value.Health.GetValueOrDefault(key) ?? agent.State.Health.GetValueOrDefault(key))?.Healthy == true;

    /// <summary>Takes away what is not this node's any more; the first time also what an earlier agent left.</summary>
    void Tidy(Dictionary<Guid, (NodeBalancer, NodePort)> own)
    {
        var gone = _kept.Where(uid => !own.ContainsKey(uid)).ToHashSet();
        if (!_tidied)
        {
            gone.UnionWith(_folder.Files().Where(uid => !own.ContainsKey(uid)));
            gone.UnionWith(NetNs.Names().Select(UidOf).OfType<Guid>().Where(uid => !own.ContainsKey(uid)));
        }
        foreach (var uid in gone)
        {
            _folder.Remove(uid);
            var name = NamespaceOf(options.NodeName, uid);
            attacher.DetachOwn(name);
            NetNs.Delete(name);
            _kept.Remove(uid);
            _failed.Remove(uid);
            LogRemoved(uid);
        }
        _tidied = true;
    }

    Guid? UidOf(string name) => name.StartsWith(NamespacesOf(options.NodeName), StringComparison.Ordinal)
        && Guid.TryParse(name[NamespacesOf(options.NodeName).Length..], out var uid) ? uid : null;

    void Serve()
    {
        if (_started != 0 && time.GetElapsedTime(_started) < StartTime || _folder.IsServed())
            return;
        try
        {
            ProxyProcess.Start(options.ProxyCommand, _folder.Path);
            _started = time.GetTimestamp();
            LogStarted();
        }
        catch (Win32Exception failure)
        {
            LogNotStarted(failure.Message);
        }
    }

    void Tell(IEnumerable<Guid> balancers)
    {
        var faults = ImmutableDictionary.CreateBuilder<Guid, string>();
        var counts = ImmutableDictionary.CreateBuilder<BalanceKey, BalanceTotals>();
        foreach (var uid in balancers)
        {
            var said = _folder.StatusOf(uid);
            if ((_failed.GetValueOrDefault(uid) ?? (said?.State == ProxyStatus.Error ? said.Message : null)) is { } fault)
                faults[uid] = fault;
            foreach (var (member, totals) in ProxyConfigurations.CountsOf(uid, said))
                counts[member] = counts.GetValueOrDefault(member) + totals;
        }
        reports.Set(faults.ToImmutable(), counts.ToImmutable());
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Load balancer {Name} cannot be served by the proxy: {Reason}")]
    partial void LogFailed(string name, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Load balancer {Uid} is not served here any more")]
    partial void LogRemoved(Guid uid);

    [LoggerMessage(Level = LogLevel.Information, Message = "The proxy is started")]
    partial void LogStarted();

    [LoggerMessage(Level = LogLevel.Error, Message = "The proxy could not be started: {Reason}")]
    partial void LogNotStarted(string reason);
}
