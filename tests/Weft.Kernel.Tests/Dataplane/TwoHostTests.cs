using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Weft.Dataplane;
using Weft.Dataplane.Abi;

namespace Weft.Kernel.Tests.Dataplane;

public sealed class TwoHostsOverIPv4Tests() : TwoHostTests("192.0.2.1", "192.0.2.2", 24);

public sealed class TwoHostsOverIPv6Tests() : TwoHostTests("2001:db8:77::1", "2001:db8:77::2", 64);

/// <summary>Two hosts with a vrouter each, and two networks with the same addresses in them.</summary>
public abstract class TwoHostTests : IDisposable
{
    const uint Red = 7001;
    const uint Blue = 7002;
    const uint Mtu = 1430; // 1500 less the overlay's headers over IPv6

    static readonly string[] s_first = ["10.9.0.1/24", "fd09::1/64"];
    static readonly string[] s_second = ["10.9.0.2/24", "fd09::2/64"];

    readonly IPAddress _leftAddress;
    readonly VrouterHost _left = new("left");
    readonly VrouterHost _right = new("right");
    readonly List<Vrouter> _vrouters = [];
    readonly Container _redLeft;
    readonly Container _redRight;
    readonly Container _blueLeft;
    readonly Container _blueRight;

    protected TwoHostTests(string left, string right, int prefix)
    {
        _leftAddress = IPAddress.Parse(left);
        _left.Join(_right, $"{left}/{prefix}", $"{right}/{prefix}");
        (_redLeft, _redRight) = (_left.AddContainer(1, s_first), _right.AddContainer(2, s_second));
        (_blueLeft, _blueRight) = (_left.AddContainer(3, s_first), _right.AddContainer(4, s_second));
        Start(_left, left, right, [(_redLeft, Red), (_blueLeft, Blue)], [(_redRight, Red), (_blueRight, Blue)]);
        Start(_right, right, left, [(_redRight, Red), (_blueRight, Blue)], [(_redLeft, Red), (_blueLeft, Blue)]);
    }

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        foreach (var vrouter in _vrouters)
            vrouter.Dispose();
        _left.Dispose();
        _right.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Containers_of_a_network_reach_each_other_across_hosts(int family)
    {
        Assert.True(_redLeft.Reaches(_redRight.Addresses[family], packets: 3));
        Assert.True(_redRight.Reaches(_redLeft.Addresses[family], packets: 3));
        Assert.DoesNotContain(_vrouters.SelectMany(v => v.ReadDrops()), d => d.Reason != DropReason.Multicast);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_packet_waits_until_the_fabric_knows_its_neighbour(int family)
    {
        foreach (var host in (VrouterHost[])[_left, _right])
            Command.Run("ip", "-n", host.Host.Name, "neigh", "flush", "dev", "fabric");
        Command.Run(_redLeft.Namespace, "ping", "-c1", "-W30", _redRight.Addresses[family].ToString());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_ping_of_64_KiB_arrives_in_all_its_fragments(int family)
    {
        const int most = 65507; // with the headers of IPv4 and ICMP, the longest packet
        using var pings = Pings.Start(_redLeft.Namespace, _redRight.Addresses[family].ToString(), 3, "-i0.1", $"-s{most}");
        pings.AssertNoneLost();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void The_same_address_in_two_networks_is_two_machines(int family)
    {
        var (red, blue) = (Serve(_redRight, family, "red"u8.ToArray()), Serve(_blueRight, family, "blue"u8.ToArray()));
        using (red)
        using (blue)
        {
            Assert.Equal("red"u8.ToArray(), Fetch(_redLeft, _redRight.Addresses[family]));
            Assert.Equal("blue"u8.ToArray(), Fetch(_blueLeft, _blueRight.Addresses[family]));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Every_byte_of_a_long_transfer_arrives(int family)
    {
        var content = RandomNumberGenerator.GetBytes(20_000_000);
        using var server = Serve(_redRight, family, content);

        Assert.Equal(SHA256.HashData(content), SHA256.HashData(Fetch(_redLeft, _redRight.Addresses[family])));
    }

    [Fact]
    public void Packets_from_an_address_that_is_no_nodes_are_dropped()
    {
        _vrouters[1].Peers.Remove(_leftAddress);
        _vrouters[1].Apply();

        Assert.False(_redLeft.Reaches(_redRight.Address));

        Assert.Contains(_vrouters[1].ReadDrops(), d => d.Reason == DropReason.UnknownPeer);
    }

    void Start(
        VrouterHost host, string local, string remote, (Container Container, uint Vni)[] here,
        (Container Container, uint Vni)[] there)
    {
        const uint other = 2;
        var vrouter = host.Open();
        _vrouters.Add(vrouter);
        vrouter.MarkInSync();
        vrouter.Nodes.Set(other, new()
        {
            Address = IPAddress.Parse(remote),
            Local = IPAddress.Parse(local),
            NextHop = IPAddress.Parse(remote),
            Ifindex = VrouterHost.FabricIfindex,
            Mtu = Mtu,
        });
        vrouter.Peers.Set(IPAddress.Parse(remote), new() { Node = other });
        foreach (var (container, vni) in here)
            VrouterHost.Want(vrouter, container, vni, Mtu);
        foreach (var (container, vni) in there)
            foreach (var address in container.Addresses)
                vrouter.Routes.Set(RouteKey.For(vni, address), new() { Action = FlowAction.Remote, Vni = vni, Node = other });
        Assert.True(vrouter.Apply().IsClean);
        foreach (var (container, _) in here)
        {
            Command.Run("ip", "-n", container.Namespace.Name, "link", "set", "eth0", "mtu", $"{Mtu}");
            host.Attach(vrouter, container);
        }
        host.Host.Ns.Run(() => vrouter.AttachFabric(VrouterHost.FabricIfindex));
    }

    static Socket Serve(Container container, int family, byte[] content)
    {
        var listener = container.Namespace.Ns.ListenTcp(new(container.Addresses[family], 80));
        _ = Task.Run(async () =>
        {
            using var client = await listener.AcceptAsync();
            await client.SendAsync(content);
            client.Shutdown(SocketShutdown.Send);
            await client.ReceiveAsync(new byte[1]);
        });
        return listener;
    }

    static byte[] Fetch(Container container, IPAddress address)
    {
        using var socket = container.Namespace.Ns.OpenSocket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.ReceiveTimeout = 60_000;
        socket.Connect(address, 80);
        using var stream = new NetworkStream(socket);
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }
}
