using System.Collections.Immutable;
using System.Net;
using CsCheck;
using Weft.Agent.Desired;
using Weft.Dataplane.Abi;
using Weft.Model.Addressing;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Tests.Agent.Desired;

public sealed class DesiredOutsideTests
{
    const uint Here = 1, There = 2, Eth1 = 51;

    static readonly NodeExternal Lab = External("lab", 900, isDefault: true, new Subnet
    {
        Prefix = IPNetwork.Parse("192.0.2.0/24"), Gateway = IPAddress.Parse("192.0.2.1"),
    });

    static readonly NodeNetwork Web = States.Network("web", 100) with { Gateways = [new(Lab.Uid, [])] };
    static readonly NodePort Mine = States.Port(Web, "a", ["10.1.0.11", "fd00:1::11"], Here);
    static readonly NodePort Theirs = States.Port(Web, "b", ["10.1.0.12"], There);

    static readonly UplinkFacts Uplink = new(
        "eth1", (int)Eth1, MacAddress.Parse("02:00:00:00:00:51"), 1500,
        [new(IPAddress.Parse("192.0.2.10"), 24), new(IPAddress.Parse("2001:db8::10"), 64), new(IPAddress.Parse("192.0.2.11"), 32)]);

    static readonly DesiredInput Input = new()
    {
        Node = Here,
        State = States.Of([Web], [Mine, Theirs]) with { Externals = new[] { Lab }.ToImmutableDictionary(external => external.Uid) },
        Locals = ImmutableDictionary<Guid, LocalPort>.Empty.Add(Mine.Uid, new(Mine.Uid, 5, 31, 0)),
        FabricMtu = 1500,
        Outside = new(ImmutableDictionary<Guid, UplinkFacts>.Empty.Add(Lab.Uid, Uplink), new(1024, 32767), AnswersFloating: true),
    };

    [Fact]
    public void A_network_leads_out_by_its_first_way_and_to_the_subnets_of_the_others()
    {
        var other = External("other", 901, false, new Subnet { Prefix = IPNetwork.Parse("198.51.100.0/24") });
        var records = From(With(Input, Web with { Gateways = [new(Lab.Uid, []), new(other.Uid, [])] }, other));
        Assert.Equal((FlowAction.Outside, 900u), Route(records, 100, "0.0.0.0/0"));
        Assert.Equal((FlowAction.Outside, 900u), Route(records, 100, "::/0"));
        Assert.Equal((FlowAction.Outside, 901u), Route(records, 100, "198.51.100.0/24"));
    }

    [Fact]
    public void An_external_network_is_known_with_its_uplink_and_exits()
    {
        var records = From(Input);
        Assert.True(records.Networks.TryGet(900, out var network));
        Assert.Equal((uint)NetworkFlags.External, network.Flags);
        Assert.True(records.Outside.Uplinks.TryGet(Eth1, out var uplink));
        Assert.Equal((900u, 1500u, Uplink.Mac), (uplink.Vni, uplink.Mtu, uplink.Mac.ToMacAddress()));
        Assert.Equal(FlowAction.Host, Route(records, 900, "192.0.2.10/32")?.Action);
        Assert.Equal(FlowAction.Host, Route(records, 900, "2001:db8::10/128")?.Action);
        Assert.Equal(("::", Eth1, 0u), ExitOf(records, "192.0.2.0/24"));
        Assert.Equal(("::", Eth1, 0u), ExitOf(records, "2001:db8::/64"));
        Assert.Equal(("192.0.2.1", Eth1, 0u), ExitOf(records, "0.0.0.0/0"));
        Assert.Equal(("::", Eth1, (uint)ExitFlags.HostRoutes), ExitOf(records, "::/0"));
    }

