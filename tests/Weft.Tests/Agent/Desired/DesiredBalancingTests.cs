using System.Collections.Immutable;
using System.Net;
using CsCheck;
using Weft.Agent.Desired;
using Weft.Agent.State;
using Weft.Dataplane.Abi;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Tests.Agent.Desired;

public sealed class DesiredBalancingTests
{
    const uint Vni = 100;

    static readonly Guid Lb = Guid.NewGuid();
    static readonly NodeNetwork Frontend = States.Network("frontend", Vni);
    static readonly NodePort[] Ports =
        [.. Enumerable.Range(0, 4).Select(i => States.Port(Frontend, $"web{i}", [$"10.1.0.1{i}", $"fd00:1::1{i}"], (uint)(1 + (i % 2))))];

    static readonly HealthMonitor Asked = new() { Type = "tcp" };

    readonly DesiredRecords records = new();
    NodeState state = States.Of([Frontend], Ports);
    ImmutableDictionary<NodeMemberKey, NodeHealth> own = ImmutableDictionary<NodeMemberKey, NodeHealth>.Empty;

    static NodeMember Member(int port, int weight = 1, ushort target = 8080, uint most = 0) => new(Ports[port].Uid, target, weight, most);

    static NodePool Pool(string algorithm, HealthMonitor? monitor, params NodeMember[] members) =>
        new("default", algorithm, 0, monitor, [.. members]);

    static NodeBalancer Balancer(NodePool pool, string ports = "80", params string[] addresses) => new(
        Lb, "default", "web", Frontend.Uid, [.. (addresses is [] ? ["10.1.0.9"] : addresses).Select(IPAddress.Parse)], 1,
        [new() { Name = "l", Protocol = "tcp", Ports = PortRange.TryParse(ports, out var range) ? range : default, Pool = "default", MaxConnections = 7 }],
        [pool]);

    static readonly ImmutableDictionary<Guid, LocalPort> AllLocals = Ports.Where(port => port.NodeNumber == 1).Index()
        .ToImmutableDictionary(port => port.Item.Uid, port => new LocalPort(port.Item.Uid, 5 + (uint)port.Index, 31 + port.Index, 0));

    ImmutableDictionary<Guid, LocalPort> locals = AllLocals;

    ImmutableHashSet<uint> silent = [];

    DesiredInput Input => new() { Node = 1, State = state, Health = own, Locals = locals, Silent = silent };

    void Update() => records.Update(Input);

    void Tell(NodeBalancer? balancer)
    {
        state = state with { Balancers = balancer is null ? state.Balancers.Clear() : state.Balancers.SetItem(Lb, balancer) };
        Update();
    }

    static NodeHealth Health(int port, bool healthy) => new(new(Lb, "default", Ports[port].Uid, 8080), healthy, "");

    static Frontend? At(DesiredRecords records, string address, ushort port) => records.Outside.Frontends.TryGet(
        new() { Address = IPAddress.Parse(address), Vni = Vni, Protocol = 6, Port = port }, out var frontend) ? frontend : null;

    PoolSpec PoolAt(string address = "10.1.0.9") => records.Balancing.Pools[At(records, address, 80)!.Value.Pool];

    IEnumerable<string> Serving(string address = "10.1.0.9") => PoolAt(address).Members.Select(member => BackendOf(member.Backend).Address.ToString()).Order();

    Backend BackendOf(uint number) => records.Balancing.Backends.TryGet(number, out var backend) ? backend : throw new KeyNotFoundException();

    Backend BackendAt(string address) =>
        records.Balancing.Backends.Records.Single(record => record.Value.Address == (Address)IPAddress.Parse(address)).Value;

    [Fact]
    public void A_virtual_ip_has_a_route_and_leads_to_its_pool_at_each_port()
    {
        Tell(Balancer(Pool("round-robin", null, Member(0), Member(1)), "80-82"));

        Assert.True(records.Routes.TryGet(RouteKey.For(Vni, IPAddress.Parse("10.1.0.9")), out var route));
        Assert.Equal((FlowAction.Balancer, Vni, 0ul), (route.Action, route.Vni, route.Identity));
        foreach (var port in (ushort[])[80, 81, 82])
            Assert.Equal(At(records, "10.1.0.9", 80), At(records, "10.1.0.9", port));
        Assert.Null(At(records, "10.1.0.9", 83));
        var frontend = At(records, "10.1.0.9", 80)!.Value;
        Assert.Equal((Vni, 7u, (ushort)0), (frontend.Vni, frontend.MaxConnections, frontend.Port.Value));
        Assert.Equal(["10.1.0.10", "10.1.0.11"], Serving());
        Assert.Equal((8080, Vni, (uint)(BackendFlags.Up | BackendFlags.Keeps)), (BackendAt("10.1.0.10").Port.Value, BackendAt("10.1.0.10").Vni, BackendAt("10.1.0.10").Flags));
    }

