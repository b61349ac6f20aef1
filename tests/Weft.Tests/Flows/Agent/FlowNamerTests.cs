using System.Net;
using Weft.Agent.Flows;
using Weft.Dataplane.Abi;
using Weft.Flows;
using Weft.Model.Rules;
using static Weft.Tests.Flows.Agent.FlowWorld;

namespace Weft.Tests.Flows.Agent;

public sealed class FlowNamerTests
{
    const byte Rewritten = (byte)FlowFlags.Rewrite, FromOverlay = (byte)FlowFlags.FromOverlay;

    readonly FlowWorld _one = new(1);
    readonly FlowWorld _two = new(2);
    readonly FlowWorld _three = new(3);

    /// <summary>From web to db: at the first node, and at the second.</summary>
    static (FlowReport Entry, FlowReport Exit) Plain() => (
        Report(FrontVni, "10.1.0.10", 40000, "10.1.0.20", 5432, FlowAction.Remote, FrontVni) with { Ifindex = WebInterface, Node = 2 },
        Report(FrontVni, "10.1.0.10", 40000, "10.1.0.20", 5432, FlowAction.Local, FrontVni) with { ToIfindex = DbInterface, FromNode = 1, FlowFlags = FromOverlay });

    [Fact]
    public void Both_ends_are_named_on_both_nodes()
    {
        var (entry, exit) = Plain();
        foreach (var record in (FlowRecord[])[_one.Name(entry), _two.Name(exit)])
        {
            Assert.Equal(("shop", "frontend", "web", "one"), Who(record.Source));
            Assert.Equal(("shop", "frontend", "db", "two"), Who(record.Destination));
            Assert.Equal("\napp=web\ntier=1\n", record.Source.Labels);
            Assert.Equal((FlowDirection.Internal, FlowEncapsulation.Vxlan, FrontVni), (record.Direction, record.Encapsulation, record.Vni));
            Assert.Equal((6, 40000, 5432), (record.Protocol, record.Source.Port, record.Destination.Port));
            Assert.Equal(FlowNames.Number(IPAddress.Parse("10.1.0.20")), record.Destination.Address);
            Assert.Equal(default, record.TranslatedSource.Address);
        }
        Assert.Equal((FlowObserver.Entry, "one", "two"), Where(_one.Name(entry)));
        Assert.Equal((FlowObserver.Exit, "two", "one"), Where(_two.Name(exit)));
    }

    [Fact]
    public void The_opener_of_a_joined_network_is_found_in_its_own()
    {
        var exit = Report(BackVni, "10.1.0.10", 40000, "10.2.0.10", 80, FlowAction.Local, BackVni) with
        {
            ToIfindex = ApiInterface, FromNode = 1, FlowFlags = FromOverlay, Policy = 41, Rule = 7,
        };
        var record = _two.Name(exit);
        Assert.Equal(("shop", "frontend", "web", "one"), Who(record.Source));
        Assert.Equal(("data", "backend", "api", "two"), Who(record.Destination));
        Assert.Equal(("shop/to-data", "", 7u), (record.Policy, record.Group, record.Rule));
    }

    [Fact]
    public void Behind_a_load_balancer_the_member_is_named_and_what_was_asked_stays()
    {
        var (entry, exit) = Balanced();
        var record = _one.Name(entry);
        Assert.Equal(("shop", "frontend", "db", "two"), Who(record.Destination));
        Assert.Equal(("shop", "http"), (record.LoadBalancer, record.Listener));
        Assert.Equal("10.1.0.100", Text(record.Destination.Address));
        Assert.Equal(("10.1.0.20", 8080), (Text(record.TranslatedDestination.Address), record.TranslatedDestination.Port));
        Assert.Equal(default, record.TranslatedSource.Address);
        Assert.Equal("", _two.Name(exit).LoadBalancer); // that node sees a connection to the member
    }

    static (FlowReport Entry, FlowReport Exit) Balanced() => (
        Report(FrontVni, "10.1.0.10", 40000, "10.1.0.100", 80, FlowAction.Remote, FrontVni) with
        {
            Ifindex = WebInterface, Node = 2, FlowFlags = Rewritten, Rewrite = To("10.1.0.10", 40000, "10.1.0.20", 8080), Listener = ShopHttp,
        },
        Report(FrontVni, "10.1.0.10", 40000, "10.1.0.20", 8080, FlowAction.Local, FrontVni) with { ToIfindex = DbInterface, FromNode = 1, FlowFlags = FromOverlay });

