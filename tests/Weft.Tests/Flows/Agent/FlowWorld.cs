using System.Collections.Immutable;
using System.Net;
using Microsoft.Extensions.Time.Testing;
using Weft.Agent.Desired;
using Weft.Agent.Flows;
using Weft.Agent.State;
using Weft.Dataplane.Abi;
using Weft.Flows;
using Weft.Model.Resources;
using Weft.Model.Rules;
using Weft.Model.State;
using Weft.Tests.Agent;

namespace Weft.Tests.Flows.Agent;

/// <summary>A small cluster as one of its nodes sees it, and reports that its vrouter could make.</summary>
/// <remarks>
/// Node 1 (<c>one</c>): web of network frontend. Node 2 (<c>two</c>): db of frontend, api of network backend. Node 3 (<c>three</c>): far of
/// frontend. External network outside; floating IP public leads to web, front to the load balancer shop (members db and far).
/// </remarks>
sealed class FlowWorld
{
    internal const uint FrontVni = 100, BackVni = 200, Outside = 9000;
    internal const uint WebInterface = 11, ApiInterface = 22, DbInterface = 21, UplinkInterface = 2, FabricInterface = 3;
    internal const uint ShopHttp = 7001;

    // Its time is its monotonic clock as well, of which the nanoseconds must fit into 64 bits.
    readonly FakeTimeProvider _time = new(new DateTimeOffset(101, 1, 1, 12, 0, 0, TimeSpan.Zero));
    readonly uint _number;

    internal FlowWorld(uint number)
    {
        _number = number;
        External = new(
            Guid.NewGuid(), "outside", Outside, [new Subnet { Prefix = IPNetwork.Parse("203.0.113.0/24") }], "", true);
        FrontendNetwork = States.Network("frontend", FrontVni, ["10.1.0.0/24"], "shop") with { Gateways = [new(External.Uid, [])] };
        BackendNetwork = States.Network("backend", BackVni, ["10.2.0.0/24"], "data");
        Web = States.Port(FrontendNetwork, "web", ["10.1.0.10", "fd00:1::10"], 1) with { Labels = [new("app", "web"), new("tier", "1")] };
        Db = States.Port(FrontendNetwork, "db", ["10.1.0.20"], 2);
        Far = States.Port(FrontendNetwork, "far", ["10.1.0.30"], 3);
        Api = States.Port(BackendNetwork, "api", ["10.2.0.10"], 2);
        Shop = new(
            Guid.NewGuid(), "shop", "shop", FrontendNetwork.Uid, [IPAddress.Parse("10.1.0.100")], 2,
            [new Listener { Name = "http", Protocol = Listener.Tcp, Ports = new(80, 80), Pool = "all" }], []);
        Policy = new(Guid.NewGuid(), false, "shop", "to-data", 41, 10, [], []);
        Group = new(Guid.NewGuid(), true, "shop", "closed", 42, 0, [], []);
        State = States.Of(
            [FrontendNetwork, BackendNetwork], [Web, Db, Far, Api],
            [.. new NodePeer[] { new(1, "one", IPAddress.Parse("192.0.2.1"), 1500), new(2, "two", IPAddress.Parse("192.0.2.2"), 1500), new(3, "three", IPAddress.Parse("192.0.2.3"), 1500) }
                .Where(peer => peer.Number != number)]) with
        {
            Externals = ImmutableDictionary<Guid, NodeExternal>.Empty.Add(External.Uid, External),
            RuleSets = new[] { Policy, Group }.ToImmutableDictionary(set => set.Uid),
            Balancers = ImmutableDictionary<Guid, NodeBalancer>.Empty.Add(Shop.Uid, Shop),
            Floatings = new[]
            {
                new NodeFloating(Guid.NewGuid(), "shop", "public", External.Uid, IPAddress.Parse("203.0.113.5"), 1, Web.Uid, null, FrontendNetwork.Uid, Web.Addresses[0], []),
                new NodeFloating(Guid.NewGuid(), "shop", "front", External.Uid, IPAddress.Parse("203.0.113.6"), 2, null, Shop.Uid, FrontendNetwork.Uid, Shop.Addresses[0], []),
            }.ToImmutableDictionary(floating => floating.Uid),
        };
        Names = new(NameOf(number), _time);
        var locals = new[] { (Web, WebInterface), (Db, DbInterface), (Api, ApiInterface) }.Where(local => local.Item1.NodeNumber == number)
            .ToImmutableDictionary(local => local.Item1.Uid, local => new LocalPort(local.Item1.Uid, 1, (int)local.Item2, 0));
        Scene = new()
        {
            Index = StateIndex.Empty.Next(number, State, StateLineage.Between(NodeState.Empty, State)),
            Locals = locals,
            Joined = new Dictionary<Guid, ImmutableHashSet<Guid>>
            {
                [FrontendNetwork.Uid] = [BackendNetwork.Uid],
                [BackendNetwork.Uid] = [FrontendNetwork.Uid],
            }.ToImmutableDictionary(),
            FabricInterfaces = [FabricInterface],
        };
        Names.Update(Scene, NumberOf);
        Clock = new(Offset, _time);
        Clock.Look();
        Namer = new(Names, Clock);
    }

    internal NodeExternal External { get; }

    internal NodeNetwork FrontendNetwork { get; }

    internal NodeNetwork BackendNetwork { get; }

    internal NodePort Web { get; }

    internal NodePort Db { get; }

    internal NodePort Far { get; }

    internal NodePort Api { get; }

    internal NodeBalancer Shop { get; }

    internal NodeRuleSet Policy { get; }

    internal NodeRuleSet Group { get; }

    internal NodeState State { get; private set; }

    internal FlowScene Scene { get; private set; }

    internal FlowNames Names { get; }

    internal FlowNamer Namer { get; }

    internal ClockOffset Offset { get; } = new();

    internal FlowClock Clock { get; }

    internal FakeTimeProvider Time => _time;

    internal FlowRecord Name(in FlowReport report) => Namer.Name(report);

    /// <summary>The node is told another state, and has other interfaces.</summary>
    internal void Next(Func<NodeState, NodeState> change, Func<FlowScene, FlowScene>? scene = null)
    {
        var next = change(State);
        Scene = (scene ?? (same => same))(Scene with { Index = Scene.Index.Next(_number, next, StateLineage.Between(State, next)) });
        State = next;
        Names.Update(Scene, NumberOf);
    }

    internal static FlowReport Report(
        uint vni, string source, ushort sourcePort, string destination, ushort destinationPort, FlowAction action, uint toVni, byte protocol = IpProtocols.Tcp) => new()
    {
        Key = new()
        {
            Vni = vni, Protocol = protocol, Source = IPAddress.Parse(source), Destination = IPAddress.Parse(destination), SourcePort = sourcePort,
            DestinationPort = destinationPort,
        },
        Action = (byte)action,
        Vni = toVni,
        Flags = (byte)ReportFlags.Opened,
    };

    internal static Rewrite To(string source, ushort sourcePort, string destination, ushort destinationPort) => new()
    {
        Source = IPAddress.Parse(source), SourcePort = sourcePort, Destination = IPAddress.Parse(destination), DestinationPort = destinationPort,
    };

    static string NameOf(uint number) => number switch { 1 => "one", 2 => "two", _ => "three" };

    uint NumberOf(Guid balancer, string listener) => balancer == Shop.Uid && listener == "http" ? ShopHttp : 1;
}