    [Fact]
    public void Prefixes_of_rules_have_routes_by_the_exit_of_what_they_are_in()
    {
        var records = From(WithRule(Input, "203.0.113.0/24", "192.0.2.128/25"));
        Assert.Equal(("192.0.2.1", Eth1, 0u), ExitOf(records, "203.0.113.0/24"));
        Assert.Equal(("::", Eth1, 0u), ExitOf(records, "192.0.2.128/25"));
        Assert.NotEqual(IdentityOf(records, "0.0.0.0/0"), IdentityOf(records, "203.0.113.0/24"));
        Assert.Equal(IdentityOf(records, "0.0.0.0/0"), IdentityOf(records, "192.0.2.0/24"));
        records.Update(Input);
        Assert.Null(Route(records, 900, "203.0.113.0/24"));
    }

    [Fact]
    public void An_address_of_ours_is_to_rules_what_its_prefix_is()
    {
        var floating = Floating(Mine, "192.0.2.130");
        var records = From(With(WithRule(Input, "192.0.2.128/25", "192.0.2.130/32"), floating));
        Assert.Equal(FlowAction.Floating, Route(records, 900, "192.0.2.130/32")?.Action);
        var identity = IdentityOf(records, "192.0.2.130/32");
        Assert.NotEqual(IdentityOf(records, "192.0.2.128/25"), identity);
        records.Update(With(WithRule(Input, "192.0.2.128/25"), floating));
        Assert.Equal(IdentityOf(records, "192.0.2.128/25"), IdentityOf(records, "192.0.2.130/32"));
        // The route of the prefix is behind that of the floating IP.
        records.Update(WithRule(Input, "192.0.2.128/25", "192.0.2.130/32"));
        Assert.Equal(FlowAction.Uplink, Route(records, 900, "192.0.2.130/32")?.Action);
        Assert.Equal(identity, IdentityOf(records, "192.0.2.130/32"));
    }

    [Fact]
    public void A_floating_IP_here_leads_to_its_target_and_is_what_the_target_is_outside()
    {
        var records = From(With(Input, Floating(Mine, "192.0.2.100")));
        Assert.Equal((FlowAction.Floating, 900u), Route(records, 900, "192.0.2.100/32"));
        Assert.Equal(("10.1.0.11", 100u, (ushort)0, (byte)0), FrontendOf(records, "192.0.2.100"));
        Assert.Equal(("192.0.2.100", (ushort)0, (ushort)0), TranslationOf(records, "10.1.0.11"));
        records.Update(Input);
        Assert.Null(Route(records, 900, "192.0.2.100/32"));
        Assert.Null(FrontendOf(records, "192.0.2.100"));
        Assert.Null(TranslationOf(records, "10.1.0.11"));
    }

    [Fact]
    public void A_floating_IP_elsewhere_is_a_route_to_its_node_and_no_more()
    {
        var records = From(With(Input, Floating(Theirs, "192.0.2.100")));
        Assert.True(records.Routes.TryGet(RouteKey.For(900, IPAddress.Parse("192.0.2.100")), out var route));
        Assert.Equal((FlowAction.Remote, There, 900u), (route.Action, route.Node, route.Vni));
        Assert.Null(FrontendOf(records, "192.0.2.100"));
        Assert.Null(TranslationOf(records, "10.1.0.12"));
    }

    [Fact]
    public void Mappings_lead_port_by_port_and_do_not_change_what_the_target_is_outside()
    {
        var records = From(With(Input, Floating(Mine, "192.0.2.100") with { Mappings = [new(6, new(8000, 8002), 80), new(17, new(53, 53), 0)], Open = true }));
        Assert.Null(FrontendOf(records, "192.0.2.100"));
        Assert.Equal(("10.1.0.11", 100u, (ushort)82, (byte)FrontendFlags.Published), FrontendOf(records, "192.0.2.100", 6, 8002));
        Assert.Equal(("10.1.0.11", 100u, (ushort)53, (byte)FrontendFlags.Published), FrontendOf(records, "192.0.2.100", 17, 53));
        Assert.Null(FrontendOf(records, "192.0.2.100", 6, 8003));
        Assert.Null(TranslationOf(records, "10.1.0.11"));
    }

