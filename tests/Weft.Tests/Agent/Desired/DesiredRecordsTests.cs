using System.Collections.Immutable;
using System.Net;
using CsCheck;
using Weft.Agent.Desired;
using Weft.Dataplane.Abi;
using Weft.Model.Addressing;
using Weft.Model.State;

namespace Weft.Tests.Agent.Desired;

public sealed class DesiredRecordsTests
{
    const uint Here = 1;
    const uint There = 2;

    static readonly NodeNetwork Frontend = States.Network("frontend", 100);
    static readonly NodeNetwork Other = States.Network("frontend", 200, project: "other");
    static readonly NodePort Mine = States.Port(Frontend, "a", ["10.1.0.11", "fd00:1::11"], Here);
    static readonly NodePort Theirs = States.Port(Frontend, "b", ["10.1.0.12"], There);
    static readonly NodePort Nowhere = States.Port(Frontend, "c", ["10.1.0.13"], 0);
    static readonly NodePort OtherMine = States.Port(Other, "a", ["10.1.0.11"], Here);
    static readonly NodePeer Peer = new(There, "n2", IPAddress.Parse("192.0.2.2"), 1500);

    static readonly DesiredInput Input = new()
    {
        Node = Here,
        State = States.Of([Frontend, Other], [Mine, Theirs, Nowhere, OtherMine], Peer),
        Locals = new[] { new LocalPort(Mine.Uid, 5, 31, 0), new LocalPort(OtherMine.Uid, 6, 32, 0) }.ToImmutableDictionary(p => p.Uid),
        Paths = ImmutableDictionary<uint, FabricPath>.Empty.Add(There, new(7, IPAddress.Parse("192.0.2.1"), IPAddress.Parse("192.0.2.2"), 1500)),
        FabricMtu = 1500,
    };

    static DesiredRecords From(DesiredInput input)
    {
        var records = new DesiredRecords();
        records.Update(input);
        return records;
    }

    static RouteEntry? Route(DesiredRecords records, uint vni, string address) =>
        records.Routes.TryGet(RouteKey.For(vni, IPAddress.Parse(address)), out var route) ? route : null;

    [Fact]
    public void An_attached_port_has_a_record_and_local_routes_of_both_families()
    {
        var records = From(Input);
        Assert.True(records.Ports.TryGet(31, out var port));
        Assert.Equal((100u, 5u, PortFlags.Open, 1450u), (port.Vni, port.Id, port.Flags, port.Mtu));
        Assert.Equal(Mine.Mac, port.Mac.ToMacAddress());
        Assert.Equal(MacAddress.Gateway, port.GatewayMac.ToMacAddress());
        foreach (var address in (string[])["10.1.0.11", "fd00:1::11"])
        {
            var route = Route(records, 100, address);
            Assert.Equal((FlowAction.Local, 31u, 100u), (route?.Action, route?.Ifindex, route?.Vni));
        }
    }

    [Fact]
    public void The_same_address_in_two_networks_leads_to_two_ports()
    {
        var records = From(Input);
        Assert.Equal(31u, Route(records, 100, "10.1.0.11")?.Ifindex);
        Assert.Equal(32u, Route(records, 200, "10.1.0.11")?.Ifindex);
        Assert.Null(Route(records, 200, "10.1.0.12"));
    }

    [Fact]
    public void A_port_of_another_node_is_reached_through_it()
    {
        var records = From(Input);
        Assert.Equal((FlowAction.Remote, There), (Route(records, 100, "10.1.0.12")?.Action, Route(records, 100, "10.1.0.12")?.Node));
        Assert.True(records.Nodes.TryGet(There, out var node));
        Assert.Equal(("192.0.2.2", "192.0.2.1", "192.0.2.2", 7u, 1450u),
            (node.Address.ToString(), node.Local.ToString(), node.NextHop.ToString(), node.Ifindex, node.Mtu));
        Assert.True(records.Peers.TryGet(Peer.FabricAddress, out var peer));
        Assert.Equal(There, peer.Node);
    }

    [Fact]
    public void A_port_that_is_nowhere_or_not_attached_has_no_route()
    {
        Assert.Null(Route(From(Input), 100, "10.1.0.13"));
        var records = From(Input with { Locals = Input.Locals.Remove(Mine.Uid) });
        Assert.Null(Route(records, 100, "10.1.0.11"));
        Assert.Equal([32u], records.Ports.Records.Select(record => record.Key));
    }

    [Fact]
    public void Gateways_are_routes_of_networks_with_local_ports_only()
    {
        Assert.Equal(FlowAction.Gateway, Route(From(Input), 100, "10.1.0.1")?.Action);
        Assert.Equal(FlowAction.Gateway, Route(From(Input), 100, "fd00:1::1")?.Action);
        var records = From(Input with { Locals = Input.Locals.Remove(Mine.Uid) });
        Assert.Null(Route(records, 100, "10.1.0.1"));
        Assert.Equal([200u], records.Networks.Records.Select(record => record.Key));
    }

