using Weft.Dataplane.Abi;
using Weft.Linux;
using Weft.Linux.Interop;
using Weft.Model.Addressing;

namespace Weft.Dataplane;

/// <summary>The eBPF data plane of one node: programs, tables, attachments, counters. Thread-safe.</summary>
/// <remarks>
/// Tables are told what should be in them and change at <see cref="Apply"/>; nothing an earlier agent left is removed
/// before <see cref="MarkInSync"/>. Everything is pinned: after <see cref="Dispose"/>, or the death of the process, packets go on
/// by what was there last. An earlier agent's programs stay attached until Attach changes their links over, so tell
/// and apply the state first. Attach and Detach work on interfaces of the calling thread's network namespace: call
/// them by NetNs.Run when the node is not in the process's own.
/// </remarks>
public sealed class Vrouter : IDisposable
{
    readonly Lock _lock = new();
    readonly SafeFd _ownership;
    readonly VrouterPrograms _programs;
    readonly VrouterTables _tables;
    readonly VrouterCounters _counters;
    readonly Attachments _attachments;
    readonly SafeFd _events;
    readonly SafeFd _traceEvents;
    readonly SafeFd _reports;
    readonly Lock _sweeping = new();
    ulong _visited; // by the last sweep
    readonly BpfMap<TraceKey, TraceEntry> _traces;

    Vrouter(VrouterOptions options, SafeFd ownership, VrouterPrograms programs)
    {
        _ownership = ownership;
        _programs = programs;
        _attachments = new(options, programs, _lock);
        _tables = new(programs.Maps, _lock);
        _counters = new(programs.Maps);
        _events = programs.Maps.TakeFd("weft_events");
        _traceEvents = programs.Maps.TakeFd("weft_trace_events");
        _reports = programs.Maps.TakeFd("weft_reports");
        _traces = programs.Maps.Take<TraceKey, TraceEntry>("weft_traces");
        Slots = new(programs.Maps.TakeFd("weft_slots"));
        foreach (var (left, _) in _traces.ReadAll().ToList())
            _traces.Remove(left);
    }

    /// <summary>Ports by the ifindex of their host side.</summary>
    public DesiredTable<uint, PortEntry> Ports => _tables.Ports;

    /// <summary>Routes of every network that has ports here; a change makes the network's flows be decided anew.</summary>
    public DesiredTable<RouteKey, RouteEntry> Routes => _tables.Routes;

    /// <summary>Other nodes by their number.</summary>
    public DesiredTable<uint, NodeEntry> Nodes => _tables.Nodes;

    /// <summary>Numbers of other nodes by the address their packets come from.</summary>
    public DesiredTable<Address, PeerEntry> Peers => _tables.Peers;

    /// <summary>Networks that have ports here, by VNI.</summary>
    public DesiredTable<uint, NetworkEntry> Networks => _tables.Networks;

    /// <summary>Tables of rules, all in one; a table's name is its contents, so it never changes.</summary>
    public DesiredTable<VerdictKey, VerdictEntry> Verdicts => _tables.Verdicts;

    /// <summary>Which table of rules answers for which pair of identities.</summary>
    public DesiredTable<PolicyKey, PolicyEntry> Policies => _tables.Policies;

    /// <summary>The agent's services.</summary>
    public DesiredTable<ServiceKey, ServiceEntry> Services => _tables.Services;

    /// <summary>Ports that the agent asks whether they are well, by the address that stands for them in the service namespace.</summary>
    public DesiredTable<Address, Probe> Probes => _tables.Probes;

    /// <summary>Interfaces to external networks, by ifindex; one without an entry is the host's alone.</summary>
    public DesiredTable<uint, Uplink> Uplinks => _tables.Uplinks;

    /// <summary>Ways out, by the number that routes of external networks name.</summary>
    public DesiredTable<uint, Exit> Exits => _tables.Exits;

