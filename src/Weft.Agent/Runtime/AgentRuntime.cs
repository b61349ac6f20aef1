using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Weft.Agent.Attachments;
using Weft.Agent.Desired;
using Weft.Agent.Fabric;
using Weft.Agent.Names;
using Weft.Agent.Outside;
using Weft.Agent.State;
using Weft.Agent.Tracing;
using Weft.Dataplane;
using Weft.Linux;

namespace Weft.Agent.Runtime;

/// <summary>Turns the newest state and the attachments into what the kernel does, round by round.</summary>
/// <remarks>
/// One loop does all writing, so there is nothing to lock: whatever changes rings a bell, and the next round takes
/// everything that changed meanwhile. A round is: paths to peers, desired records, the vrouter's tables, programs on
/// interfaces, and what came of it. An earlier agent's programs run on with its records until the first round has
/// told the new ones. Nothing is deleted before the server has confirmed the state (<see cref="AgentState.Confirmed"/>).
/// </remarks>
public sealed partial class AgentRuntime : IPortGuard, IDisposable
{
    readonly AgentOptions _options;
    readonly HostNetwork _host;
    readonly Latest<AgentState> _state;
    readonly Latest<AgentStatus> _status;
    readonly PortRegistry _registry;
    readonly AttachmentKeeper _keeper;
    readonly TimeProvider _time;
    readonly ILogger _logger;
    readonly RuleLog _ruleLog;
    readonly Wake _wake = new();
    readonly DesiredRecords _records = new();
    readonly FabricState _fabric;
    readonly UplinkState _uplinks;
    readonly NameService _names;
    readonly TaskCompletionSource<Vrouter> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly Dictionary<Guid, string> _attachErrors = [];

    AgentState _seen = AgentState.Initial;
    ImmutableDictionary<Guid, LocalPort> _locals = ImmutableDictionary<Guid, LocalPort>.Empty;
    HashSet<int> _fabricInterfaces = [];
    ServiceInterface? _service;
    bool _serviceAttached;
    bool _confirmed;

    internal AgentRuntime(
        AgentOptions options,
        HostNetwork host,
        Latest<AgentState> state,
        Latest<AgentStatus> status,
        PortRegistry registry,
        AttachmentKeeper keeper,
        TimeProvider time,
        ILoggerFactory loggers)
    {
        (_options, _host, _state, _status, _registry, _keeper, _time) = (options, host, state, status, registry, keeper, time);
        _logger = loggers.CreateLogger<AgentRuntime>();
        _ruleLog = new RuleLog(() => _records.Index, loggers.CreateLogger<RuleLog>());
        _fabric = new FabricState(options, host.Netlink, _logger);
        _uplinks = new UplinkState(host);
        _names = new NameService(options, time, loggers.CreateLogger<NameServer>());
        registry.Changed = () => _wake.Ring(WakeReasons.State);
    }

    FabricInfo? IPortGuard.Fabric => _fabric.Info;

    Task IPortGuard.Ready => _opened.Task;

    /// <summary>The vrouter, once it is loaded.</summary>
    internal Task<Vrouter> Opened => _opened.Task;

    /// <summary>Of drivers; told with the runtime's own at its next round.</summary>
    internal FaultBoard OtherFaults { get; init; } = new();

    /// <summary>What the proxy says; told with the runtime's own at its next round.</summary>
    internal ProxyReports Proxied { get; init; } = new();

    /// <summary>Traces that the server asks for, and what came of them.</summary>
    internal TraceBell Traces { get; init; } = new();

    internal DesiredRecords Records => _records;

    internal FabricInfo? Fabric => _fabric.Info;

    /// <summary>Loads the vrouter and works until cancelled. What is attached goes on without it.</summary>
    /// <exception cref="LinuxException">No privilege, or the kernel lacks what is needed.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var all = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var vrouter = Open();
        using var monitor = NetlinkMonitor.Open(
            _host.Namespace, NetworkTopics.Links | NetworkTopics.Routes | NetworkTopics.Addresses);
        StartNames(all.Token);
        StartBalancing(vrouter);
        _opened.SetResult(vrouter);
        var telling = TellRulesAsync(vrouter, all.Token);
        var tracing = TraceAsync(vrouter, all.Token);
        var announcing = AnnounceAsync(vrouter, all.Token);
        var watching = WatchPeersAsync(all.Token);
        var recording = RecordFlowsAsync(vrouter, all.Token);
        _wake.Ring(WakeReasons.State | WakeReasons.Paths);
        try
        {
            await (await Task.WhenAny(
                RoundsAsync(vrouter, all.Token),
                WatchStateAsync(all.Token),
                WatchKernelAsync(monitor, all.Token),
                TickAsync(vrouter, all.Token)).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return;
        }
        finally
        {
            await all.CancelAsync().ConfigureAwait(false);
            await _names.StopAsync().ConfigureAwait(false);
            await StopBalancingAsync().ConfigureAwait(false);
            await Task.WhenAll(telling, tracing, announcing, watching, recording).ConfigureAwait(false); // they read from what the vrouter disposes of
        }
    }