    [Fact]
    public void Each_family_has_members_of_its_own()
    {
        Tell(Balancer(Pool("round-robin", null, Member(0)), "80", "10.1.0.9", "fd00:1::9"));

        Assert.Equal(["fd00:1::10"], Serving("fd00:1::9"));
        Assert.Equal(["10.1.0.10"], Serving());
        Assert.Equal(At(records, "10.1.0.9", 80)!.Value.Listener, At(records, "fd00:1::9", 80)!.Value.Listener);
    }

    [Fact]
    public void Numbers_are_the_same_in_the_life_of_every_agent()
    {
        Tell(Balancer(Pool("round-robin", null, Member(0), Member(1))));
        var other = new DesiredRecords();
        other.Update(new() { Node = 1, State = state });

        Assert.Equal(records.Balancing.Backends.Records.OrderBy(record => record.Key), other.Balancing.Backends.Records.OrderBy(record => record.Key));
        Assert.Equal(At(records, "10.1.0.9", 80), At(other, "10.1.0.9", 80));
    }

    [Fact]
    public void Who_is_drained_keeps_its_connections_and_gets_no_new_ones()
    {
        Tell(Balancer(Pool("round-robin", null, Member(0, weight: 0), Member(1))));

        Assert.Equal(["10.1.0.11"], Serving());
        Assert.Equal((uint)BackendFlags.Keeps, BackendAt("10.1.0.10").Flags);
    }

    [Fact]
    public void Who_is_asked_gets_connections_only_when_it_is_well()
    {
        Tell(Balancer(Pool("round-robin", Asked, Member(0), Member(1))));
        Assert.Empty(Serving());

        state = state with { Health = state.Health.Add(Health(0, true).Key, Health(0, true)) };
        Update();
        Assert.Equal(["10.1.0.10"], Serving());

        own = own.SetItem(Health(0, false).Key, Health(0, false));
        Update();
        Assert.Empty(Serving());
        Assert.Equal((uint)BackendFlags.Keeps, BackendAt("10.1.0.10").Flags);
    }

    [Fact]
    public void Who_is_on_a_node_that_does_not_answer_is_left_out_until_it_does_and_keeps_its_connections()
    {
        Tell(Balancer(Pool("round-robin", null, Member(0), Member(1), Member(3))));
        records.Balancing.TakeChangedPools();
        silent = [2];
        Update();
        Assert.Equal(["10.1.0.10"], Serving());
        Assert.Equal((uint)BackendFlags.Keeps, BackendAt("10.1.0.11").Flags);
        Assert.Single(records.Balancing.TakeChangedPools());

        silent = [];
        Update();
        Assert.Equal(["10.1.0.10", "10.1.0.11", "10.1.0.13"], Serving());
    }

    [Fact]
    public void Who_would_be_the_last_is_not_left_out()
    {
        own = own.SetItem(Health(0, false).Key, Health(0, false)).SetItem(Health(1, true).Key, Health(1, true));
        silent = [2];
        Tell(Balancer(Pool("round-robin", Asked, Member(0), Member(1))));
        Assert.Equal(["10.1.0.11"], Serving());

        Tell(Balancer(Pool("round-robin", Asked, Member(0), Member(1), Member(2, weight: 0))));
        own = own.SetItem(Health(2, true).Key, Health(2, true));
        Update();
        Assert.Equal(["10.1.0.11"], Serving()); // one that is drained is nobody to go to

        own = own.SetItem(Health(0, true).Key, Health(0, true));
        Update();
        Assert.Equal(["10.1.0.10"], Serving());
    }

    [Fact]
    public void A_hashed_table_keeps_who_is_not_up_while_enough_are()
    {
        own = Enumerable.Range(0, 4).Select(i => Health(i, i != 0)).ToImmutableDictionary(health => health.Key);
        Tell(Balancer(Pool("source-hash", Asked, Member(0), Member(1), Member(2), Member(3))));
        Assert.Equal(4, Serving().Count());
        Assert.Equal((uint)BackendFlags.Keeps, BackendAt("10.1.0.10").Flags);

        own = own.SetItems(Enumerable.Range(1, 3).Select(i => KeyValuePair.Create(Health(i, false).Key, Health(i, i < 0))));
        Update();
        Assert.Empty(Serving());
    }

    [Fact]
    public void Who_leaves_keeps_its_connections_until_they_are_gone()
    {
        Tell(Balancer(Pool("round-robin", null, Member(0), Member(1))));
        var number = records.Balancing.Backends.Records.Single(record => record.Value.Address == (Address)IPAddress.Parse("10.1.0.10")).Key;
        Tell(Balancer(Pool("round-robin", null, Member(1))));
        Assert.Equal((uint)BackendFlags.Keeps, BackendOf(number).Flags);

        records.Balancing.Settle(_ => 3);
        Assert.True(records.Balancing.Backends.TryGet(number, out _));
        records.Balancing.Settle(_ => 0);
        Assert.False(records.Balancing.Backends.TryGet(number, out _));
    }