    /// <summary>What ports are outside.</summary>
    public DesiredTable<TranslationKey, Translation> Translations => _tables.Translations;

    /// <summary>What floating, published and virtual addresses lead to.</summary>
    public DesiredTable<FrontendKey, Frontend> Frontends => _tables.Frontends;

    /// <summary>Pools by number; their members are in <see cref="Slots"/>, which is to be written first.</summary>
    public DesiredTable<uint, Pool> Pools => _tables.Pools;

    /// <summary>Members of pools by number.</summary>
    public DesiredTable<uint, Backend> Backends => _tables.Backends;

    /// <summary>Numbers of backends, in ranges that pools name. Written at once, not at <see cref="Apply"/>.</summary>
    public SlotMemory Slots { get; }

    /// <summary>How programs are attached; never <see cref="AttachMode.Auto"/>.</summary>
    public AttachMode AttachMode => _attachments.Mode;

    /// <summary>Pinned maps that could not be used again, with the difference: their contents start anew.</summary>
    public IReadOnlyDictionary<string, string> ReplacedMaps => _programs.Maps.Replaced;

    /// <summary>
    /// An earlier agent's routes are still there, so its programs have gone by them all the while: no reboot has come between.
    /// </summary>
    public bool IsContinued => _programs.Maps.Reused.Contains("weft_routes");

    /// <summary>Loads the programs and takes over the maps that are pinned; attaches nothing, removes nothing.</summary>
    /// <exception cref="BpfVerifierException">The kernel refused a program.</exception>
    /// <exception cref="FeatureNotSupportedException">Tcx was demanded of a kernel before 6.6.</exception>
    /// <exception cref="LinuxException">No privilege, or no memory for the tables.</exception>
    /// <exception cref="InvalidOperationException">Another agent owns the pin directory, or libbpf is missing.</exception>
    public static Vrouter Open(VrouterOptions options)
    {
        options.Validate();
        options.Pins.Create();
        var ownership = options.Pins.Lock();
        VrouterPrograms? programs = null;
        try
        {
            programs = VrouterPrograms.Load(options);
            return new(options, ownership, programs);
        }
        catch
        {
            programs?.Dispose();
            ownership.Dispose();
            throw;
        }
    }

    /// <summary>The desired state is complete from now on: what is not in it is removed by the next <see cref="Apply"/>.</summary>
    public void MarkInSync()
    {
        lock (_lock)
            _tables.MarkInSync_NeedsLock();
    }

    /// <summary>Writes what changed to the kernel. What fails is in the result, stays pending, and is tried again next time.</summary>
    public ReconcileResult Apply()
    {
        lock (_lock)
            return _tables.Apply_NeedsLock();
    }

    /// <summary>
    /// Networks whose policies or security groups could not be programmed, by the last <see cref="Apply"/>: what they should
    /// allow and deny is not what the kernel does. Their ports were closed before, and are not opened until it is empty of them.
    /// </summary>
    public IReadOnlySet<uint> NetworksInDoubt
    {
        get
        {
            lock (_lock)
                return _tables.InDoubt_NeedsLock;
        }
    }

    /// <summary>Reads every table from the kernel, then applies: repairs what others changed.</summary>
    public ReconcileResult Resync()
    {
        lock (_lock)
        {
            _tables.ReadBack_NeedsLock();
            return _tables.Apply_NeedsLock();
        }
    }

    /// <summary>Starts to handle what a port sends; its own entry in <see cref="Ports"/> decides whether it is open.</summary>
    /// <exception cref="LinuxException">ENODEV: no such interface in this network namespace.</exception>
    public void AttachPort(int ifindex) => _attachments.Attach(new(Hook.Port, ifindex));

    /// <summary>
    /// Handles an interface no longer; the kernel does it a moment later. To close a port, take it out of <see cref="Ports"/>.
    /// </summary>
    public void DetachPort(int ifindex) => _attachments.Detach(new(Hook.Port, ifindex));