    [Fact]
    public void A_floating_IP_of_a_load_balancer_leads_to_the_virtual_IP()
    {
        var floating = Floating(Mine, "192.0.2.100") with { Port = null, Balancer = Guid.NewGuid(), Target = IPAddress.Parse("10.1.0.200") };
        var records = From(With(Input, floating));
        Assert.Equal(("10.1.0.200", 100u, (ushort)0, (byte)0), FrontendOf(records, "192.0.2.100"));
        Assert.Null(TranslationOf(records, "10.1.0.200"));
    }

    [Fact]
    public void Where_a_load_balancers_floating_IP_is_its_network_is_known_without_a_port()
    {
        var floating = Floating(Mine, "192.0.2.100") with { Port = null, Balancer = Guid.NewGuid() };
        var input = With(Input, floating) with { Locals = ImmutableDictionary<Guid, LocalPort>.Empty };
        var records = From(input);
        Assert.True(records.Networks.TryGet(100, out _));
        Assert.Null(Route(records, 100, "10.1.0.1/32"));
        records.Update(With(input, floating with { NodeNumber = There }));
        Assert.False(records.Networks.TryGet(100, out _));
        records.Update(input);
        Assert.True(records.Networks.TryGet(100, out _));
    }

    [Fact]
    public void Of_two_floating_IPs_of_one_target_one_holds_and_the_other_follows()
    {
        var (one, other) = (Floating(Mine, "192.0.2.100") with { Uid = new("00000000-0000-0000-0000-000000000001") }, Floating(Mine, "192.0.2.101"));
        foreach (var order in (NodeFloating[][])[[one, other], [other, one]])
        {
            var records = From(With(Input, order[0]));
            records.Update(With(Input, order));
            Assert.Equal("192.0.2.100", TranslationOf(records, "10.1.0.11")?.Address);
            records.Update(With(Input, other));
            Assert.Equal("192.0.2.101", TranslationOf(records, "10.1.0.11")?.Address);
        }
    }

    [Fact]
    public void Ports_without_a_floating_IP_share_the_nodes_address_or_its_egress_address()
    {
        var records = From(Input);
        Assert.Equal(("192.0.2.10", (ushort)1024, (ushort)32767), TranslationOf(records, "0.0.0.0"));
        Assert.Equal(("2001:db8::10", (ushort)1024, (ushort)32767), TranslationOf(records, "::"));
        var egress = Web with { Gateways = [new(Lab.Uid, [new(Here, IPAddress.Parse("192.0.2.50")), new(There, IPAddress.Parse("192.0.2.51"))])] };
        records.Update(With(Input, egress));
        Assert.Equal(("192.0.2.50", (ushort)1024, (ushort)65535), TranslationOf(records, "0.0.0.0"));
        Assert.Equal("2001:db8::10", TranslationOf(records, "::")?.Address);
        Assert.Equal(FlowAction.Floating, Route(records, 900, "192.0.2.50/32")?.Action);
        Assert.Equal(FlowAction.Remote, Route(records, 900, "192.0.2.51/32")?.Action);
        records.Update(Input);
        Assert.Null(Route(records, 900, "192.0.2.50/32"));
    }

    [Fact]
    public void Where_only_floating_IPs_lead_out_others_are_nothing_outside()
    {
        var records = From(With(Input, Web with { Gateways = [new(Lab.Uid, []) { FloatingOnly = true }] }));
        Assert.Equal(FlowAction.Outside, Route(records, 100, "0.0.0.0/0")?.Action);
        Assert.Null(TranslationOf(records, "0.0.0.0"));
    }

    [Fact]
    public void Where_the_host_uses_all_ports_itself_none_are_shared() =>
        Assert.Null(TranslationOf(From(Input with { Outside = Input.Outside with { SharedPorts = null } }), "0.0.0.0"));

