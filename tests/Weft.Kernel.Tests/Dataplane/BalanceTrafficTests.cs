using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Weft.Dataplane;
using Weft.Dataplane.Abi;
using Weft.Model.Addressing;

namespace Weft.Kernel.Tests.Dataplane;

/// <summary>Real sockets to a virtual IP with a member on each of two hosts, from inside and by its floating IP.</summary>
/// <remarks>
/// <code>
///   outside ── wan ── left: client 10.9.0.1, member 10.9.0.2 ── fabric ── right: member 10.9.0.3, client 10.9.0.4
/// </code>
/// </remarks>
public sealed class BalanceTrafficTests : IDisposable
{
    const uint Network = 7001, External = 8000, Mtu = 1450, Listener = 5, Pool = 6, FirstBackend = 100;
    const ulong Outside = 0xe0, Inside = 0xa0, Open = 0x0be1;
    const int WanIfindex = 60, Bytes = 3_000_000;

    readonly VrouterHost _left = new("left"), _right = new("right");
    readonly TestNamespace _outside = new("outside");
    readonly Container[] _here, _there;
    readonly Vrouter _leftVrouter, _rightVrouter;

    public BalanceTrafficTests()
    {
        _left.Join(_right, "192.0.2.1/24", "192.0.2.2/24");
        Ip(_left.Host, "link", "add", "wan", "index", $"{WanIfindex}", "type", "veth", "peer", "name", "wan", "netns", _outside.Name);
        foreach (var (ns, prefixes) in new[]
        {
            (_left.Host, (string[])["198.51.100.1/24", "2001:db8:100::1/64"]), (_outside, ["198.51.100.77/24", "2001:db8:100::77/64"]),
        })
        {
            foreach (var prefix in prefixes)
                Ip(ns, "addr", "add", prefix, "dev", "wan", "nodad");
            Ip(ns, "link", "set", "wan", "up");
        }
        // What the fabric cannot carry whole is found out by path MTU.
        _here = [_left.AddContainer(1, "10.9.0.1/24", "fd09::1/64"), _left.AddContainer(2, "10.9.0.2/24", "fd09::2/64")];
        _there = [_right.AddContainer(3, "10.9.0.3/24", "fd09::3/64"), _right.AddContainer(4, "10.9.0.4/24", "fd09::4/64")];
        _leftVrouter = Start(_left, "192.0.2.1", "192.0.2.2", _here, _there);
        _rightVrouter = Start(_right, "192.0.2.2", "192.0.2.1", _there, _here);
        var words = Command.Run(_left.Host, "ip", "-o", "link", "show", "wan").Output.Split(' ');
        _leftVrouter.Uplinks.Set(
            WanIfindex, new() { Vni = External, Mtu = 1500, Mac = MacAddress.Parse(words[Array.IndexOf(words, "link/ether") + 1]) });
        _leftVrouter.Exits.Set(1, new() { Ifindex = WanIfindex, Mtu = 1500, Vni = External });
        Assert.True(_leftVrouter.Apply().IsClean);
        _left.Host.Ns.Run(() => _leftVrouter.AttachUplink(WanIfindex));
    }

    public void Dispose()
    {
        _leftVrouter.Dispose();
        _rightVrouter.Dispose();
        _left.Dispose();
        _right.Dispose();
        _outside.Dispose();
    }

    static IPAddress Virtual(int family) => IPAddress.Parse(family == 0 ? "10.9.0.50" : "fd09::50");