    /// <summary>Starts to handle what other nodes send. Packets that are not the vrouter's pass on to the host.</summary>
    /// <inheritdoc cref="AttachPort" path="/exception"/>
    public void AttachFabric(int ifindex) => _attachments.Attach(new(Hook.Fabric, ifindex));

    /// <inheritdoc cref="DetachPort"/>
    public void DetachFabric(int ifindex) => _attachments.Detach(new(Hook.Fabric, ifindex));

    /// <summary>Starts to handle what the agent's services answer.</summary>
    /// <inheritdoc cref="AttachPort" path="/exception"/>
    public void AttachService(int ifindex) => _attachments.Attach(new(Hook.Service, ifindex));

    /// <inheritdoc cref="DetachPort"/>
    public void DetachService(int ifindex) => _attachments.Detach(new(Hook.Service, ifindex));

    /// <summary>Starts to handle what comes from outside; what is not for an address of ours passes on to the host.</summary>
    /// <inheritdoc cref="AttachPort" path="/exception"/>
    public void AttachUplink(int ifindex) => _attachments.Attach(new(Hook.Uplink, ifindex));

    /// <inheritdoc cref="DetachPort"/>
    public void DetachUplink(int ifindex) => _attachments.Detach(new(Hook.Uplink, ifindex));

    /// <summary>What is attached, with tcx also by earlier agents; forgets links of interfaces that are gone.</summary>
    public IReadOnlyList<Attachment> Attachments() => _attachments.List();

    /// <summary>As <see cref="Sweep(TimeSpan)"/>; what goes on is reported every ten seconds.</summary>
    public Sweep Sweep() => Sweep(TimeSpan.FromSeconds(10));

    /// <summary><see cref="Report"/>, and <see cref="Tidy"/>; call it every few seconds.</summary>
    /// <inheritdoc cref="Report"/>
    public Sweep Sweep(TimeSpan reportAfter)
    {
        var result = Report(reportAfter);
        Tidy();
        return result;
    }

    /// <summary>Removes connections that have been quiet for too long, and reports flows and denials (<see cref="OpenReports"/>).</summary>
    /// <param name="reportAfter">
    /// Connections that have carried something are reported when that has not been for so long; new and ended ones at once.
    /// </param>
    /// <returns>What was done; not zero <see cref="Abi.Sweep.Waiting"/>: read, and sweep again.</returns>
    public Sweep Report(TimeSpan reportAfter)
    {
        var result = new Sweep { ReportAfterNs = (ulong)reportAfter.TotalNanoseconds };
        lock (_sweeping) // denials have one teller
        {
            result.Crowded = _visited > _counters.Flows.Definition.MaxEntries / 8 * 7 ? 1ul : 0;
            _programs.Sweep.Run(ref result);
            _visited = result.Visited;
        }
        return result;
    }

    /// <summary>Makes room in counts, and links of filters; call it every few seconds.</summary>
    public void Tidy()
    {
        lock (_lock)
        {
            var ports = Ports.Reconciler_NeedsLock.Actual;
            var numbers = ports.Values.Select(p => p.Id).ToHashSet();
            // Reading links costs a lock in the kernel each; only drops of no port's interface need it.
            var others = new Lazy<HashSet<uint>>(() => [.. _attachments.List_NeedsLock().Select(a => (uint)a.Ifindex)]);
            _counters.Tidy_NeedsLock(i => ports.ContainsKey(i) || others.Value.Contains(i), numbers.Contains);
            _counters.TidyRules_NeedsLock(Verdicts.Reconciler_NeedsLock.Actual.Values);
            var listeners = Frontends.Reconciler_NeedsLock.Actual.Values.Select(frontend => frontend.Listener).ToHashSet();
            _counters.TidyBalance_NeedsLock(listeners.Contains, Backends.Reconciler_NeedsLock.Actual.ContainsKey);
        }
        _attachments.Settle();
    }