    [Fact]
    public void Published_ports_are_on_every_address_of_the_uplink_of_a_family_that_the_port_has()
    {
        var published = Theirs with { NodeNumber = Here, Published = [new(6, new(8080, 8081), 80)] };
        var input = Input with
        {
            State = Input.State with { Ports = Input.State.Ports.SetItem(published.Uid, published) },
            Locals = Input.Locals.Add(published.Uid, new(published.Uid, 6, 32, 0)),
        };
        var records = From(input);
        foreach (var own in (string[])["192.0.2.10", "192.0.2.11"])
            Assert.Equal(("10.1.0.12", 100u, (ushort)81, (byte)FrontendFlags.Published), FrontendOf(records, own, 6, 8081));
        Assert.Null(FrontendOf(records, "2001:db8::10", 6, 8080));
        var moved = Uplink with { Addresses = [new(IPAddress.Parse("192.0.2.77"), 24)] };
        records.Update(input with { Outside = input.Outside with { Uplinks = input.Outside.Uplinks.SetItem(Lab.Uid, moved) } });
        Assert.Null(FrontendOf(records, "192.0.2.10", 6, 8080));
        Assert.NotNull(FrontendOf(records, "192.0.2.77", 6, 8080));
        Assert.Null(Route(records, 900, "192.0.2.10/32"));
        Assert.Equal("192.0.2.77", TranslationOf(records, "0.0.0.0")?.Address);
        records.Update(input with { Locals = Input.Locals });
        Assert.Null(FrontendOf(records, "192.0.2.77", 6, 8080));
    }

    [Fact]
    public void Nothing_floating_is_answered_for_before_the_server_has_confirmed_it()
    {
        var egress = Web with { Gateways = [new(Lab.Uid, [new(Here, IPAddress.Parse("192.0.2.50"))])] };
        var input = With(With(Input, egress), Floating(Mine, "192.0.2.100"), Floating(Theirs, "192.0.2.101"));
        var records = From(input with { Outside = input.Outside with { AnswersFloating = false } });
        foreach (var address in (string[])["192.0.2.100/32", "192.0.2.50/32"])
            Assert.Null(Route(records, 900, address));
        Assert.Null(TranslationOf(records, "10.1.0.11"));
        Assert.Null(TranslationOf(records, "0.0.0.0"));
        Assert.Equal(FlowAction.Remote, Route(records, 900, "192.0.2.101/32")?.Action);
        Assert.Equal(FlowAction.Host, Route(records, 900, "192.0.2.10/32")?.Action);
        records.Update(input);
        Assert.Equal(FlowAction.Floating, Route(records, 900, "192.0.2.100/32")?.Action);
        Assert.Equal("192.0.2.50", TranslationOf(records, "0.0.0.0")?.Address);
    }

    [Fact]
    public void Who_is_cut_off_answers_for_its_ports_and_not_for_load_balancers()
    {
        var balanced = Floating(Mine, "192.0.2.102") with { Port = null, Balancer = Guid.NewGuid() };
        var input = With(Input, Floating(Mine, "192.0.2.100"), balanced);
        var records = From(input);
        Assert.Equal(FlowAction.Floating, Route(records, 900, "192.0.2.102/32")?.Action);

        var cutOff = input with { Outside = input.Outside with { AnswersBalancers = false } };
        records.Update(cutOff);
        foreach (var each in (DesiredRecords[])[records, From(cutOff)])
        {
            Assert.Null(Route(each, 900, "192.0.2.102/32"));
            Assert.Equal(FlowAction.Floating, Route(each, 900, "192.0.2.100/32")?.Action);
        }
        records.Update(input);
        Assert.Equal(FlowAction.Floating, Route(records, 900, "192.0.2.102/32")?.Action);
    }

    [Fact]
    public void The_host_keeps_an_address_that_was_given_away()
    {
        var egress = Web with { Gateways = [new(Lab.Uid, [new(Here, IPAddress.Parse("192.0.2.11"))])] };
        var input = With(With(Input, egress), Floating(Mine, "192.0.2.10"));
        var records = From(input);
        foreach (var own in (string[])["192.0.2.10", "192.0.2.11"])
            Assert.Equal(FlowAction.Host, Route(records, 900, $"{own}/32")?.Action);
        Assert.Null(FrontendOf(records, "192.0.2.10"));
        Assert.Null(TranslationOf(records, "10.1.0.11"));
        Assert.Equal(
            "floating IP default/192.0.2.10: 192.0.2.10 is this node's own address on the uplink to lab: take it out of the pools of external network lab",
            Assert.Single(records.Outside.Faults));
        Assert.Equal(("192.0.2.11", (ushort)1024, (ushort)32767), TranslationOf(records, "0.0.0.0"));
        var moved = Uplink with { Addresses = [new(IPAddress.Parse("192.0.2.77"), 24)] };
        records.Update(input with { Outside = input.Outside with { Uplinks = input.Outside.Uplinks.SetItem(Lab.Uid, moved) } });
        Assert.Equal(FlowAction.Floating, Route(records, 900, "192.0.2.10/32")?.Action);
        Assert.NotNull(FrontendOf(records, "192.0.2.10"));
        Assert.Empty(records.Outside.Faults);
    }