    [Theory]
    [InlineData(1500, 1500, "192.0.2.2", 1450)]
    [InlineData(9000, 1500, "192.0.2.2", 1450)]
    [InlineData(1500, 9000, "192.0.2.2", 1450)]
    [InlineData(1500, 0, "192.0.2.2", 1450)]
    [InlineData(1500, 1500, "2001:db8::2", 1430)]
    public void What_fits_to_a_node_is_the_smaller_end_without_the_outer_headers(int own, int theirs, string address, int fits)
    {
        var path = new FabricPath(7, IPAddress.Loopback, IPAddress.Loopback, own);
        Assert.Equal((uint)fits, PeerManager.Entry(new(There, "n2", IPAddress.Parse(address), theirs), path).Mtu);
    }

    [Fact]
    public void A_network_with_its_own_MTU_keeps_it() =>
        Assert.Equal(1400, NetworkManager.Mtu(States.Network("n", 1, mtu: 1400), 9000, outerIsV6: false));

    [Fact]
    public void An_address_that_moves_to_another_port_in_one_step_is_not_lost()
    {
        var records = From(Input);
        var taker = Theirs with { Uid = Guid.NewGuid(), Addresses = Mine.Addresses };
        var ports = Input.State.Ports.Remove(Mine.Uid).Add(taker.Uid, taker);
        records.Update(Input with { State = Input.State with { Ports = ports }, Locals = Input.Locals.Remove(Mine.Uid) });
        Assert.Equal(FlowAction.Remote, Route(records, 100, "10.1.0.11")?.Action);
    }

    [Fact]
    public void Only_what_changed_is_marked()
    {
        var records = From(Input);
        Assert.NotEmpty(records.Routes.TakeChanged());
        var moved = Theirs with { NodeNumber = 3 };
        records.Update(Input with { State = Input.State with { Ports = Input.State.Ports.SetItem(moved.Uid, moved) } });
        Assert.Equal([RouteKey.For(100, IPAddress.Parse("10.1.0.12"))], records.Routes.TakeChanged());
        Assert.Empty(records.Networks.TakeChanged().Except([100u, 200u]));
        records.Update(Input with { State = Input.State with { Ports = Input.State.Ports.SetItem(moved.Uid, moved) } });
        Assert.Empty(records.Routes.TakeChanged());
    }

    static NodeState Joined(NodeState state, RuleAction action = RuleAction.Allow)
    {
        var set = new NodeRuleSet(Guid.NewGuid(), false, "default", "x", 7, 100, [Frontend.Uid, Other.Uid], [1]);
        var rule = new NodeRule(new(set.Uid, 1), new(action, RuleDirection.OneWay, null, RuleEndpoint.Any, RuleEndpoint.Any, [], [], [], null, false));
        return state with
        {
            Networks = state.Networks.SetItem(Other.Uid, Other with { Project = "default", Subnets = States.Network("o", 200, ["10.2.0.0/24"]).Subnets }),
            RuleSets = state.RuleSets.Add(set.Uid, set),
            Rules = state.Rules.Add(rule.Key, rule),
        };
    }

    [Fact]
    public void Joined_networks_lead_to_each_others_prefixes()
    {
        var records = From(Input with { State = Joined(Input.State) });
        Assert.True(records.Routes.TryGet(RouteKey.For(100, IPNetwork.Parse("10.2.0.0/24")), out var route));
        Assert.Equal((FlowAction.Network, 200u), (route.Action, route.Vni));
        Assert.True(records.Routes.TryGet(RouteKey.For(200, IPNetwork.Parse("10.1.0.0/24")), out route));
        records.Update(Input);
        Assert.False(records.Routes.TryGet(RouteKey.For(100, IPNetwork.Parse("10.2.0.0/24")), out _));
    }

    [Fact]
    public void Only_networks_with_local_ports_lead_into_others()
    {
        var records = From(Input with { State = Joined(Input.State), Locals = Input.Locals.Remove(OtherMine.Uid) });
        Assert.True(records.Routes.TryGet(RouteKey.For(100, IPNetwork.Parse("10.2.0.0/24")), out _));
        Assert.False(records.Routes.TryGet(RouteKey.For(200, IPNetwork.Parse("10.1.0.0/24")), out _));
    }

    [Fact]
    public void Addresses_that_no_rule_tells_apart_have_one_identity()
    {
        var records = From(Input with { State = Joined(Input.State) });
        var (mine, theirs) = (Route(records, 100, "10.1.0.11")!.Value, Route(records, 100, "10.1.0.12")!.Value);
        Assert.Equal(mine.Identity, theirs.Identity);
        Assert.NotEqual(mine.Identity, Route(records, 200, "10.1.0.11")!.Value.Identity);
        Assert.True(records.Rules.Policies.TryGet(PolicyKey.Of(mine.Identity, Route(records, 200, "10.1.0.11")!.Value.Identity), out var pair));
        Assert.True(records.Rules.Verdicts.TryGet(VerdictKey.AnyProtocol(pair.Table), out var verdict));
        Assert.Equal(VerdictEntry.Allow(7, 1), verdict);
    }