    /// <summary>Dropped packets by interface and reason; those of interfaces that are gone as ifindex 0.</summary>
    public IReadOnlyList<DropCount> ReadDrops()
    {
        lock (_lock)
            return _counters.ReadDrops_NeedsLock();
    }

    /// <summary>Counts of the whole node.</summary>
    public IReadOnlyDictionary<CounterId, ulong> ReadCounters() => _counters.ReadCounters();

    /// <summary>
    /// What each rule did on this node: packets and bytes it denied, or, as packets, connections it let this node's ports open.
    /// </summary>
    public IReadOnlyDictionary<RuleKey, Counter> ReadRuleCounts() => _counters.ReadRules();

    /// <summary>What rules that log decide; each event goes to one reader only. Dispose it before the vrouter.</summary>
    public RuleEvents OpenEvents() => new(_events);

    /// <summary>
    /// What flows have carried and what was denied, as <see cref="Sweep(TimeSpan)"/> and the data path tell it. One reader at a
    /// time. Dispose it before the vrouter.
    /// </summary>
    /// <exception cref="LinuxException">No memory to map the buffer.</exception>
    public FlowReports OpenReports() => new(_reports);

    /// <summary>What hooks decide about traced packets; each event goes to one reader only. Dispose it before the vrouter.</summary>
    public TraceEvents OpenTraceEvents() => new(_traceEvents);

    /// <summary>The next frame with this source MAC from a port is traced: told, and never delivered.</summary>
    /// <param name="mac">Random: who knows it can have one frame traced.</param>
    /// <param name="id">In the events; not zero.</param>
    /// <param name="ifindex">Of the host side of the port.</param>
    /// <exception cref="LinuxException">Too many traces at a time.</exception>
    public void ExpectTrace(MacAddress mac, uint id, int ifindex) =>
        _traces.Set(TraceKey.Of(mac), new() { Id = id, Ifindex = (uint)ifindex });

    /// <summary>Takes back <see cref="ExpectTrace"/>, if the frame did not come.</summary>
    public void ForgetTrace(MacAddress mac) => _traces.Remove(TraceKey.Of(mac));

    /// <summary>Connections by <see cref="PortEntry.Id"/>.</summary>
    public IReadOnlyDictionary<uint, PortUsage> ReadPortUsage() => _counters.ReadPortUsage();

    /// <summary>Counts by <see cref="Frontend.Listener"/>; packets and bytes as of the last <see cref="Sweep(TimeSpan)"/>.</summary>
    public IReadOnlyDictionary<uint, BalanceUsage> ReadListenerUsage() => _counters.ReadListeners();

    /// <summary>Counts by the number of the backend; packets and bytes as of the last <see cref="Sweep(TimeSpan)"/>.</summary>
    public IReadOnlyDictionary<uint, BalanceUsage> ReadBackendUsage() => _counters.ReadBackends();

    /// <summary>The flow table, one entry for each direction; not a snapshot.</summary>
    public IEnumerable<KeyValuePair<FlowKey, FlowEntry>> ReadFlows() => _counters.Flows.ReadAll();

    /// <summary>Entries in the flow table, and how many there can be. Walks the table.</summary>
    public (int Entries, int Room) CountFlows() =>
        (_counters.Flows.Count(), (int)_counters.Flows.Definition.MaxEntries);

    /// <summary>How far each table is.</summary>
    public IReadOnlyList<ReconcilerStatus> Status() => _tables.Status();

    /// <summary>Lets go of everything; the data plane runs on.</summary>
    public void Dispose()
    {
        _attachments.Dispose();
        _tables.Dispose();
        _counters.Dispose();
        _events.Dispose();
        _traceEvents.Dispose();
        _reports.Dispose();
        _traces.Dispose();
        Slots.Dispose();
        _programs.Dispose();
        _ownership.Dispose();
    }
}
