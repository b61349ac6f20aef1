using System.Net;
using Weft.Dataplane;
using Weft.Dataplane.Abi;
using Weft.Dataplane.Interop;
using Weft.Linux.Interop;
using Weft.Model.Addressing;
using SweepContext = Weft.Dataplane.Abi.Sweep;

namespace Weft.Kernel.Tests.Packets;

/// <summary>The vrouter of one node: its programs and maps in the kernel, fed packet by packet.</summary>
/// <remarks>Redirects end at their verdict in a test run, so the interfaces need nothing behind them.</remarks>
sealed partial class TestVrouter : ITableSource, IDisposable
{
    static readonly string[] s_hooks = ["from_port", "from_overlay", "from_service", "from_uplink", "sweep"];

    // Memory that is taken at once costs each test its time.
    const uint Smaller = 1024;

    /// <summary>Room for a thousand reports.</summary>
    internal const uint ReportBytes = 1 << 18;

    readonly TestNamespace _host = new("vrouter");
    readonly Dictionary<string, BpfProgram> _programs = [];
    readonly Dictionary<string, SafeFd> _maps = [];
    readonly List<IDisposable> _opened = [];

    internal TestVrouter(
        DataplaneConfig? config = null, uint flows = 1024, uint reportBytes = ReportBytes, params uint[] ifindexes)
    {
        foreach (var hook in s_hooks)
            Load(hook, config ?? Defaults, flows, reportBytes);
        foreach (var ifindex in ifindexes)
            AddInterface(ifindex);
    }

    internal void AddInterface(uint ifindex) =>
        Command.Run(_host, "ip", "link", "add", $"v{ifindex}", "index", $"{ifindex}", "type", "veth",
            "peer", "name", $"w{ifindex}", "index", $"{ifindex + 1000}");

    internal static DataplaneConfig Defaults => new()
    {
        // Short: a flow can be made to look no older than the machine.
        VxlanPort = 4789, Reports = 1, TcpTimeoutS = 100, TcpClosingTimeoutS = 30, UdpTimeoutS = 60, OtherTimeoutS = 50,
    };

    internal BpfMap<FlowKey, FlowEntry> Flows => Map<FlowKey, FlowEntry>("weft_flows");
    internal BpfMap<DenialKey, Denial> Denials => Map<DenialKey, Denial>("weft_denials");
    internal BpfMap<uint, PortUsage> Usage => Map<uint, PortUsage>("weft_port_usage");
    internal BpfMap<uint, uint> Generations => Map<uint, uint>("weft_generations");

    internal BpfMap<TKey, TValue> Map<TKey, TValue>(string name) where TKey : unmanaged where TValue : unmanaged =>
        Keep(new BpfMap<TKey, TValue>(name, _maps[name]));

    internal ulong Count(CounterId id) => PerCpu<uint, ulong>("weft_counters").Sum((uint)id);

    internal PortEntry AddPort(
        uint ifindex, uint id, uint vni, string mac, string[] addresses, uint maxFlows = 0, PortFlags flags = PortFlags.Open,
        ulong identity = 0)
    {
        var port = new PortEntry
        {
            Vni = vni, Flags = flags, Id = id, MaxFlows = maxFlows, Mac = MacAddress.Parse(mac),
            GatewayMac = MacAddress.Parse(World.Gateway), Mtu = 1450,
        };
        Map<uint, PortEntry>("weft_ports").Set(ifindex, port);
        foreach (var address in addresses)
            AddRoute(vni, address, new()
            {
                Action = FlowAction.Local, Vni = vni, Ifindex = ifindex, Mac = port.Mac, Identity = identity,
            });
        return port;
    }

    internal void AddRoute(uint vni, string addressOrPrefix, RouteEntry route) =>
        Map<RouteKey, RouteEntry>("weft_routes").Set(RouteOf(vni, addressOrPrefix), route);

    /// <summary>Lets a network look for addresses of a prefix in another one.</summary>
    internal void Join(uint vni, string prefix, uint other) =>
        AddRoute(vni, prefix, new() { Action = FlowAction.Network, Vni = other });

    internal void AddPolicy(ulong source, ulong destination, ulong table) =>
        Map<PolicyKey, PolicyEntry>("weft_policies").Set(PolicyKey.Of(source, destination), PolicyEntry.Of(table));

    internal void RemovePolicy(ulong source, ulong destination) =>
        Map<PolicyKey, PolicyEntry>("weft_policies").Remove(PolicyKey.Of(source, destination));

    internal void AddVerdict(VerdictKey key, VerdictEntry verdict) =>
        Map<VerdictKey, VerdictEntry>("weft_verdicts").Set(key, verdict);

    internal Counter RuleCount(uint policy, uint rule) =>
        PerCpu<RuleKey, Counter>("weft_rule_counts").Sum(new() { Policy = policy, Rule = rule });

    internal RuleEvents Events() => Keep(new RuleEvents(_maps["weft_events"]));

    internal FlowReports Reports() => Keep(new FlowReports(_maps["weft_reports"]));

    internal TraceEvents TraceEvents() => new(_maps["weft_trace_events"]);

    internal void RaiseGenerations(params uint[] vnis)
    {
        foreach (var vni in vnis)
        {
            Generations.TryGet(vni, out var generation);
            Generations.Set(vni, generation + 1);
        }
    }

    /// <summary>The maps as the agent's tables write them.</summary>
    public IReconcilerTarget<TKey, TValue> Target<TKey, TValue>(string map) where TKey : unmanaged where TValue : unmanaged =>
        new BpfMapTarget<TKey, TValue>(new(map, SafeFds.Duplicate((int)_maps[map].DangerousGetHandle())));

