using System.Net;
using System.Net.Sockets;
using Weft.Dataplane;
using Weft.Dataplane.Abi;

namespace Weft.Kernel.Tests.Dataplane;

/// <summary>Real traffic on one host and across two: what reports add up to is what the interfaces have counted.</summary>
/// <remarks>
/// <code>
///   left: one 10.9.1.1, two 10.9.1.2 (red), other 10.9.2.1 (blue) ── fabric ── right: three 10.9.1.3 (red)
/// </code>
/// Nothing is merged or segmented by cards, so that packets are the same everywhere.
/// </remarks>
public sealed class ReportTrafficTests : IDisposable
{
    const uint Red = 7001, Blue = 7002, Mtu = 1430, Other = 2;
    const ulong IdOne = 1, IdBlue = 2, Table = 0xabc;
    const int ArpFrame = 42, SolicitationFrame = 86;

    readonly VrouterHost _left = new("left"), _right = new("right");
    readonly Container _one, _two, _blue, _three;
    readonly Vrouter _leftVrouter, _rightVrouter;
    readonly ReportLog _leftLog, _rightLog;
    readonly Dictionary<Container, (Amount Sent, Amount Received)> _before = [];

    public ReportTrafficTests()
    {
        _left.Join(_right, "192.0.2.1/24", "192.0.2.2/24");
        (_one, _two) = (_left.AddContainer(1, "10.9.1.1/24", "fd09::1/64"), _left.AddContainer(2, "10.9.1.2/24", "fd09::2/64"));
        (_blue, _three) = (_left.AddContainer(3, "10.9.2.1/24"), _right.AddContainer(4, "10.9.1.3/24", "fd09::3/64"));
        _leftVrouter = Start(_left, "192.0.2.1", "192.0.2.2", [(_one, Red, IdOne), (_two, Red, 0), (_blue, Blue, IdBlue)], [_three]);
        _rightVrouter = Start(_right, "192.0.2.2", "192.0.2.1", [(_three, Red, 0)], [_one, _two]);
        (_leftLog, _rightLog) = (new(_leftVrouter), new(_rightVrouter));
    }