    public void Dispose() => _names.Dispose();

    void IPortGuard.Guard(int ifindex) => _host.Namespace.Run(() => _opened.Task.Result.AttachPort(ifindex));

    Vrouter Open()
    {
        try
        {
            var vrouter = Vrouter.Open(new VrouterOptions
            {
                Pins = new PinDirectory(_options.PinDirectory),
                VxlanPort = (ushort)_options.VxlanPort,
                FlowTableSize = _options.FlowTableSize,
                VerdictTableSize = _options.VerdictTableSize,
                Reports = _options.FlowRecords && Flows is not null,
            });
            foreach (var (map, difference) in vrouter.ReplacedMaps)
                LogMapReplaced(map, difference);
            return vrouter;
        }
        catch (Exception failure)
        {
            _opened.SetException(failure);
            throw;
        }
    }

    void StartNames(CancellationToken cancellation)
    {
        try
        {
            _service = _names.Start(_host.Netlink, cancellation);
        }
        catch (Exception failure) when (failure is IOException or System.Net.Sockets.SocketException)
        {
            LogNamesFailed(failure.Message); // ports work without names
        }
    }

    /// <summary>Rules hold without it.</summary>
    async Task TellRulesAsync(Vrouter vrouter, CancellationToken cancellation)
    {
        try
        {
            await _ruleLog.RunAsync(vrouter, cancellation).ConfigureAwait(false);
        }
        catch (IOException failure)
        {
            LogEventsFailed(failure.Message);
        }
    }

    /// <summary>Nothing waits for it.</summary>
    async Task TraceAsync(Vrouter vrouter, CancellationToken cancellation)
    {
        try
        {
            await new Tracer(_host, _registry, () => _records.Index, Traces).RunAsync(vrouter, cancellation).ConfigureAwait(false);
        }
        catch (IOException failure)
        {
            LogTracesFailed(failure.Message);
        }
    }

    async Task RoundsAsync(Vrouter vrouter, CancellationToken cancellation)
    {
        while (true)
        {
            var reasons = await _wake.WaitAsync(cancellation).ConfigureAwait(false);
            try
            {
                Round(vrouter, reasons);
            }
            catch (Exception failure) when (failure is IOException or InvalidOperationException)
            {
                LogRoundFailed(failure); // the next tick tries again
            }
        }
    }

    async Task WatchStateAsync(CancellationToken cancellation)
    {
        var known = AgentState.Initial;
        while (true)
        {
            known = await _state.NextAsync(known, cancellation).ConfigureAwait(false);
            _wake.Ring(WakeReasons.State);
        }
    }

    async Task WatchKernelAsync(NetlinkMonitor monitor, CancellationToken cancellation)
    {
        await foreach (var change in monitor.ReadAllAsync(cancellation).ConfigureAwait(false))
        {
            if (change is LinkChange { Removed: true } or ResyncNeeded)
                _wake.Ring(WakeReasons.Interfaces);
            if (_fabric.IsConcernedBy(change) || _uplinks.IsConcernedBy(change))
                _wake.Ring(WakeReasons.Paths);
        }
    }

    /// <summary>The recorder, while there is one, sweeps more often.</summary>
    void Sweep(Vrouter vrouter)
    {
        try
        {
            if (_recording)
                vrouter.Tidy();
            else
                vrouter.Sweep();
        }
        catch (IOException failure)
        {
            LogSweepFailed(failure.Message);
        }
        OtherFaults.Set("flow records", [.. FlowFaults()]);
    }

    /// <summary>Sweeps the flow table beside the rounds, and makes every tick one.</summary>
    async Task TickAsync(Vrouter vrouter, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(_options.SweepInterval, _time);
        while (await timer.WaitForNextTickAsync(cancellation).ConfigureAwait(false))
        {
            Sweep(vrouter);
            _wake.Ring(WakeReasons.Time | WakeReasons.Interfaces);
        }
    }
}