    [Fact]
    public void Who_leaves_and_comes_back_is_the_same()
    {
        Tell(Balancer(Pool("round-robin", null, Member(0), Member(1))));
        var before = records.Balancing.Backends.Records.OrderBy(record => record.Key).ToList();
        Tell(null);
        Tell(Balancer(Pool("round-robin", null, Member(0), Member(1))));

        Assert.Equal(before, records.Balancing.Backends.Records.OrderBy(record => record.Key));
        records.Balancing.Settle(_ => 0);
        Assert.Equal(2, records.Balancing.Backends.Count);
    }

    [Fact]
    public void When_its_port_is_gone_a_member_is_gone_at_once()
    {
        Tell(Balancer(Pool("round-robin", null, Member(0), Member(1))));
        state = state with { Ports = state.Ports.Remove(Ports[0].Uid) };
        Update();

        Assert.Equal(["10.1.0.11"], Serving());
        Assert.Equal(1, records.Balancing.Backends.Count);
    }

    [Fact]
    public void Who_left_goes_with_its_port()
    {
        Tell(Balancer(Pool("round-robin", null, Member(0))));
        Tell(null);
        state = state with { Ports = state.Ports.SetItem(Ports[0].Uid, Ports[0] with { NodeNumber = 0 }) };
        Update();

        Assert.Equal(0, records.Balancing.Backends.Count);
    }

    [Fact]
    public void What_an_earlier_agent_left_with_connections_is_taken_over_while_its_port_is_there()
    {
        Update();
        var left = new Backend { Address = IPAddress.Parse("10.1.0.10"), Vni = Vni, Port = 8080, Flags = (uint)BackendFlags.Keeps };
        records.Balancing.Adopt(new Dictionary<uint, Backend>
        {
            [5] = left,
            [6] = left with { Address = IPAddress.Parse("10.1.0.99") },
            [7] = left with { Vni = 9 },
        });

        Assert.Equal([5u], records.Balancing.Backends.Records.Select(record => record.Key));
        records.Balancing.Settle(_ => 0);
        Assert.Equal(0, records.Balancing.Backends.Count);
    }

    [Fact]
    public void Without_a_load_balancer_nothing_is_left_of_it()
    {
        Tell(Balancer(Pool("round-robin", null, Member(0))));
        Tell(null);
        records.Balancing.Settle(_ => 0);

        Assert.False(records.Routes.TryGet(RouteKey.For(Vni, IPAddress.Parse("10.1.0.9")), out _));
        Assert.Equal((0, 0, 0), (records.Outside.Frontends.Count, records.Balancing.Pools.Count, records.Balancing.Backends.Count));
    }

    [Fact]
    public void Numbers_are_told_by_name()
    {
        Tell(Balancer(Pool("round-robin", null, Member(0))));
        var (number, _) = records.Balancing.Backends.Records.Single();

        Assert.Equal(BalanceKey.Of(Health(0, true).Key), records.Balancing.MemberOf(number));
        Assert.Equal(new BalanceKey(Lb, "l", null), records.Balancing.ListenerOf(At(records, "10.1.0.9", 80)!.Value.Listener));
        Assert.Null(records.Balancing.MemberOf(number + 1));
    }

    [Fact]
    public void Members_here_are_asked_as_if_by_the_gateway_and_others_are_not()
    {
        Tell(Balancer(Pool("round-robin", Asked, Member(0), Member(1)), "80", "10.1.0.9"));

        var (key, check) = Assert.Single(records.Probes.Checks);
        Assert.Equal(Health(0, true).Key, key);
        Assert.Equal("11.0.0.5:8080", check.Target.ToString());
        Assert.True(records.Probes.Probes.TryGet(IPAddress.Parse("11.0.0.5"), out var probe));
        Assert.Equal(("10.1.0.10", "10.1.0.1", Vni, 31u), (probe.Address.ToString(), probe.Source.ToString(), probe.Vni, probe.Ifindex));
        Assert.True(records.Probes.Probes.TryGet(IPAddress.Parse("fd77:6566:7400:1::5"), out _));

        Tell(Balancer(Pool("round-robin", null, Member(0), Member(1))));
        Assert.Empty(records.Probes.Checks);
        Assert.Equal(0, records.Probes.Probes.Count);
    }

