using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Weft.Dataplane;
using Weft.Dataplane.Abi;
using Weft.Model.Addressing;

namespace Weft.Kernel.Tests.Dataplane;

/// <summary>Real sockets across the border: segmentation, checksums left to the card, neighbours, path MTU.</summary>
/// <remarks>
/// <code>
///   floating 10.9.0.1 ─┐
///                      ├─ host ── 198.51.100.0/24 ── router ── 203.0.113.0/24, of 1300 bytes ── far
///   shared   10.9.0.2 ─┘
/// </code>
/// </remarks>
public sealed class OutsideTrafficTests : IDisposable
{
    const uint Network = 7001, External = 8000, ByRouter = 1, OnLink = 2;
    const ulong Outside = 0xe0, Inside = 0xa0, Open = 0x0be1;
    const int Uplink = VrouterHost.FabricIfindex, FarMtu = 1300, Bytes = 5_000_000;

    readonly VrouterHost _host = new("host"), _router = new("router");
    readonly TestNamespace _far = new("far");
    readonly Container _floating, _shared;
    readonly Vrouter _vrouter;

    public OutsideTrafficTests()
    {
        _host.Join(_router, "198.51.100.1/24", "198.51.100.254/24");
        foreach (var (host, address) in new[] { (_host, "2001:db8:100::1/64"), (_router, "2001:db8:100::fe/64") })
            Ip(host.Host, "addr", "add", address, "dev", "fabric", "nodad");
        MakeFar();
        (_floating, _shared) = (_host.AddContainer(1, "10.9.0.1/24", "fd09::1/64"), _host.AddContainer(2, "10.9.0.2/24", "fd09::2/64"));
        _vrouter = _host.Open();
        _vrouter.MarkInSync();
        foreach (var container in new[] { _floating, _shared })
        {
            foreach (var family in (string[])["-4", "-6"])
                Ip(container.Namespace, family, "route", "add", "default", "dev", "eth0");
            VrouterHost.Want(_vrouter, container, Network);
        }
        WantOutside();
        Assert.True(_vrouter.Apply().IsClean);
        _host.Attach(_vrouter, _floating);
        _host.Attach(_vrouter, _shared);
        _host.Host.Ns.Run(() => _vrouter.AttachUplink(Uplink));
    }

    public void Dispose()
    {
        _vrouter.Dispose();
        _far.Dispose();
        _host.Dispose();
        _router.Dispose();
    }

    static string FloatingOf(int family) => family == 0 ? "198.51.100.10" : "2001:db8:100::10";

    static string HostOf(int family) => family == 0 ? "198.51.100.1" : "2001:db8:100::1";

    static string FarOf(int family) => family == 0 ? "203.0.113.9" : "2001:db8:200::9";