    [Fact]
    public void Ports_of_a_network_in_doubt_are_closed()
    {
        var records = From(Input with { InDoubt = [100] });
        Assert.True(records.Ports.TryGet(31, out var closed));
        Assert.True(records.Ports.TryGet(32, out var open));
        Assert.Equal((PortFlags.None, PortFlags.Open), (closed.Flags, open.Flags));
        records.Update(Input);
        Assert.True(records.Ports.TryGet(31, out closed));
        Assert.Equal(PortFlags.Open, closed.Flags);
    }

    [Fact]
    public void Steps_lead_where_starting_from_nothing_leads() =>
        Steps.Array[1, 12].Sample(steps =>
        {
            var records = new DesiredRecords();
            foreach (var step in steps)
                records.Update(step);
            var fresh = From(steps[^1]);
            AssertSame(fresh.Ports, records.Ports);
            AssertSame(fresh.Routes, records.Routes);
            AssertSame(fresh.Networks, records.Networks);
            AssertSame(fresh.Nodes, records.Nodes);
            AssertSame(fresh.Peers, records.Peers);
            AssertSame(fresh.Rules.Policies, records.Rules.Policies);
            AssertSame(fresh.Rules.Verdicts, records.Rules.Verdicts);
        });

    static void AssertSame<TKey, TValue>(RecordTable<TKey, TValue> expected, RecordTable<TKey, TValue> actual)
        where TKey : unmanaged, IEquatable<TKey>
        where TValue : unmanaged, IEquatable<TValue> =>
        Assert.Equal(
            expected.Records.ToDictionary(record => record.Key, record => record.Value),
            actual.Records.ToDictionary(record => record.Key, record => record.Value));

    /// <summary>Inputs out of few networks, ports and nodes, so that steps meet.</summary>
    static readonly Gen<DesiredInput> Steps =
        from networks in Gen.Int[0, 2].HashSet[0, 3]
        from ports in Gen.Select(Gen.Int[0, 7], Gen.UInt[0, 3], Gen.Bool, Gen.Int[0, 1]).Array[0, 8]
        from peers in Gen.UInt[2, 3].HashSet[0, 2]
        from paths in Gen.UInt[2, 3].HashSet[0, 2]
        from rules in Gen.Select(Gen.Int[0, 3], Gen.Int[0, 3], Gen.Int[0, 2]).Array[0, 4]
        from doubt in Gen.UInt[100, 102].HashSet[0, 1]
        select Make(networks, ports, peers, paths, rules) with { InDoubt = [.. doubt] };

    static RuleSpec Spec((int From, int To, int Ports) rule) => new(
        RuleAction.Allow, RuleDirection.OneWay, 6, End(rule.From), End(rule.To),
        rule.Ports == 0 ? [] : [new((ushort)rule.Ports, (ushort)(rule.Ports * 100))], [], [], null, false);

    static RuleEndpoint End(int network) =>
        network == 3 ? RuleEndpoint.Any with { Prefix = IPNetwork.Parse("10.1.0.12/31") } : RuleEndpoint.Any with { Network = Pool[network].Uid };

    static readonly NodeNetwork[] Pool = [.. Enumerable.Range(0, 3).Select(i => States.Network($"n{i}", 100 + (uint)i))];
    static readonly Guid[] Uids = [.. Enumerable.Range(0, 8).Select(_ => Guid.NewGuid())];

    static DesiredInput Make(
        HashSet<int> networks, (int Index, uint Node, bool Attached, int Version)[] ports, HashSet<uint> peers, HashSet<uint> paths,
        (int From, int To, int Ports)[] rules)
    {
        var made = ports.DistinctBy(port => port.Index).ToList();
        var set = new NodeRuleSet(
            Uids[0], false, "default", "x", 1, 100, [.. Pool.Select(network => network.Uid).Order()], [.. rules.Select((_, i) => (uint)i + 1)]);
        return new()
        {
            Node = Here,
            State = States.Of(
                networks.Select(i => Pool[i]),
                made.Select(port => States.Port(Pool[(port.Index + port.Version) % 3], $"p{port.Index}", [$"10.1.0.{10 + port.Index}"], port.Node)
                    with { Uid = Uids[port.Index] }),
                [.. peers.Select(number => new NodePeer(number, $"n{number}", IPAddress.Parse($"192.0.2.{number}"), 1500))]) with
            {
                RuleSets = rules.Length == 0 ? ImmutableDictionary<Guid, NodeRuleSet>.Empty : ImmutableDictionary<Guid, NodeRuleSet>.Empty.Add(set.Uid, set),
                Rules = rules.Select((rule, i) => new NodeRule(new(set.Uid, (uint)i + 1), Spec(rule))).ToImmutableDictionary(rule => rule.Key),
            },
            Locals = made.Where(port => port.Attached).ToImmutableDictionary(
                port => Uids[port.Index], port => new LocalPort(Uids[port.Index], (uint)port.Index, 30 + port.Index, 0)),
            Paths = paths.ToImmutableDictionary(number => number, number => new FabricPath(7, IPAddress.Loopback, IPAddress.Loopback, 1500)),
            FabricMtu = 1500,
        };
    }
}