    [Fact]
    public void Without_an_uplink_prefixes_and_floating_IPs_are_known_all_the_same()
    {
        var input = With(Input, Floating(Theirs, "192.0.2.100"));
        var records = From(input with { Outside = input.Outside with { Uplinks = ImmutableDictionary<Guid, UplinkFacts>.Empty } });
        Assert.Equal(FlowAction.Uplink, Route(records, 900, "0.0.0.0/0")?.Action);
        Assert.Equal(FlowAction.Remote, Route(records, 900, "192.0.2.100/32")?.Action);
        Assert.Empty(records.Outside.Exits.Records);
        Assert.Empty(records.Outside.Uplinks.Records);
        Assert.Null(TranslationOf(records, "0.0.0.0"));
    }

    [Fact]
    public void One_of_ten_thousand_floating_IPs_touches_its_own_records()
    {
        var floatings = Enumerable.Range(0, 10_000).Select(i => Floating(Mine, $"198.18.{i / 250}.{i % 250 + 1}")).ToArray();
        var state = With(Input, floatings);
        var records = From(state);
        foreach (var taken in (int[])[records.Routes.TakeChanged().Length, records.Outside.Frontends.TakeChanged().Length])
            Assert.True(taken >= 10_000);
        records.Outside.Translations.TakeChanged();
        var moved = floatings[5_000] with { NodeNumber = There };
        records.Update(state with { State = state.State with { Floatings = state.State.Floatings.SetItem(moved.Uid, moved) } });
        Assert.Equal([RouteKey.For(900, moved.Address)], records.Routes.TakeChanged());
        Assert.Equal([new FrontendKey { Address = moved.Address, Vni = 900 }], records.Outside.Frontends.TakeChanged());
    }

    [Fact]
    public void Steps_lead_where_starting_from_nothing_leads() =>
        Steps.Array[1, 12].Sample(steps =>
        {
            var records = new DesiredRecords();
            foreach (var step in steps)
                records.Update(step);
            var fresh = From(steps[^1]);
            AssertSame(fresh.Routes, records.Routes);
            AssertSame(fresh.Networks, records.Networks);
            AssertSame(fresh.Outside.Uplinks, records.Outside.Uplinks);
            AssertSame(fresh.Outside.Exits, records.Outside.Exits);
            AssertSame(fresh.Outside.Frontends, records.Outside.Frontends);
            AssertSame(fresh.Outside.Translations, records.Outside.Translations);
            AssertSame(fresh.Rules.Policies, records.Rules.Policies);
        }, iter: 2000);

    static readonly NodeExternal[] Externals = [Lab, External("other", 901, false, new Subnet { Prefix = IPNetwork.Parse("198.51.100.0/24") })];
    static readonly NodeNetwork[] Networks = [.. Enumerable.Range(0, 2).Select(i => States.Network($"n{i}", 100 + (uint)i))];
    static readonly Guid[] Uids = [.. Enumerable.Range(0, 4).Select(_ => Guid.NewGuid())];
    static readonly string[] Prefixes = ["192.0.2.0/24", "192.0.2.100/32", "192.0.2.101/32", "0.0.0.0/0"];