    internal void RemoveRoute(uint vni, string addressOrPrefix) =>
        Map<RouteKey, RouteEntry>("weft_routes").Remove(RouteOf(vni, addressOrPrefix));

    internal void AddNetwork(uint vni, string gatewayV4, string gatewayV6)
    {
        Map<uint, NetworkEntry>("weft_networks").Set(
            vni, new() { GatewayV4 = IPAddress.Parse(gatewayV4), GatewayV6 = IPAddress.Parse(gatewayV6) });
        foreach (var gateway in (string[])[gatewayV4, gatewayV6])
            AddRoute(vni, gateway, new() { Action = FlowAction.Gateway, Vni = vni });
    }

    internal void AddNode(uint number, string local, string remote, uint ifindex, uint mtu = 1450)
    {
        var (from, to) = (IPAddress.Parse(local), IPAddress.Parse(remote));
        Map<uint, NodeEntry>("weft_nodes").Set(
            number, new() { Address = to, Local = from, NextHop = to, Ifindex = ifindex, Mtu = mtu });
        Map<Address, PeerEntry>("weft_peers").Set(to, new() { Node = number });
    }

    /// <summary>Runs one hook on one frame.</summary>
    internal Outcome Run(string hook, uint ifindex, byte[] frame, uint gsoSize = 0)
    {
        var before = Drops();
        var context = new SkBuff { Ifindex = ifindex, GsoSize = gsoSize };
        var result = _host.Ns.Run(() => _programs[hook].TestRun(frame, context));
        var dropped = Drops().Where(d => d.Value != before.GetValueOrDefault(d.Key)).Select(d => d.Key).ToList();
        Assert.All(dropped, d => Assert.Equal(ifindex, d.Ifindex));
        return new((Verdict)result.Verdict, result.Packet, dropped.Count == 0 ? DropReason.None : dropped.Single().Reason);
    }

    /// <summary>
    /// Runs one hook on one frame over and over; the mean time of a run. The next run gets what the last one made of the
    /// frame, so a port that is to send it again needs the gateway's MAC.
    /// </summary>
    internal TimeSpan Repeat(string hook, uint ifindex, byte[] frame, int times) =>
        _host.Ns.Run(() => _programs[hook].TestRun(frame, new SkBuff { Ifindex = ifindex }, times)).Duration;

    /// <summary>Packets of an interface that were lost so far, whatever the reason.</summary>
    internal ulong Dropped(uint ifindex) =>
        Drops().Where(d => d.Key.Ifindex == ifindex).Aggregate(0ul, (sum, d) => sum + d.Value);

    /// <summary>As <see cref="Run"/>, without asking what became of it.</summary>
    internal void Feed(string hook, uint ifindex, byte[] frame) =>
        _host.Ns.Run(() => _programs[hook].TestRun(frame, new SkBuff { Ifindex = ifindex }));

    internal SweepContext Sweep(TimeSpan? reportAfter = null, bool crowded = false)
    {
        var result = new SweepContext
        {
            ReportAfterNs = (ulong)(reportAfter ?? TimeSpan.FromSeconds(10)).TotalNanoseconds, Crowded = crowded ? 1ul : 0,
        };
        _programs["sweep"].Run(ref result);
        return result;
    }

    /// <summary>Makes a flow look as if its last packet, in that direction, came so long ago.</summary>
    internal void Age(FlowKey key, TimeSpan age)
    {
        Assert.True(Flows.TryGet(key, out var flow));
        flow.LastNs -= (ulong)age.Ticks * TimeSpan.NanosecondsPerTick;
        Flows.Set(key, flow);
    }

    public void Dispose()
    {
        foreach (var opened in _opened)
            opened.Dispose();
        _host.Dispose();
    }

    void Load(string hook, DataplaneConfig config, uint flows, uint reportBytes)
    {
        using var bpf = BpfObject.OpenEmbedded(hook);
        bpf.SetConstant("config", config);
        foreach (var map in bpf.Maps)
        {
            if (map.Name is "weft_flows" or "weft_affinities" or "weft_slots" or "weft_fragments" or "weft_denials")
                bpf.SetMaxEntries(map.Name, map.Name == "weft_flows" ? flows : Smaller);
            if (map.Name == "weft_reports")
                bpf.SetMaxEntries(map.Name, reportBytes);
            if (_maps.TryGetValue(map.Name, out var fd))
                bpf.UseMap(map.Name, fd);
        }
        bpf.Load();
        _programs[hook] = Keep(bpf.Program());
        foreach (var map in bpf.Maps.Where(m => !_maps.ContainsKey(m.Name)))
            _maps[map.Name] = Keep(bpf.MapFd(map.Name));
    }

    Dictionary<DropKey, ulong> Drops() =>
        PerCpu<DropKey, Counter>("weft_drops").ReadSums().ToDictionary(d => d.Key, d => d.Value.Packets);

    PerCpuMap<TKey, TValue> PerCpu<TKey, TValue>(string name) where TKey : unmanaged where TValue : unmanaged =>
        new(name, _maps[name]);

    static RouteKey RouteOf(uint vni, string text) => text.Contains('/', StringComparison.Ordinal)
        ? RouteKey.For(vni, IPNetwork.Parse(text))
        : RouteKey.For(vni, IPAddress.Parse(text));

    T Keep<T>(T disposable) where T : IDisposable
    {
        _opened.Add(disposable);
        return disposable;
    }
}

enum Verdict
{
    Unspecified = -1,
    Shot = 2,
    Redirect = 7,
}

/// <summary>What a hook did with a packet. Reason: what it counted as lost, also when an ICMP error goes back.</summary>
sealed record Outcome(Verdict Verdict, byte[] Packet, DropReason Reason);