    static IPAddress Floating(int family) => IPAddress.Parse(family == 0 ? "198.51.100.50" : "2001:db8:100::50");

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Clients_inside_and_outside_exchange_megabytes_with_every_member(int family)
    {
        using var here = new Echo(_here[1].Namespace, _here[1].Addresses[family]);
        using var there = new Echo(_there[0].Namespace, _there[0].Addresses[family]);

        foreach (var (client, address, seen) in new[]
        {
            (_here[0].Namespace, Virtual(family), _here[0].Addresses[family]),
            (_there[1].Namespace, Virtual(family), _there[1].Addresses[family]),
            (_outside, Floating(family), IPAddress.Parse(family == 0 ? "198.51.100.77" : "2001:db8:100::77")),
        })
            for (var i = 0; i < 4; i++)
            {
                Exchange(client, address);
                Assert.True(here.Seen.Concat(there.Seen).Any(seen.Equals), $"{client.Name} was not seen as {seen}");
            }

        Assert.Equal(12, here.Seen.Count + there.Seen.Count);
        Assert.Equal((6, 6), (here.Seen.Count, there.Seen.Count));
        var usage = _leftVrouter.ReadListenerUsage()[Listener];
        Assert.Equal(8ul, usage.Total);
        _leftVrouter.Sweep();
        usage = _leftVrouter.ReadListenerUsage()[Listener];
        Assert.InRange(usage.BytesIn, 8ul * Bytes, 9ul * Bytes);
        Assert.InRange(usage.BytesOut, 8ul * Bytes, 9ul * Bytes);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_member_reaches_itself_by_the_virtual_IP(int family)
    {
        using var here = new Echo(_here[1].Namespace, _here[1].Addresses[family]);
        _leftVrouter.Slots.Write(200, [FirstBackend + 10 * (uint)family + 2]);
        _leftVrouter.Pools.Set(Pool + (uint)family, new() { Offset = 200, Slots = 1 });
        Assert.True(_leftVrouter.Apply().IsClean);

        Exchange(_here[1].Namespace, Virtual(family));

        Assert.Equal([Virtual(family)], here.Seen);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Without_a_member_that_is_up_connections_are_refused_at_once(int family)
    {
        foreach (var (number, backend) in _leftVrouter.Backends.Actual())
            _leftVrouter.Backends.Set(number, backend with { Flags = (uint)BackendFlags.Keeps });
        Assert.True(_leftVrouter.Apply().IsClean);

        foreach (var (client, address) in new[] { (_here[0].Namespace, Virtual(family)), (_outside, Floating(family)) })
        {
            using var socket = client.Ns.OpenSocket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            Assert.Equal(SocketError.ConnectionRefused, Assert.Throws<SocketException>(() => socket.Connect(address, 80)).SocketErrorCode);
        }
    }

    static void Exchange(TestNamespace client, IPAddress address)
    {
        var content = RandomNumberGenerator.GetBytes(Bytes);
        using var socket = client.Ns.OpenSocket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.ReceiveTimeout = 60_000;
        socket.Connect(address, 80);
        var sending = Task.Run(() => socket.Send(content));
        var back = new byte[Bytes];
        for (var got = 0; got < Bytes;)
        {
            var more = socket.Receive(back, got, Bytes - got, SocketFlags.None);
            Assert.True(more > 0);
            got += more;
        }
        Assert.Equal(Bytes, sending.Result);
        Assert.Equal(SHA256.HashData(content), SHA256.HashData(back));
    }

    static Vrouter Start(VrouterHost host, string local, string remote, Container[] here, Container[] there)
    {
        const uint other = 2;
        var vrouter = host.Open();
        vrouter.MarkInSync();
        vrouter.Nodes.Set(other, new()
        {
            Address = IPAddress.Parse(remote), Local = IPAddress.Parse(local), NextHop = IPAddress.Parse(remote),
            Ifindex = VrouterHost.FabricIfindex, Mtu = Mtu,
        });
        vrouter.Peers.Set(IPAddress.Parse(remote), new() { Node = other });
        vrouter.Networks.Set(External, new() { Flags = (uint)NetworkFlags.External });
        foreach (var container in here)
        {
            VrouterHost.Want(vrouter, container, Network, Mtu);
            foreach (var address in container.Addresses)
                vrouter.Routes.Set(RouteKey.For(Network, address), new()
                {
                    Action = FlowAction.Local, Vni = Network, Ifindex = (uint)container.Ifindex, Mac = container.Mac, Identity = Inside,
                });
        }
        foreach (var address in there.SelectMany(container => container.Addresses))
            vrouter.Routes.Set(
                RouteKey.For(Network, address), new() { Action = FlowAction.Remote, Vni = Network, Node = other, Identity = Inside });
        WantBalancer(vrouter);
        Assert.True(vrouter.Apply().IsClean);
        foreach (var container in here)
        {
            Ip(container.Namespace, "link", "set", "eth0", "mtu", $"{Mtu}");
            foreach (var family in (string[])["-4", "-6"])
                Ip(container.Namespace, family, "route", "add", "default", "dev", "eth0");
            host.Attach(vrouter, container);
        }
        host.Host.Ns.Run(() => vrouter.AttachFabric(VrouterHost.FabricIfindex));
        return vrouter;
    }

    static void WantBalancer(Vrouter vrouter)
    {
        foreach (var family in (int[])[0, 1])
        {
            var (pool, offset) = (Pool + (uint)family, 10 * (uint)family);
            uint[] members = [FirstBackend + 10 * (uint)family + 2, FirstBackend + 10 * (uint)family + 3];
            foreach (var (i, number) in members.Index())
                vrouter.Backends.Set(number, new()
                {
                    Vni = Network, Address = IPAddress.Parse($"{(family == 0 ? "10.9.0." : "fd09::")}{i + 2}"), Port = 8080, Weight = 1,
                    Flags = (uint)(BackendFlags.Up | BackendFlags.Keeps),
                });
            vrouter.Slots.Write(offset, members);
            vrouter.Pools.Set(pool, new() { Offset = offset, Slots = 2 });
            vrouter.Routes.Set(RouteKey.For(Network, Virtual(family)), new() { Action = FlowAction.Balancer, Vni = Network });
            vrouter.Frontends.Set(
                new() { Vni = Network, Address = Virtual(family), Protocol = 6, Port = 80 }, new() { Vni = Network, Pool = pool, Listener = Listener });
            var everything = IPNetwork.Parse(family == 0 ? "0.0.0.0/0" : "::/0");
            vrouter.Routes.Set(RouteKey.For(Network, everything), new() { Action = FlowAction.Outside, Vni = External });
            vrouter.Routes.Set(
                RouteKey.For(External, everything), new() { Action = FlowAction.Uplink, Vni = External, Node = 1, Identity = Outside });
            vrouter.Routes.Set(
                RouteKey.For(External, Floating(family)), new() { Action = FlowAction.Floating, Vni = External, Identity = Outside });
            vrouter.Frontends.Set(
                new() { Vni = External, Address = Floating(family) }, new() { Vni = Network, Address = Virtual(family) });
        }
        vrouter.Verdicts.Set(VerdictKey.AnyProtocol(Open), VerdictEntry.Allow(1, 1));
        vrouter.Policies.Set(PolicyKey.Of(Outside, Inside), PolicyEntry.Of(Open));
    }

    static void Ip(TestNamespace ns, params string[] arguments) => Command.Run(ns, "ip", arguments);

    /// <summary>Sends back what it gets, and remembers from whom.</summary>
    sealed class Echo : IDisposable
    {
        readonly Socket _listener;
        readonly List<IPAddress> _seen = [];

        internal Echo(TestNamespace ns, IPAddress address)
        {
            _listener = ns.Ns.ListenTcp(new(address, 8080));
            _ = Task.Run(Serve);
        }

        internal IReadOnlyList<IPAddress> Seen
        {
            get
            {
                lock (_seen)
                    return [.. _seen];
            }
        }

        public void Dispose() => _listener.Dispose();

        async Task Serve()
        {
            while (true)
            {
                Socket client;
                try
                {
                    client = await _listener.AcceptAsync();
                }
                catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
                {
                    return;
                }
                lock (_seen)
                    _seen.Add(((IPEndPoint)client.RemoteEndPoint!).Address);
                _ = Task.Run(async () =>
                {
                    using var stream = new NetworkStream(client, ownsSocket: true);
                    try
                    {
                        await stream.CopyToAsync(stream);
                    }
                    catch (IOException)
                    {
                        // the client has gone
                    }
                });
            }
        }
    }
}