    public void Dispose()
    {
        _leftLog.Dispose();
        _rightLog.Dispose();
        _leftVrouter.Dispose();
        _rightVrouter.Dispose();
        _left.Dispose();
        _right.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Reports_add_up_to_what_the_interfaces_have_counted(int family)
    {
        foreach (var server in new[] { _two, _three })
        {
            Iperf(server, family);
            Iperf(server, family, "-u", "-b20M");
            Pings.Start(_one.Namespace, $"{server.Addresses[family]}", 5, "-i0.02").AssertNoneLost();
        }
        // Refused, and told as such.
        Assert.False(_one.Reaches(IPAddress.Parse(family == 0 ? "10.9.1.77" : "fd09::77"), packets: 3));

        AssertAddsUp(_leftVrouter, _leftLog, _one, _two, _blue);
        AssertAddsUp(_rightVrouter, _rightLog, _three);
        Assert.Contains(_leftLog.Denials, r => r.DropReason == (byte)DropReason.NoRoute && r.Opener.Packets == 3);
        Assert.True(_leftLog.From(_one).Bytes > 10_000_000, "iperf3 did not get far");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Both_nodes_of_a_connection_tell_the_same_of_it(int family)
    {
        Converse(_one, _three, family, connections: 20, bytes: 50_000);
        _leftLog.CollectAll();
        _rightLog.CollectAll();

        var left = _leftLog.Flows.Where(r => r.Key.DestinationPort == 80).GroupBy(r => r.Key).ToDictionary(g => g.Key, Totals);
        var right = _rightLog.Flows.Where(r => r.Key.DestinationPort == 80).GroupBy(r => r.Key).ToDictionary(g => g.Key, Totals);
        Assert.Equal(20, left.Count);
        Assert.Equal(left, right);
        Assert.All(_leftLog.Flows.Where(r => r.Key.DestinationPort == 80), r =>
            Assert.Equal(((byte)FlowAction.Remote, Other, 0u), (r.Action, r.Node, r.ToIfindex)));
        Assert.All(_rightLog.Flows.Where(r => r.Key.DestinationPort == 80), r =>
        {
            Assert.Equal((Other, 0u, (uint)_three.Ifindex), (r.FromNode, r.Ifindex, r.ToIfindex));
            Assert.NotEqual(0, r.FlowFlags & (byte)FlowFlags.FromOverlay);
        });
    }

    [Fact]
    public void Short_connections_are_one_report_each_with_the_whole_conversation()
    {
        Converse(_one, _two, 0, connections: 300, bytes: 10);
        Eventually.True(() =>
        {
            _leftLog.Collect(TimeSpan.FromMinutes(1));
            return _leftLog.Flows.Count(r => r.Key.DestinationPort == 80 && (r.Flags & (byte)ReportFlags.Closed) != 0) == 300;
        });

        var reports = _leftLog.Flows.Where(r => r.Key.DestinationPort == 80).ToList();
        Assert.Equal(300, reports.Count);
        Assert.All(reports, r =>
        {
            Assert.Equal((byte)(ReportFlags.Opened | ReportFlags.Closed), r.Flags);
            Assert.Equal((byte)FlowEnd.Finished, r.End);
            Assert.InRange(r.Opener.HandshakeUs, 1u, 60_000_000u);
            Assert.InRange(r.Answers.HandshakeUs, 1u, r.Opener.HandshakeUs);
        });
        AssertAddsUp(_leftVrouter, _leftLog, _one, _two, _blue);
    }

    [Fact]
    public void A_killed_connection_is_told_as_reset_and_the_next_on_its_port_as_another()
    {
        using var listener = _two.Namespace.Ns.ListenTcp(new(_two.Address, 80));
        for (var i = 0; i < 3; i++)
        {
            using var client = Connect(_one, _two.Address, port: 4444);
            using var served = listener.Accept();
            client.Send(new byte[100]);
            Assert.Equal(100, served.Receive(new byte[200]));
            client.LingerState = new(true, 0); // closing sends RST
        }
        _leftLog.CollectAll();

        var told = _leftLog.Flows.Where(r => r.Key.SourcePort == 4444 && (r.Flags & (byte)ReportFlags.Closed) != 0).ToList();
        Assert.Equal([(byte)FlowEnd.Replaced, (byte)FlowEnd.Replaced, (byte)FlowEnd.Reset], told.Select(r => r.End));
        Assert.Equal(3, told.Select(r => r.StartedNs).Distinct().Count());
        AssertAddsUp(_leftVrouter, _leftLog, _one, _two, _blue);
    }

    [Fact]
    public void A_scan_of_5000_ports_is_told_in_a_few_reports_with_the_rule_and_every_packet()
    {
        const int ports = 5000;
        using var socket = _one.Namespace.Ns.OpenSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        for (var port = 1; port <= ports; port++)
            socket.SendTo(new byte[20], new IPEndPoint(_blue.Address, port));
        Eventually.True(() => _leftVrouter.ReadRuleCounts().GetValueOrDefault(new() { Policy = 3, Rule = 4 }).Packets == ports);
        _leftLog.CollectAll();

        var scan = _leftLog.Denials.Where(r => r.Ifindex == _one.Ifindex && r.Key.Protocol == 17).ToList();
        Assert.InRange(scan.Count, 1, 300);
        Assert.Equal(new Amount(ports, ports * 48), ReportLog.Sum(scan, _ => true, r => r.Opener));
        Assert.All(scan, r => Assert.Equal(
            (3u, 4u, (byte)DropReason.PolicyDenied, _one.Address), (r.Policy, r.Rule, r.DropReason, r.Key.Source.ToIPAddress())));
        AssertAddsUp(_leftVrouter, _leftLog, _one, _two, _blue);
    }

    [Fact]
    public void A_new_agent_finds_the_reports_that_its_predecessor_has_not_committed()
    {
        _leftLog.CollectAll();
        Assert.True(_one.Reaches(_two.Address));
        _leftVrouter.Sweep();
        string ring;
        using (var first = _leftVrouter.OpenReports())
        {
            Assert.False(first.Take(100).Reports.IsEmpty);
            ring = first.Ring;
        }
        _leftLog.Dispose();
        _leftVrouter.Dispose(); // as if killed: nothing was committed

        using var vrouter = _left.Open();
        using var second = vrouter.OpenReports();

        Assert.Equal(ring, second.Ring);
        Assert.Contains(second.Take(100).Reports.ToArray(), r => r.Key.Protocol == 1 && r.Key.Destination == _two.Address);
    }

    void Iperf(Container server, int family, params string[] options)
    {
        using var listening = Command.Start(server.Namespace, "iperf3", "-s", "-1", "-B", $"{server.Addresses[family]}");
        Eventually.True(() => Command.Run(server.Namespace, "ss", "-Hltn", "sport = :5201").Output.Length > 0);
        Run(_one, "iperf3", ["-c", $"{server.Addresses[family]}", "-t1", .. options]);
        listening.Finish(TimeSpan.FromSeconds(30));
    }

    static (Amount, Amount) Totals(IEnumerable<FlowReport> reports) =>
        (ReportLog.Sum(reports, _ => true, r => r.Opener), ReportLog.Sum(reports, _ => true, r => r.Answers));

    /// <summary>Everything is told once: what containers sent, and what they got. What is not of flows has counters.</summary>
    void AssertAddsUp(Vrouter vrouter, ReportLog log, params Container[] containers)
    {
        var (arp, nd) = (0ul, 0ul);
        Amount sent = default, received = default, told = default, delivered = default;
        // What the kernel of a container says by itself may come in between: neighbours, multicast.
        Eventually.True(() =>
        {
            log.CollectAll();
            sent = received = told = delivered = default;
            foreach (var container in containers)
            {
                sent += ReportLog.Counted(container, "tx") - _before[container].Sent;
                received += ReportLog.Counted(container, "rx") - _before[container].Received;
                told += log.From(container).Framed;
                delivered += log.To(container).Framed;
            }
            (arp, nd) = (vrouter.ReadCounters()[CounterId.ArpAnswered], vrouter.ReadCounters()[CounterId.NdAnswered]);
            told += new Amount(arp + nd, (arp * ArpFrame) + (nd * SolicitationFrame));
            return told == sent;
        });
        var errors = vrouter.ReadCounters()[CounterId.IcmpErrorsSent];
        Assert.Equal(received.Packets, delivered.Packets + arp + nd + errors);
        if (errors == 0)
            Assert.Equal(received.Bytes, delivered.Bytes + (arp * ArpFrame) + (nd * SolicitationFrame));
        foreach (var lost in (CounterId[])[CounterId.ReportsLost, CounterId.ReportedPacketsLost, CounterId.UntrackedPackets])
            Assert.Equal(0ul, vrouter.ReadCounters()[lost]);
        // The kernel of a container may say something of its own in between, which is dropped.
        Eventually.True(() =>
        {
            log.CollectAll();
            return Dropped(vrouter, containers)
                == ReportLog.Sum(log.Denials, r => containers.Any(c => c.Ifindex == r.Ifindex), r => r.Opener).Packets;
        });
    }

    static ulong Dropped(Vrouter vrouter, Container[] containers) =>
        vrouter.ReadDrops().Where(d => containers.Any(c => c.Ifindex == d.Ifindex)).Aggregate(0ul, (sum, d) => sum + d.Packets);

    /// <summary>So many connections one after the other; each end closes.</summary>
    static void Converse(Container client, Container server, int family, int connections, int bytes)
    {
        var address = server.Addresses[family];
        using var listener = server.Namespace.Ns.ListenTcp(new(address, 80));
        var serving = Task.Run(() =>
        {
            for (var i = 0; i < connections; i++)
            {
                using var served = listener.Accept();
                var question = new byte[bytes];
                for (var got = 0; got < bytes;)
                    got += served.Receive(question, got, bytes - got, SocketFlags.None);
                served.Send(question);
                served.Shutdown(SocketShutdown.Send);
                Assert.Equal(0, served.Receive(question)); // until the client has closed
            }
        });
        for (var i = 0; i < connections; i++)
        {
            using var socket = Connect(client, address, port: 0);
            socket.Send(new byte[bytes]);
            var answer = new byte[bytes];
            while (socket.Receive(answer) > 0)
            {
            }
        }
        serving.Wait();
    }

    static Socket Connect(Container client, IPAddress address, int port)
    {
        var socket = client.Namespace.Ns.OpenSocket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.ReceiveTimeout = 60_000;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        if (port != 0)
            socket.Bind(new IPEndPoint(client.Address, port));
        socket.Connect(address, 80);
        return socket;
    }

    static void Run(Container container, string program, params string[] arguments) =>
        Command.Run(container.Namespace, program, arguments);

    Vrouter Start(VrouterHost host, string local, string remote, (Container Container, uint Vni, ulong Id)[] here, Container[] there)
    {
        var vrouter = host.Open();
        vrouter.MarkInSync();
        var (from, to) = (IPAddress.Parse(local), IPAddress.Parse(remote));
        vrouter.Nodes.Set(Other, new()
        {
            Address = to, Local = from, NextHop = to, Ifindex = VrouterHost.FabricIfindex, Mtu = Mtu,
        });
        vrouter.Peers.Set(to, new() { Node = Other });
        foreach (var (container, vni, id) in here)
        {
            VrouterHost.Want(vrouter, container, vni, Mtu);
            var key = RouteKey.For(vni, container.Address);
            Assert.True(vrouter.Routes.TryGetDesired(key, out var route));
            vrouter.Routes.Set(key, route with { Identity = id });
        }
        vrouter.Routes.Set(RouteKey.For(Red, IPNetwork.Parse("10.9.2.0/24")), new() { Action = FlowAction.Network, Vni = Blue });
        vrouter.Verdicts.Set(VerdictKey.AnyProtocol(Table), VerdictEntry.Deny(DropReason.PolicyDenied, 3, 4));
        vrouter.Policies.Set(PolicyKey.Of(IdOne, IdBlue), PolicyEntry.Of(Table));
        foreach (var address in there.SelectMany(c => c.Addresses))
            vrouter.Routes.Set(RouteKey.For(Red, address), new() { Action = FlowAction.Remote, Vni = Red, Node = Other });
        Assert.True(vrouter.Apply().IsClean);
        foreach (var (container, _, _) in here)
            Connect(host, vrouter, container);
        host.Host.Ns.Run(() => vrouter.AttachFabric(VrouterHost.FabricIfindex));
        return vrouter;
    }

    /// <summary>Counts from before the first packet that the vrouter sees; the host's own end of the link is silent.</summary>
    void Connect(VrouterHost host, Vrouter vrouter, Container container)
    {
        var link = $"p{container.Ifindex - 100}";
        Command.Run(host.Host, "sysctl", "-qw", $"net.ipv6.conf.{link}.disable_ipv6=1");
        Ip(container, "link", "set", "eth0", "down", "mtu", $"{Mtu}");
        Run(container, "ethtool", "-K", "eth0", "tso", "off", "gso", "off", "gro", "off");
        host.Attach(vrouter, container);
        _before[container] = (ReportLog.Counted(container, "tx"), ReportLog.Counted(container, "rx"));
        Ip(container, "link", "set", "eth0", "up");
        Ip(container, "route", "add", "default", "dev", "eth0");
        foreach (var address in container.Addresses.Where(a => a.AddressFamily == AddressFamily.InterNetworkV6))
            Ip(container, "addr", "replace", $"{address}/64", "dev", "eth0", "nodad");
    }

    static void Ip(Container container, params string[] arguments) =>
        Command.Run("ip", ["-n", container.Namespace.Name, .. arguments]);
}