    [Fact]
    public void A_floating_ip_elsewhere_is_named_with_what_it_leads_to_on_both_nodes()
    {
        var (entry, exit) = Floating();
        var record = _two.Name(entry);
        Assert.Equal(("shop", "frontend", "db", "two"), Who(record.Source));
        Assert.Equal(("shop", "frontend", "web", "one"), Who(record.Destination));
        Assert.Equal(("public", FlowDirection.Internal), (record.FloatingIp, record.Direction));
        Assert.Equal("203.0.113.77", Text(record.TranslatedSource.Address));
        record = _one.Name(exit);
        Assert.Equal(("", "outside", "", "two"), Who(record.Source)); // by an address that the node's ports share
        Assert.Equal(("shop", "frontend", "web", "one"), Who(record.Destination));
        Assert.Equal(("public", FlowDirection.Internal, FlowObserver.Exit), (record.FloatingIp, record.Direction, record.Observer));
        Assert.Equal("10.1.0.10", Text(record.TranslatedDestination.Address));
    }

    static (FlowReport Entry, FlowReport Exit) Floating() => (
        Report(FrontVni, "10.1.0.20", 41000, "203.0.113.5", 443, FlowAction.Remote, Outside) with
        {
            Ifindex = DbInterface, Node = 1, FlowFlags = Rewritten, Rewrite = To("203.0.113.77", 1500, "203.0.113.5", 443),
        },
        Report(Outside, "203.0.113.77", 1500, "203.0.113.5", 443, FlowAction.Local, FrontVni) with
        {
            ToIfindex = WebInterface, FromNode = 2, FlowFlags = FromOverlay | Rewritten, Rewrite = To("203.0.113.77", 1500, "10.1.0.10", 443),
        });

    [Fact]
    public void Out_by_a_floating_ip_and_by_a_shared_address()
    {
        var own = Report(FrontVni, "10.1.0.10", 40000, "198.51.100.1", 443, FlowAction.Uplink, Outside) with
        {
            Ifindex = WebInterface, FlowFlags = Rewritten, Rewrite = To("203.0.113.5", 40000, "198.51.100.1", 443),
        };
        var record = _one.Name(own);
        Assert.Equal(("", "outside", "", ""), Who(record.Destination));
        Assert.Equal(("public", FlowDirection.Outbound, FlowEncapsulation.None), (record.FloatingIp, record.Direction, record.Encapsulation));
        Assert.Equal(("203.0.113.5", 40000), (Text(record.TranslatedSource.Address), record.TranslatedSource.Port));
        record = _one.Name(own with { Rewrite = To("192.0.2.1", 61000, "198.51.100.1", 443) });
        Assert.Equal("", record.FloatingIp);
        Assert.Equal(("192.0.2.1", 61000), (Text(record.TranslatedSource.Address), record.TranslatedSource.Port));
    }

    [Fact]
    public void A_client_outside_is_of_the_external_network_also_on_a_third_node()
    {
        var (entry, exit) = Visitor();
        var record = _two.Name(entry);
        Assert.Equal(("", "outside", "", ""), Who(record.Source));
        Assert.Equal(("shop", "frontend", "far", "three"), Who(record.Destination));
        Assert.Equal(("front", "shop", FlowDirection.Inbound, FlowObserver.Entry), (record.FloatingIp, record.LoadBalancer, record.Direction, record.Observer));
        record = _three.Name(exit);
        Assert.Equal(("", "outside", "", ""), Who(record.Source));
        Assert.Equal((FlowDirection.Inbound, FlowObserver.Exit, "two"), (record.Direction, record.Observer, record.Peer));
    }

    static (FlowReport Entry, FlowReport Exit) Visitor() => (
        Report(Outside, "198.51.100.1", 50000, "203.0.113.6", 80, FlowAction.Remote, FrontVni) with
        {
            Ifindex = UplinkInterface, Node = 3, Listener = ShopHttp, FlowFlags = Rewritten, Rewrite = To("198.51.100.1", 50000, "10.1.0.30", 80),
        },
        Report(FrontVni, "198.51.100.1", 50000, "10.1.0.30", 80, FlowAction.Local, FrontVni) with { FromNode = 2, FlowFlags = FromOverlay });

