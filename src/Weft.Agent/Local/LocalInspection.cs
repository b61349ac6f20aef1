using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Weft.Agent.Attachments;
using Weft.Agent.Runtime;
using Weft.Agent.State;
using Weft.Dataplane;
using Weft.Dataplane.Abi;
using Weft.Model.Local;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Agent.Local;

/// <summary>Answers to "how is it" and "why does this packet not pass".</summary>
sealed class LocalInspection(
    AgentOptions options, AgentRuntime runtime, PortRegistry registry, HostNetwork host, Latest<AgentState> state, Latest<AgentStatus> status)
{
    static readonly string Version =
        typeof(LocalInspection).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    internal LocalStatus Status()
    {
        var (agent, told) = (state.Value, status.Value);
        return new()
        {
            Node = options.NodeName,
            NodeNumber = agent.NodeNumber,
            Version = Version,
            Server = options.ServerUrl?.ToString(),
            Connected = agent.Connected,
            InSync = agent.InSync,
            Revision = agent.State.Revision,
            AppliedRevision = told.AppliedRevision,
            Networks = agent.State.Networks.Count,
            Ports = told.Ports.Count,
            Attachments = registry.Store.All.Count,
            Peers = agent.State.Peers.Count,
            FabricInterface = runtime.Fabric?.Interface,
            FabricAddress = runtime.Fabric?.Address.ToString(),
            Uplinks = runtime.LocalUplinks,
            Faults = [.. told.Faults, .. told.Peers.Silent.Select(silent => SilenceOf(agent.State, silent.Key, silent.Value))],
            UnheardPeers = [.. told.Peers.Unheard.Select(number => NameOf(agent.State, number))],
            Drops = told.Drops.ToDictionary(drop => drop.Key, drop => (long)drop.Value),
            Counters = Open() is { } vrouter
                ? vrouter.ReadCounters().ToDictionary(counter => Reasons.Kebab(counter.Key.ToString()), counter => (long)counter.Value)
                : [],
            FlowRecords = options.FlowRecords ? runtime.Flows?.Status() : null,
            Rules =
            [
                .. told.Rules.Select(rule => new LocalRuleCount(
                    rule.IsGroup ? SecurityGroup.KindName : Policy.KindName, rule.Set, rule.Rule, (long)rule.Packets, (long)rule.Bytes)),
            ],
        };
    }

    internal LocalRecords Desired() => new(new Dictionary<string, IReadOnlyList<string>>
    {
        ["ports"] = Lines(runtime.Records.Ports.Records),
        ["routes"] = Lines(runtime.Records.Routes.Records),
        ["nodes"] = Lines(runtime.Records.Nodes.Records),
        ["peers"] = Lines(runtime.Records.Peers.Records),
        ["networks"] = Lines(runtime.Records.Networks.Records),
        ["services"] = Lines(runtime.Records.Services.Records),
        ["uplinks"] = Lines(runtime.Records.Outside.Uplinks.Records),
        ["exits"] = Lines(runtime.Records.Outside.Exits.Records),
        ["translations"] = Lines(runtime.Records.Outside.Translations.Records),
        ["frontends"] = Lines(runtime.Records.Outside.Frontends.Records),
        ["policies"] = Lines(runtime.Records.Rules.Policies.Records),
        ["verdicts"] = Lines(runtime.Records.Rules.Verdicts.Records),
    });

    internal LocalRecords Actual() => new(Open() is not { } vrouter ? [] : new Dictionary<string, IReadOnlyList<string>>
    {
        ["ports"] = Lines(vrouter.Ports.Actual()),
        ["routes"] = Lines(vrouter.Routes.Actual()),
        ["nodes"] = Lines(vrouter.Nodes.Actual()),
        ["peers"] = Lines(vrouter.Peers.Actual()),
        ["networks"] = Lines(vrouter.Networks.Actual()),
        ["services"] = Lines(vrouter.Services.Actual()),
        ["uplinks"] = Lines(vrouter.Uplinks.Actual()),
        ["exits"] = Lines(vrouter.Exits.Actual()),
        ["translations"] = Lines(vrouter.Translations.Actual()),
        ["frontends"] = Lines(vrouter.Frontends.Actual()),
        ["policies"] = Lines(vrouter.Policies.Actual()),
        ["verdicts"] = Lines(vrouter.Verdicts.Actual()),
        ["attached"] = [.. vrouter.Attachments().Select(attached => $"{attached.Hook} {attached.Ifindex}")],
    });

    internal LocalOutside Outside() =>
        Open() is { } vrouter ? OutsideInspection.All(state.Value.State, runtime.LocalUplinks, vrouter) : new();

    internal IReadOnlyList<LocalFlow> Flows()
    {
        if (Open() is not { } vrouter)
            return [];
        // The kernel stamps with CLOCK_MONOTONIC, and so does Stopwatch here.
        var now = Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency);
        return [.. vrouter.ReadFlows().Select(flow => Describe(flow.Key, flow.Value, now))];
    }

    internal IReadOnlyList<LocalDrop> Drops()
    {
        if (Open() is not { } vrouter)
            return [];
        var ports = registry.Locals.Values.ToDictionary(local => (uint)local.Ifindex, local => local.Uid);
        var names = host.Netlink.ListLinks().ToDictionary(link => (uint)link.Index, link => link.Name);
        return
        [
            .. vrouter.ReadDrops().Select(drop => new LocalDrop(
                names.GetValueOrDefault(drop.Ifindex) ?? string.Create(CultureInfo.InvariantCulture, $"#{drop.Ifindex}"),
                ports.TryGetValue(drop.Ifindex, out var port) ? port : null,
                Reasons.NameOf(drop.Reason), (long)drop.Packets, (long)drop.Bytes)),
        ];
    }

    Vrouter? Open() => runtime.Opened.IsCompletedSuccessfully ? runtime.Opened.Result : null;

    static LocalFlow Describe(FlowKey key, FlowEntry flow, double now) => new()
    {
        Vni = key.Vni,
        Protocol = key.Protocol,
        Source = $"{key.Source}#{key.SourcePort}",
        Destination = $"{key.Destination}#{key.DestinationPort}",
        Action = Reasons.Kebab(((FlowAction)flow.Action).ToString()),
        DropReason = flow.DropReason == 0 ? null : Reasons.NameOf((DropReason)flow.DropReason),
        Packets = (long)flow.Packets,
        Bytes = (long)flow.Bytes,
        IdleSeconds = Math.Max(0, (now - flow.LastNs) / 1e9),
    };

    static string SilenceOf(NodeState state, uint number, DateTimeOffset since) => string.Create(
        CultureInfo.InvariantCulture,
        $"node {NameOf(state, number)} does not answer on the fabric since {since:u}: its members of load balancers get no new connections");

    static string NameOf(NodeState state, uint number) =>
        state.Peers.GetValueOrDefault(number)?.Name ?? string.Create(CultureInfo.InvariantCulture, $"#{number}");

    static IReadOnlyList<string> Lines<TKey, TValue>(IEnumerable<KeyValuePair<TKey, TValue>> records) =>
        [.. records.Select(record => $"{record.Key} {Records.Text(record.Value)}").Order(StringComparer.Ordinal)];
}
