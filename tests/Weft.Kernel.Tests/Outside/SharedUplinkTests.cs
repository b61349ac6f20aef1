using System.Net;
using System.Net.Sockets;
using Weft.Kernel.Tests.Agent;
using Weft.Model.Local;
using Weft.Model.State;

namespace Weft.Kernel.Tests.Outside;

/// <summary>
/// What a new cluster has: an external network without subnets, whose uplink is the interface of the host's default route,
/// which is that of the fabric too.
/// </summary>
public sealed class SharedUplinkTests : IAsyncLifetime
{
    static readonly IPAddress s_farV4 = IPAddress.Parse("203.0.113.5"), s_farV6 = IPAddress.Parse("2001:db8:113::5");

    readonly Topology _topology = new();
    readonly TestCluster _cluster = new();
    TestNode _hostA = null!, _hostB = null!, _server = null!;
    TestAgent _a = null!, _b = null!;
    TestNamespace _one = null!, _two = null!;
    Attachment _first = null!, _second = null!;

    public async ValueTask InitializeAsync()
    {
        (_hostA, _hostB, _server) = (_topology.Node("a"), _topology.Node("b"), _topology.Node("server"));
        foreach (var far in (IPAddress[])[s_farV4, s_farV6])
            Segment.Address(_server.Host, "lo", $"{far}/{far.GetAddressBytes().Length * 8}");
        foreach (var host in (TestNode[])[_hostA, _hostB])
        {
            var link = host.FabricLink.Index;
            host.Netlink.AddRoute(new() { Destination = new(IPAddress.Any, 0), Gateway = _server.IPv4, LinkIndex = link });
            host.Netlink.AddRoute(new() { Destination = new(IPAddress.IPv6Any, 0), Gateway = _server.IPv6, LinkIndex = link });
        }
        (_a, _b) = (_cluster.Agent(_topology, _hostA), _cluster.Agent(_topology, _hostB));
        var external = new NodeExternal(Guid.NewGuid(), "outside", 900, [], "", Default: true);
        var network = _cluster.Network("frontend", 100, ["10.1.0.0/24", "fd00:1::/64"]);
        _cluster.Change(state => state with
        {
            Externals = state.Externals.Add(external.Uid, external),
            Networks = state.Networks.SetItem(network.Uid, network with { Gateways = [new(external.Uid, [])] }),
        });
        _a.Start();
        _b.Start();
        (_one, _two) = (_topology.Container("one"), _topology.Container("two"));
        _first = await _a.AttachAsync(_one, "frontend", "one");
        _second = await _b.AttachAsync(_two, "frontend", "two");
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        _topology.Dispose();
    }

    [Fact]
    public async Task Containers_go_out_by_the_hosts_own_routes_and_talk_to_each_other_over_the_same_interface()
    {
        foreach (var (far, near, own) in new[] { (s_farV4, _server.IPv4, _hostA.IPv4), (s_farV6, _server.IPv6, _hostA.IPv6) })
        {
            foreach (var target in (IPAddress[])[far, near])
            {
                using var conversation = await Conversation.OpenAsync(_one, new(target, 7000), _server.Host, new(target, 7000));
                await conversation.ExchangeAsync();
                Assert.Equal(own, conversation.Seen.Address);
                Command.Run(_one, "ping", "-c2", "-i0.2", "-W30", target.ToString());
                using var hosts = await Conversation.OpenAsync(_hostA.Host, new(target, 7001), _server.Host, new(target, 7001));
                await hosts.ExchangeAsync();
            }
            var peer = _second.Addresses.First(address => address.Address.AddressFamily == far.AddressFamily).Address;
            using var inside = await Conversation.OpenAsync(_one, new(peer, 7000), _two, new(peer, 7000));
            await inside.ExchangeAsync();
            using var between = await Conversation.OpenAsync(_server.Host, new(own, 22), _hostA.Host, new(own, 22));
            await between.ExchangeAsync();
        }
    }

    [Fact]
    public async Task Published_ports_are_reached_from_outside_and_from_other_hosts()
    {
        _cluster.ChangePort(_first.Port, port => port with { Published = [new(6, new(8080, 8080), 80)] });
        await _cluster.AppliedAsync(TestContext.Current.CancellationToken);
        foreach (var (client, like) in new[] { (_server, AddressFamily.InterNetwork), (_hostB, AddressFamily.InterNetwork), (_server, AddressFamily.InterNetworkV6) })
        {
            var (own, seen) = like == AddressFamily.InterNetwork ? (_hostA.IPv4, client.IPv4) : (_hostA.IPv6, client.IPv6);
            var inside = _first.Addresses.First(address => address.Address.AddressFamily == like).Address;
            using var conversation = await Conversation.OpenAsync(client.Host, new(own, 8080), _one, new(inside, 80));
            await conversation.ExchangeAsync();
            Assert.Equal(seen, conversation.Seen.Address);
        }
        // A container elsewhere, which is its node's address outside.
        var target = _first.Addresses[0].Address;
        using var fromInside = await Conversation.OpenAsync(_two, new(_hostA.IPv4, 8080), _one, new(target, 80));
        await fromInside.ExchangeAsync();
        Assert.Equal(_hostB.IPv4, fromInside.Seen.Address);
        // And one on the same node.
        var three = _topology.Container("three");
        await _a.AttachAsync(three, "frontend", "three");
        using var fromBeside = await Conversation.OpenAsync(three, new(_hostA.IPv4, 8080), _one, new(target, 80));
        await fromBeside.ExchangeAsync();
        Assert.Equal(_hostA.IPv4, fromBeside.Seen.Address);
    }

    [Fact]
    public async Task Without_a_default_route_the_fabrics_interface_is_the_uplink()
    {
        foreach (var route in _hostA.Netlink.ListRoutes().Where(route => route.Destination.PrefixLength == 0).ToList())
            _hostA.Netlink.DeleteRoute(route);
        using var conversation = await Conversation.OpenAsync(_one, new(_server.IPv4, 7000), _server.Host, new(_server.IPv4, 7000));
        await conversation.ExchangeAsync();
        Assert.Equal(["outside fabric"], _a.Runtime.LocalUplinks.Select(uplink => $"{uplink.External} {uplink.Interface}"));
    }
}