    /// <summary>Inputs out of few things, so that steps meet.</summary>
    static readonly Gen<DesiredInput> Steps =
        from externals in Gen.Int[0, 1].HashSet[0, 2]
        from networks in Gen.Int[0, 1].HashSet[1, 2]
        from gateways in Gen.Select(Gen.Int[0, 1], Gen.Int[0, 1], Gen.Int[0, 3], Gen.Bool).Array[0, 3]
        from ports in Gen.Select(Gen.Int[0, 3], Gen.Int[0, 1], Gen.UInt[0, 2], Gen.Int[0, 2]).Array[0, 4]
        from floatings in Gen.Select(Gen.Int[0, 3], Gen.Int[0, 1], Gen.Int[0, 1], Gen.UInt[0, 2], Gen.Int[0, 3], Gen.Int[0, 2]).Array[0, 4]
        from uplinks in Gen.Select(Gen.Int[0, 1], Gen.Int[0, 2]).Array[0, 2]
        from rules in Gen.Int[0, 3].HashSet[0, 2]
        from answers in Gen.Bool
        from sharesPorts in Gen.Int[0, 3]
        select Make(externals, networks, gateways, ports, floatings, uplinks, rules) with
        {
            Outside = new(UplinksOf(uplinks), sharesPorts == 0 ? null : new(1024, 2000), answers),
        };

    static DesiredInput Make(
        HashSet<int> externals, HashSet<int> networks, (int Network, int External, int Egress, bool FloatingOnly)[] gateways,
        (int Index, int Network, uint Node, int Published)[] ports,
        (int Index, int External, int Network, uint Node, int Target, int Kind)[] floatings, (int, int)[] uplinks, HashSet<int> rules)
    {
        _ = uplinks;
        var made = ports.DistinctBy(port => port.Index).ToList();
        var state = States.Of(
            networks.Select(i => Networks[i] with
            {
                Revision = gateways.Length,
                Gateways =
                [
                    .. gateways.Where(gateway => gateway.Network == i).DistinctBy(gateway => gateway.External).Select(gateway => new NodeGateway(
                        Externals[gateway.External].Uid,
                        gateway.Egress == 0 ? [] : [new((uint)(gateway.Egress % 2) + 1, IPAddress.Parse($"192.0.2.{99 + gateway.Egress}"))])
                    {
                        FloatingOnly = gateway.FloatingOnly,
                    }),
                ],
            }),
            made.Select(port => States.Port(Networks[port.Network], $"p{port.Index}", [$"10.1.0.{10 + port.Index}"], port.Node) with
            {
                Uid = Uids[port.Index],
                Published = port.Published == 0 ? [] : [new(6, new((ushort)(8000 + port.Published), 8003), 80)],
            }));
        return WithRule(new()
        {
            Node = Here,
            State = state with
            {
                Externals = externals.Select(i => Externals[i]).ToImmutableDictionary(external => external.Uid),
                Floatings = floatings.DistinctBy(floating => floating.Index).Select(floating => new NodeFloating(
                    Uids[floating.Index], "default", "f", Externals[floating.External].Uid, IPAddress.Parse($"192.0.2.{100 + floating.Index}"), floating.Node,
                    floating.Kind == 2 ? null : Uids[floating.Target], floating.Kind == 2 ? Uids[0] : null, Networks[floating.Network].Uid,
                    IPAddress.Parse($"10.1.0.{10 + floating.Target}"), floating.Kind == 1 ? [new(6, new(80, 81), 8080)] : [])).ToImmutableDictionary(floating => floating.Uid),
            },
            Locals = made.Where(port => port.Node == Here).ToImmutableDictionary(
                port => Uids[port.Index], port => new LocalPort(Uids[port.Index], (uint)port.Index, 30 + port.Index, 0)),
            FabricMtu = 1500,
        }, [.. rules.Select(i => Prefixes[i])]);
    }

    static ImmutableDictionary<Guid, UplinkFacts> UplinksOf((int External, int Version)[] uplinks) => uplinks.DistinctBy(uplink => uplink.External)
        .ToImmutableDictionary(uplink => Externals[uplink.External].Uid, uplink => Uplink with
        {
            Ifindex = 60 + uplink.External,
            Addresses = [.. Uplink.Addresses.Take(uplink.Version + 1)],
        });