    [Fact]
    public void A_floating_ip_of_this_node_is_found_by_the_openers_way_out()
    {
        var record = _one.Name(Report(FrontVni, "10.1.0.10", 40000, "203.0.113.5", 80, FlowAction.Local, FrontVni) with
        {
            Ifindex = WebInterface, ToIfindex = WebInterface, FlowFlags = Rewritten, Rewrite = To("203.0.113.5", 1025, "10.1.0.10", 80),
        });
        Assert.Equal(("public", FlowDirection.Internal), (record.FloatingIp, record.Direction));
        Assert.Equal(("shop", "frontend", "web", "one"), Who(record.Destination));
    }

    [Fact]
    public void A_question_to_the_agent_is_a_service()
    {
        var record = _one.Name(Report(FrontVni, "10.1.0.10", 40000, "10.1.0.1", 53, FlowAction.Service, 0, IpProtocols.Udp) with
        {
            Ifindex = WebInterface, ToIfindex = 99, FlowFlags = Rewritten, Rewrite = To("10.0.0.7", 40000, "169.254.1.1", 53),
        });
        Assert.Equal(FlowDirection.Service, record.Direction);
        Assert.Equal(("shop", "frontend", "", "one"), Who(record.Destination));
        Assert.Equal(default, record.TranslatedDestination.Address);
    }

    public static TheoryData<string> Crossings => ["plain", "load balancer", "floating IP", "visitor"];

    [Theory]
    [MemberData(nameof(Crossings))]
    public void A_connection_has_one_name_on_both_nodes(string crossing)
    {
        var (entry, exit) = crossing switch
        {
            "plain" => Plain(),
            "load balancer" => Balanced(),
            "floating IP" => Floating(),
            _ => Visitor(),
        };
        Assert.Equal(FlowIdentity.Of(entry), FlowIdentity.Of(exit));
        Assert.NotEqual(0UL, FlowIdentity.Of(entry));
        var other = exit;
        other.Key.SourcePort = 1;
        Assert.NotEqual(FlowIdentity.Of(exit), FlowIdentity.Of(other));
    }

    [Fact]
    public void Networks_that_overlap_have_connections_of_other_names()
    {
        var (entry, _) = Plain();
        var other = entry with { Vni = 101 };
        other.Key.Vni = 101;
        Assert.NotEqual(FlowIdentity.Of(entry), FlowIdentity.Of(other));
    }

    [Fact]
    public void Denied_packets_say_why_by_what_and_where()
    {
        var denied = Report(FrontVni, "10.1.0.10", 0, "10.2.0.10", 22, FlowAction.Drop, BackVni) with
        {
            Ifindex = WebInterface, Flags = (byte)ReportFlags.Denied, DropReason = (byte)DropReason.GroupDenied, Policy = 42, Rule = 3,
            Opener = new() { Packets = 4, Bytes = 240 },
        };
        var record = _one.Name(denied);
        Assert.Equal((FlowVerdict.Denied, "group-denied", "", "shop/closed", 3u), (record.Verdict, record.Reason, record.Policy, record.Group, record.Rule));
        Assert.Equal((FlowEvent.Denied, 0u, 0u, 4UL, 240UL), (record.Event, record.Connections, record.Closed, record.Forward.Packets, record.Forward.Bytes));
        Assert.Equal(("data", "backend", "api", "two"), Who(record.Destination));
        Assert.Equal((FlowObserver.Entry, FlowDirection.Internal), (record.Observer, record.Direction));
        record = _two.Name(denied with { Ifindex = FabricInterface });
        Assert.Equal((FlowObserver.Exit, "two", "one"), Where(record));
    }