    [Theory]
    [InlineData(9000, 8080, "11.0.0.5:9000")]
    [InlineData(0, 8080, "11.0.0.5:8080")]
    [InlineData(0, 0, "11.0.0.5:80")]
    public void The_port_that_is_asked_is_the_monitors_the_members_or_the_listeners(int monitor, int target, string asked)
    {
        Tell(Balancer(Pool("round-robin", Asked with { Port = (ushort)monitor }, Member(0, target: (ushort)target))));

        Assert.Equal(asked, Assert.Single(records.Probes.Checks).Value.Target.ToString());
    }

    [Fact]
    public void Only_what_changed_is_written()
    {
        Tell(Balancer(Pool("round-robin", Asked, Member(0), Member(1)), "80-90"));
        records.Outside.Frontends.TakeChanged();
        records.Balancing.Backends.TakeChanged();
        records.Balancing.TakeChangedPools();
        own = own.SetItem(Health(0, true).Key, Health(0, true));
        Update();

        Assert.Empty(records.Outside.Frontends.TakeChanged());
        Assert.Single(records.Balancing.Backends.TakeChanged());
        Assert.Single(records.Balancing.TakeChangedPools());
    }

    /// <summary>One thing that changes: a member, its port, or its health.</summary>
    readonly record struct Step(int Kind, int Port, int How, int Algorithm);

    static readonly Gen<List<Step>> Histories = Gen.Select(
        Gen.Int[0, 6], Gen.Int[0, 3], Gen.Int[0, 3], Gen.Int[0, 2], (kind, port, how, algorithm) => new Step(kind, port, how, algorithm)).List[1, 30];

    [Fact]
    public void What_changes_bring_is_what_starting_from_nothing_brings() => Histories.Sample(history =>
    {
        var test = new DesiredBalancingTests();
        foreach (var step in history)
        {
            test.Do(step);
            test.records.Balancing.Settle(_ => 0);
            var fresh = new DesiredRecords();
            fresh.Update(test.Input);
            Assert.Equal(Text(fresh), Text(test.records));
        }
    }, iter: 300);

    static List<string> Text(DesiredRecords records) =>
    [
        .. records.Routes.Records.Select(record => record.ToString()).Order(StringComparer.Ordinal),
        .. records.Outside.Frontends.Records.Select(record => record.ToString()).Order(StringComparer.Ordinal),
        .. records.Balancing.Backends.Records.Select(record => record.ToString()).Order(StringComparer.Ordinal),
        .. records.Probes.Probes.Records.Select(record => record.ToString()).Order(StringComparer.Ordinal),
        .. records.Probes.Checks.Select(check => check.ToString()).Order(StringComparer.Ordinal),
        .. records.Balancing.Pools.Select(pool => $"{pool.Key} {pool.Value.Balance} {string.Join(' ', pool.Value.Members)}").Order(StringComparer.Ordinal),
    ];

    void Do(Step step)
    {
        var port = Ports[step.Port];
        var balancer = state.Balancers.GetValueOrDefault(Lb) ?? Balancer(Pool("round-robin", Asked));
        switch (step.Kind)
        {
            case 0:
                var pool = balancer.Pools[0];
                var others = pool.Members.Where(member => member.Port != port.Uid);
                string algorithm = step.Algorithm switch { 0 => "round-robin", 1 => "least-connections", _ => "source-hash" };
                Tell(balancer with { Pools = [pool with { Algorithm = algorithm, Members = [.. others, .. step.How == 3 ? [] : (NodeMember[])[Member(step.Port, step.How)]] }] });
                break;
            case 1:
                state = state with
                {
                    Ports = step.How == 0 ? state.Ports.Remove(port.Uid)
                        : state.Ports.SetItem(port.Uid, port with { NodeNumber = (uint)step.How - 1, Addresses = step.Algorithm == 0 ? [port.Addresses[0]] : port.Addresses }),
                };
                Update();
                break;
            case 2:
                own = step.How == 0 ? own.Remove(Health(step.Port, true).Key) : own.SetItem(Health(step.Port, true).Key, Health(step.Port, step.How == 1));
                Update();
                break;
            case 3:
                state = state with { Health = state.Health.SetItem(Health(step.Port, true).Key, Health(step.Port, step.How == 1)) };
                Update();
                break;
            case 4:
                locals = step.How == 0 || !AllLocals.TryGetValue(port.Uid, out var local) ? locals.Remove(port.Uid)
                    : locals.SetItem(port.Uid, local with { Ifindex = 40 + step.How });
                Update();
                break;
            case 5:
                silent = step.How == 0 ? silent.Add((uint)step.Port) : silent.Remove((uint)step.Port);
                Update();
                break;
            default:
                state = state with { Networks = state.Networks.SetItem(Frontend.Uid, Frontend with { Vni = Vni + (uint)step.How }) };
                Tell(step.How == 0 ? null : balancer);
                break;
        }
    }
}