    static string RouterOf(int family) => family == 0 ? "198.51.100.254" : "2001:db8:100::fe";

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_client_outside_and_a_port_exchange_megabytes_by_the_floating_IP(int family)
    {
        var seen = Exchange(_far, _floating.Namespace, _floating.Addresses[family], FloatingOf(family));

        Assert.Equal(IPAddress.Parse(FarOf(family)), seen);
        AssertNothingLost();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Ports_exchange_megabytes_with_who_is_outside_as_what_they_are_there(int family)
    {
        var far = IPAddress.Parse(FarOf(family));

        Assert.Equal(IPAddress.Parse(FloatingOf(family)), Exchange(_floating.Namespace, _far, far, FarOf(family)));
        Assert.Equal(IPAddress.Parse(HostOf(family)), Exchange(_shared.Namespace, _far, far, FarOf(family)));
        Assert.Equal(
            IPAddress.Parse(HostOf(family)),
            Exchange(_shared.Namespace, _router.Host, IPAddress.Parse(RouterOf(family)), RouterOf(family)));
        AssertNothingLost();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Pings_go_out_and_come_in_also_in_fragments(int family)
    {
        Pings.Start(_far, FloatingOf(family), 3, "-i0.05").AssertNoneLost();
        Pings.Start(_floating.Namespace, FarOf(family), 3, "-i0.05").AssertNoneLost();
        Pings.Start(_shared.Namespace, RouterOf(family), 3, "-i0.05", "-s5000").AssertNoneLost();
        Pings.Start(_router.Host, FloatingOf(family), 3, "-i0.05", "-s5000").AssertNoneLost();
        // One port asks another by its floating IP, without a detour.
        Pings.Start(_shared.Namespace, FloatingOf(family), 3, "-i0.05").AssertNoneLost();
        Pings.Start(_floating.Namespace, FloatingOf(family), 3, "-i0.05").AssertNoneLost();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Routers_on_the_way_are_heard(int family)
    {
        foreach (var container in new[] { _floating, _shared })
        {
            var output = Command.Try(container.Namespace, "ping", "-c1", "-W5", "-t1", FarOf(family)).Output;
            Assert.Contains($"From {RouterOf(family)}", output, StringComparison.Ordinal);
            output = Command.Try(container.Namespace, "ping", "-c1", "-W5", "-Mdo", $"-s{FarMtu}", FarOf(family)).Output;
            Assert.Contains($"{FarMtu}", output.Split('\n')[1], StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void The_hosts_own_sockets_work_as_before(int family)
    {
        Assert.Equal(IPAddress.Parse(HostOf(family)), Exchange(_host.Host, _router.Host, IPAddress.Parse(RouterOf(family)), RouterOf(family)));
        Assert.Equal(IPAddress.Parse(RouterOf(family)), Exchange(_router.Host, _host.Host, IPAddress.Parse(HostOf(family)), HostOf(family)));
        Pings.Start(_router.Host, HostOf(family), 3, "-i0.05").AssertNoneLost();
        AssertNothingLost();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_floating_IP_that_leads_nowhere_refuses_at_once(int family)
    {
        _vrouter.Frontends.Remove(new() { Vni = External, Address = IPAddress.Parse(FloatingOf(family)) });
        Assert.True(_vrouter.Apply().IsClean);
        var address = IPAddress.Parse(FloatingOf(family));
        using var socket = _far.Ns.OpenSocket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);

        Assert.Equal(SocketError.ConnectionRefused, Assert.Throws<SocketException>(() => socket.Connect(address, 80)).SocketErrorCode);
    }

    /// <summary>Megabytes both ways over one connection; answers as whom the server sees its client.</summary>
    static IPAddress Exchange(TestNamespace client, TestNamespace server, IPAddress listen, string connect)
    {
        var content = RandomNumberGenerator.GetBytes(Bytes);
        using var listener = server.Ns.ListenTcp(new(listen, 80));
        var serving = Task.Run(() =>
        {
            using var accepted = listener.Accept();
            accepted.Send(Receive(accepted));
            accepted.Shutdown(SocketShutdown.Send);
            return ((IPEndPoint)accepted.RemoteEndPoint!).Address;
        });
        var address = IPAddress.Parse(connect);
        using var socket = client.Ns.OpenSocket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(address, 80);
        socket.Send(content);
        var back = new byte[Bytes];
        socket.ReceiveTimeout = 60_000;
        for (var got = 0; got < Bytes;)
        {
            var more = socket.Receive(back, got, Bytes - got, SocketFlags.None);
            Assert.True(more > 0);
            got += more;
        }
        Assert.Equal(SHA256.HashData(content), SHA256.HashData(back));
        Assert.True(serving.Wait(TimeSpan.FromSeconds(60)));
        return serving.Result;
    }

    static byte[] Receive(Socket socket)
    {
        var buffer = new byte[Bytes];
        socket.ReceiveTimeout = 60_000;
        for (var got = 0; got < Bytes;)
            got += socket.Receive(buffer, got, Bytes - got, SocketFlags.None);
        return buffer;
    }

    void AssertNothingLost() =>
        Assert.DoesNotContain(_vrouter.ReadDrops(), drop => drop.Reason is not (DropReason.Multicast or DropReason.SpoofedAddress));

    void MakeFar()
    {
        var (near, far) = (_router.Host, _far);
        Ip(near, "link", "add", "out", "mtu", $"{FarMtu}", "type", "veth", "peer", "name", "out", "netns", far.Name);
        foreach (var (ns, prefixes) in new[]
        {
            (near, (string[])["203.0.113.254/24", "2001:db8:200::fe/64"]), (far, ["203.0.113.9/24", "2001:db8:200::9/64"]),
        })
        {
            foreach (var prefix in prefixes)
                Ip(ns, "addr", "add", prefix, "dev", "out", "nodad");
            Ip(ns, "link", "set", "out", "up", "mtu", $"{FarMtu}");
        }
        Command.Run(near, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding");
        Ip(far, "route", "add", "default", "via", "203.0.113.254");
        Ip(far, "-6", "route", "add", "default", "via", "2001:db8:200::fe");
        Ip(_host.Host, "route", "add", "default", "via", "198.51.100.254");
        Ip(_host.Host, "-6", "route", "add", "default", "via", "2001:db8:100::fe");
    }

    void WantOutside()
    {
        var words = Command.Run(_host.Host, "ip", "-o", "link", "show", "fabric").Output.Split(' ');
        var mac = MacAddress.Parse(words[Array.IndexOf(words, "link/ether") + 1]);
        _vrouter.Networks.Set(External, new() { Flags = (uint)NetworkFlags.External });
        _vrouter.Uplinks.Set(Uplink, new() { Vni = External, Mtu = 1500, Mac = mac });
        // What is on the link is asked for by itself; the rest by the host's own routes.
        _vrouter.Exits.Set(OnLink, new() { Ifindex = Uplink, Mtu = 1500, Vni = External });
        _vrouter.Exits.Set(ByRouter, new() { Ifindex = Uplink, Mtu = 1500, Vni = External, Flags = (uint)ExitFlags.HostRoutes });
        foreach (var (family, everything, onLink) in new[] { (0, "0.0.0.0/0", "198.51.100.0/24"), (1, "::/0", "2001:db8:100::/64") })
        {
            Route(Network, everything, new() { Action = FlowAction.Outside, Vni = External });
            Route(External, everything, new() { Action = FlowAction.Uplink, Vni = External, Node = ByRouter, Identity = Outside });
            Route(External, onLink, new() { Action = FlowAction.Uplink, Vni = External, Node = OnLink, Identity = Outside });
            foreach (var (address, action) in new[] { (HostOf(family), FlowAction.Host), (FloatingOf(family), FlowAction.Floating) })
                _vrouter.Routes.Set(
                    RouteKey.For(External, IPAddress.Parse(address)), new() { Action = action, Vni = External, Identity = Outside });
            _vrouter.Translations.Set(
                new() { Vni = Network, External = External, Address = _floating.Addresses[family] }, new() { Address = IPAddress.Parse(FloatingOf(family)) });
            _vrouter.Translations.Set(
                new() { Vni = Network, External = External, Address = IPAddress.Parse(family == 0 ? "0.0.0.0" : "::") },
                new() { Address = IPAddress.Parse(HostOf(family)), FirstPort = 61000, LastPort = 65535 });
            _vrouter.Frontends.Set(
                new() { Vni = External, Address = IPAddress.Parse(FloatingOf(family)) }, new() { Vni = Network, Address = _floating.Addresses[family] });
        }
        foreach (var address in _floating.Addresses.Concat(_shared.Addresses))
        {
            var key = RouteKey.For(Network, address);
            Assert.True(_vrouter.Routes.TryGetDesired(key, out var route));
            _vrouter.Routes.Set(key, route with { Identity = Inside });
        }
        _vrouter.Verdicts.Set(VerdictKey.AnyProtocol(Open), VerdictEntry.Allow(1, 1));
        _vrouter.Policies.Set(PolicyKey.Of(Outside, Inside), PolicyEntry.Of(Open));
    }

    void Route(uint vni, string prefix, RouteEntry route) => _vrouter.Routes.Set(RouteKey.For(vni, IPNetwork.Parse(prefix)), route);

    static void Ip(TestNamespace ns, params string[] arguments) => Command.Run(ns, "ip", arguments);
}