    static NodeExternal External(string name, uint vni, bool isDefault, params Subnet[] subnets) => new(Guid.NewGuid(), name, vni, [.. subnets], "eth1", isDefault);

    static NodeFloating Floating(NodePort port, string address) => new(
        Guid.NewGuid(), "default", address, Lab.Uid, IPAddress.Parse(address), port.NodeNumber, port.Uid, null, port.Network, port.Addresses[0], []);

    static DesiredInput With(DesiredInput input, params NodeFloating[] floatings) => input with
    {
        State = input.State with { Floatings = floatings.ToImmutableDictionary(floating => floating.Uid) },
    };

    static DesiredInput With(DesiredInput input, NodeNetwork network, params NodeExternal[] externals) => input with
    {
        State = input.State with
        {
            Networks = input.State.Networks.SetItem(network.Uid, network),
            Externals = input.State.Externals.SetItems(externals.Select(external => KeyValuePair.Create(external.Uid, external))),
        },
    };

    /// <summary>A policy that names prefixes of the external network.</summary>
    static DesiredInput WithRule(DesiredInput input, params string[] prefixes)
    {
        var set = new NodeRuleSet(
            Uids[3], false, "default", "x", 7, 100, [.. input.State.Networks.Keys.Order()], [.. prefixes.Select((_, i) => (uint)i + 1)]);
        var rules = prefixes.Select((prefix, i) => new NodeRule(new(set.Uid, (uint)i + 1), new(
            RuleAction.Allow, RuleDirection.OneWay, 6, new(Lab.Uid, IPNetwork.Parse(prefix), null, []), RuleEndpoint.Any, [new(80, 80)], [], [], null, false)));
        return input with
        {
            State = input.State with
            {
                RuleSets = ImmutableDictionary<Guid, NodeRuleSet>.Empty.Add(set.Uid, set),
                Rules = rules.ToImmutableDictionary(rule => rule.Key),
            },
        };
    }

    static DesiredRecords From(DesiredInput input)
    {
        var records = new DesiredRecords();
        records.Update(input);
        return records;
    }

    static RouteEntry? Entry(DesiredRecords records, uint vni, string prefix) =>
        records.Routes.TryGet(RouteKey.For(vni, IPNetwork.Parse(prefix)), out var route) ? route : null;

    static (FlowAction Action, uint Vni)? Route(DesiredRecords records, uint vni, string prefix) =>
        Entry(records, vni, prefix) is { } route ? (route.Action, route.Vni) : null;

    static ulong IdentityOf(DesiredRecords records, string prefix) => Entry(records, 900, prefix)!.Value.Identity;

    static (string, uint, uint) ExitOf(DesiredRecords records, string prefix)
    {
        var route = Entry(records, 900, prefix)!.Value;
        Assert.Equal(FlowAction.Uplink, route.Action);
        Assert.True(records.Outside.Exits.TryGet(route.Node, out var exit));
        return (exit.NextHop.ToString(), exit.Ifindex, exit.Flags);
    }

    static (string, uint, ushort, byte)? FrontendOf(DesiredRecords records, string address, byte protocol = 0, ushort port = 0) =>
        records.Outside.Frontends.TryGet(new() { Address = IPAddress.Parse(address), Vni = 900, Protocol = protocol, Port = port }, out var frontend)
            ? (frontend.Address.ToString(), frontend.Vni, frontend.Port, frontend.Flags) : null;

    static (string Address, ushort, ushort)? TranslationOf(DesiredRecords records, string address) =>
        records.Outside.Translations.TryGet(new() { Address = IPAddress.Parse(address), Vni = 100, External = 900 }, out var translation)
            ? (translation.Address.ToString(), translation.FirstPort, translation.LastPort) : null;

    static void AssertSame<TKey, TValue>(RecordTable<TKey, TValue> expected, RecordTable<TKey, TValue> actual)
        where TKey : unmanaged, IEquatable<TKey>
        where TValue : unmanaged, IEquatable<TValue> =>
        Assert.Equal(
            expected.Records.ToDictionary(record => record.Key, record => record.Value),
            actual.Records.ToDictionary(record => record.Key, record => record.Value));
}