    [Fact]
    public void Denied_from_outside_is_inbound_and_to_outside_outbound()
    {
        var denied = Report(Outside, "198.51.100.1", 0, "203.0.113.5", 22, FlowAction.Drop, Outside) with
        {
            Ifindex = UplinkInterface, Flags = (byte)ReportFlags.Denied, DropReason = (byte)DropReason.PolicyNoRule,
        };
        var record = _one.Name(denied);
        Assert.Equal((FlowDirection.Inbound, "public", "policy-no-rule"), (record.Direction, record.FloatingIp, record.Reason));
        Assert.Equal(("shop", "frontend", "web", "one"), Who(record.Destination));
        record = _one.Name(Report(FrontVni, "10.1.0.10", 0, "198.51.100.1", 25, FlowAction.Drop, Outside) with
        {
            Ifindex = WebInterface, Flags = (byte)ReportFlags.Denied, DropReason = (byte)DropReason.PolicyDenied,
        });
        Assert.Equal(FlowDirection.Outbound, record.Direction);
    }

    [Fact]
    public void A_scan_that_was_added_up_names_its_sender_alone()
    {
        var record = _one.Name(Report(FrontVni, "10.1.0.10", 0, "::", 0, FlowAction.Drop, FrontVni) with
        {
            Ifindex = WebInterface, Flags = (byte)(ReportFlags.Denied | ReportFlags.Lumped), DropReason = (byte)DropReason.GroupDenied,
        });
        Assert.True(record.Lumped);
        Assert.Equal(("shop", "frontend", "web", "one"), Who(record.Source));
        Assert.Equal((default, ""), (record.Destination.Address, record.Destination.Name));
    }

    [Theory]
    [InlineData(ReportFlags.Opened, 0, FlowEvent.Opened, 1u, 0u)]
    [InlineData(ReportFlags.None, 0, FlowEvent.Continued, 0u, 0u)]
    [InlineData(ReportFlags.Closed, 1, FlowEvent.Closed, 0u, 1u)]
    [InlineData(ReportFlags.Opened | ReportFlags.Closed, 3, FlowEvent.Whole, 1u, 1u)]
    public void Sums_of_connections_and_ends_are_right(ReportFlags flags, byte end, FlowEvent expected, uint connections, uint closed)
    {
        var record = _one.Name(Plain().Entry with { Flags = (byte)flags, End = end });
        Assert.Equal((expected, connections, closed, end), (record.Event, record.Connections, record.Closed, (byte)record.End));
    }

    [Fact]
    public void Icmp_has_its_identifier_or_nothing_as_ports()
    {
        var echo = Report(FrontVni, "10.1.0.10", 77, "10.1.0.20", 77, FlowAction.Remote, FrontVni, IpProtocols.Icmp) with { IcmpType = 8, Ifindex = WebInterface };
        Assert.Equal((8, 77, 77), (_one.Name(echo).IcmpType, _one.Name(echo).Source.Port, _one.Name(echo).Destination.Port));
        var unreachable = echo with { IcmpType = 3 };
        Assert.Equal((3, 0, 0), (_one.Name(unreachable).IcmpType, _one.Name(unreachable).Source.Port, _one.Name(unreachable).Destination.Port));
    }

    [Fact]
    public void What_nobody_knows_is_a_number_or_nothing()
    {
        var record = _one.Name(Report(777, "10.9.0.1", 1, "10.9.0.2", 2, FlowAction.Remote, 777) with { Ifindex = 500, Node = 12, Policy = 99, Rule = 1 });
        Assert.Equal(("", "", "", ""), Who(record.Source));
        Assert.Equal(("", "", "", "#12"), Who(record.Destination));
        Assert.Equal(("#12", "#99"), (record.Peer, record.Policy));
    }

    [Fact]
    public void Nothing_of_one_record_is_left_in_the_next()
    {
        _one.Name(Balanced().Entry with { Policy = 41, Rule = 5 });
        var record = _one.Name(Plain().Entry);
        Assert.Equal(("", "", "", 0u), (record.LoadBalancer, record.Listener, record.Policy, record.Rule));
        Assert.Equal((default, 0), (record.TranslatedDestination.Address, record.TranslatedDestination.Port));
    }

    static (string, string, string, string) Who(FlowEndpoint end) => (end.Project, end.Network, end.Name, end.Node);

    static (FlowObserver, string, string) Where(FlowRecord record) => (record.Observer, record.Node, record.Peer);

    static string Text(UInt128 address)
    {
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, address);
        return new IPAddress(bytes) is { IsIPv4MappedToIPv6: true } mapped ? mapped.MapToIPv4().ToString() : new IPAddress(bytes).ToString();
    }
}
