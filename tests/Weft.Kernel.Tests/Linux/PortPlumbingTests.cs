using System.Net;
using System.Net.Sockets;
using Weft.Linux;
using Weft.Linux.Interop;
using Weft.Model.Addressing;

namespace Weft.Kernel.Tests.Linux;

public sealed class PortPlumbingTests : IDisposable
{
    static readonly MacAddress Mac = MacAddress.Parse("02:00:00:00:00:05");
    readonly TestNamespace _host = new("host");
    readonly TestNamespace _container = new("container");
    readonly PortPlumbing _plumbing;

    public PortPlumbingTests() => _plumbing = new PortPlumbing(_host.Netlink);

    [Fact]
    public void A_container_gets_its_interface_with_everything_that_belongs_to_it()
    {
        var port = Port();
        var plumbed = _plumbing.Attach(port, _container.Ns);

        var outer = _host.Netlink.GetLink(plumbed.HostIndex);
        Assert.Equal((port.HostName, MacAddress.Gateway, $"weft:{port.Uid}"), (outer.Name, outer.Mac, outer.Alias));
        var inner = _container.Netlink.GetLink("eth0");
        Assert.Equal((plumbed.ContainerIndex, Mac, 1450, true), (inner.Index, inner.Mac, inner.Mtu, inner.IsUp));
        Eventually.True(() => _host.Netlink.GetLink(plumbed.HostIndex).HasCarrier);
        Assert.Equal(["10.1.0.5/24", "fd00:1::5/64"], OwnAddresses());
        Assert.Equal(["0.0.0.0/0 via 10.1.0.1", "::/0 via fd00:1::1"], OwnRoutes());
        Assert.DoesNotContain(_container.Netlink.ListAddresses(inner.Index), address => address.IsTentative);
        Assert.Empty(_host.Netlink.ListAddresses(plumbed.HostIndex));
    }

    [Fact]
    public void UDP_and_tunnels_are_segmented_before_they_leave_the_container()
    {
        _plumbing.Attach(Port(), _container.Ns);
        var moved = _plumbing.CreateForMove(Port() with { Uid = Guid.CreateVersion7(), Name = "tomove" });
        Command.Run(_host, "ip", "link", "set", "tomove", "netns", _container.Name);

        foreach (var link in (string[])["eth0", "tomove"])
        {
            var features = Command.Run(_container, "ethtool", "-k", link).Output;
            Assert.Contains("tx-udp-segmentation: off", features, StringComparison.Ordinal);
            Assert.Contains("tx-udp_tnl-segmentation: off", features, StringComparison.Ordinal);
            Assert.Contains("tx-tcp-segmentation: on", features, StringComparison.Ordinal);
        }
        Assert.True(moved.HostIndex > 0);
    }

    [Fact]
    public void The_guard_comes_before_the_first_packet_and_its_refusal_undoes_all()
    {
        var states = new List<bool>();
        _plumbing.Attach(Port(), _container.Ns, pair =>
            states.Add(_container.Netlink.GetLink(pair.ContainerIndex).IsUp));
        Assert.Equal([false], states);
        _plumbing.Remove(Uid);
        Assert.Throws<InvalidOperationException>(() =>
            _plumbing.Attach(Port(), _container.Ns, _ => throw new InvalidOperationException("no vrouter")));
        Assert.Empty(_plumbing.List());
        Assert.Null(_container.Netlink.FindLink("eth0"));
    }

    [Fact]
    public void Attaching_again_changes_nothing()
    {
        var first = _plumbing.Attach(Port(), _container.Ns);
        var addresses = OwnAddresses();
        var second = _plumbing.Attach(Port(), _container.Ns);
        Assert.Equal(first, second);
        Assert.Equal(addresses, OwnAddresses());
        Assert.Equal(2, OwnRoutes().Count);
    }

    [Fact]
    public void Attaching_again_repairs_what_was_broken()
    {
        var port = Port();
        var first = _plumbing.Attach(port, _container.Ns);
        Command.Run(_container, "ip", "addr", "flush", "dev", "eth0");
        Command.Run(_container, "ip", "link", "set", "eth0", "down", "mtu", "1300", "address", "02:00:00:00:00:99");
        Command.Run(_container, "ip", "link", "set", "eth0", "name", "broken");
        Command.Run(_host, "ip", "link", "set", port.HostName, "down", "mtu", "1300");

        Assert.Equal(first.HostIndex, _plumbing.Attach(port, _container.Ns).HostIndex);
        var inner = _container.Netlink.GetLink("eth0");
        Assert.Equal((Mac, 1450, true), (inner.Mac, inner.Mtu, inner.IsUp));
        Assert.Equal(1450, _host.Netlink.GetLink(port.HostName).Mtu);
        Assert.Equal(["10.1.0.5/24", "fd00:1::5/64"], OwnAddresses());
        Assert.Equal(2, OwnRoutes().Count);
    }

    [Fact]
    public void New_addresses_replace_ours_and_leave_those_of_others()
    {
        _plumbing.Attach(Port(), _container.Ns);
        Command.Run(_container, "ip", "addr", "add", "10.99.0.1/32", "dev", "eth0");
        _plumbing.Attach(Port() with
        {
            Addresses = [new PortAddress(IPAddress.Parse("10.1.0.6"), 24, IPAddress.Parse("10.1.0.2"))],
        }, _container.Ns);
        Assert.Equal(["10.1.0.6/24"], OwnAddresses());
        Assert.Equal(["0.0.0.0/0 via 10.1.0.2"], OwnRoutes());
        Assert.Contains(_container.Netlink.ListAddresses(), a => a.Address.Equals(IPAddress.Parse("10.99.0.1")));
    }

    [Fact]
    public void A_gateway_outside_the_subnet_is_reached_on_link()
    {
        _plumbing.Attach(Port() with
        {
            Addresses =
            [
                new PortAddress(IPAddress.Parse("10.1.0.5"), 32, IPAddress.Parse("169.254.1.1")),
                new PortAddress(IPAddress.Parse("fd00:1::5"), 128, IPAddress.Parse("fe80::1")),
            ],
        }, _container.Ns);
        Assert.Equal(["0.0.0.0/0 via 169.254.1.1", "::/0 via fe80::1"], OwnRoutes());
    }

    [Fact]
    public void An_internal_port_has_no_default_routes_and_one_without_IPv6_has_none()
    {
        _plumbing.Attach(Port() with
        {
            DefaultRoutes = false,
            Addresses = [new PortAddress(IPAddress.Parse("10.1.0.5"), 24, IPAddress.Parse("10.1.0.1"))],
        }, _container.Ns);
        Assert.Empty(OwnRoutes());
        var index = _container.Netlink.GetLink("eth0").Index;
        Assert.Empty(_container.Netlink.ListAddresses(index, AddressFamily.InterNetworkV6));
    }

    [Fact]
    public void Router_advertisements_are_not_heeded_whatever_the_container_defaults_to()
    {
        new Sysctl(_container.Ns).Write(("ipv6/conf/default/disable_ipv6", 1), ("ipv6/conf/default/accept_ra", 1));
        _plumbing.Attach(Port(), _container.Ns);
        var sysctl = new Sysctl(_container.Ns);
        Assert.Equal(("0", "0"), (sysctl.Read("ipv6/conf/eth0/disable_ipv6"), sysctl.Read("ipv6/conf/eth0/accept_ra")));
        Assert.Contains("fd00:1::5/64", OwnAddresses());
    }

    [Fact]
    public void A_port_that_moved_to_another_container_gets_a_new_pair_there()
    {
        using var second = new TestNamespace("second");
        _plumbing.Attach(Port(), _container.Ns);
        var plumbed = _plumbing.Attach(Port(), second.Ns);
        Assert.Null(_container.Netlink.FindLink("eth0"));
        Assert.Equal(plumbed.ContainerIndex, second.Netlink.GetLink("eth0").Index);
        Assert.Single(_plumbing.List());
    }

    [Fact]
    public void A_name_taken_in_the_container_is_refused_and_leaves_nothing()
    {
        _container.Netlink.CreateLink(new BridgeSpec { Name = "eth0" });
        var failure = Assert.Throws<LinuxException>(() => _plumbing.Attach(Port(), _container.Ns));
        Assert.Equal(Errno.EEXIST, failure.Errno);
        Assert.Contains("eth0", failure.Message, StringComparison.Ordinal);
        Assert.Empty(_plumbing.List());
        Assert.Equal("eth1", PortPlumbing.FreeName(_container.Ns));
    }

    [Fact]
    public void What_the_container_refuses_leaves_nothing_behind()
    {
        var bad = Port() with { Addresses = [new PortAddress(IPAddress.Parse("10.1.0.5"), 24, IPAddress.Parse("224.0.0.1"))] };
        Assert.Throws<LinuxException>(() => _plumbing.Attach(bad, _container.Ns));
        Assert.Empty(_plumbing.List());
        Assert.Null(_container.Netlink.FindLink("eth0"));
    }

    [Fact]
    public void An_interface_of_somebody_else_is_not_touched()
    {
        var port = Port();
        _host.Netlink.CreateLink(new BridgeSpec { Name = port.HostName, Alias = "mine" });
        Assert.Equal(Errno.EEXIST,
            Assert.Throws<LinuxException>(() => _plumbing.Attach(port, _container.Ns)).Errno);
        Assert.False(_plumbing.Remove(port.Uid));
        Assert.NotNull(_host.Netlink.FindLink(port.HostName));
        Assert.Empty(_plumbing.List());
    }

    [Fact]
    public void An_agent_without_memory_finds_and_removes_its_interfaces()
    {
        var port = Port();
        var made = _plumbing.Attach(port, _container.Ns);
        using var netlink = Netlink.Open(_host.Ns);
        var restarted = new PortPlumbing(netlink);
        var found = Assert.Single(restarted.List());
        Assert.Equal(made, found);
        Assert.Equal(made, restarted.Find(port.Uid));
        Assert.True(restarted.Remove(port.Uid));
        Assert.False(restarted.Remove(port.Uid));
        Assert.Null(_container.Netlink.FindLink("eth0"));
    }

    [Fact]
    public void A_pair_made_for_another_program_stays_the_ports_after_the_move()
    {
        var port = Port() with { Name = "weftmove0" };
        var made = _plumbing.CreateForMove(port);
        Assert.Null(made.NamespaceId);
        Assert.Equal((Mac, 1450, false), Facts(_host.Netlink.GetLink("weftmove0")));

        Command.Run(_host, "ip", "link", "set", "weftmove0", "netns", _container.Name, "name", "eth0", "up");
        var again = _plumbing.CreateForMove(port);
        Assert.Equal(made.HostIndex, again.HostIndex);
        Assert.NotNull(again.NamespaceId);
        Assert.Equal((Mac, 1450, true), Facts(_container.Netlink.GetLink("eth0")));
        Assert.True(_plumbing.Remove(port.Uid));
        Assert.Null(_container.Netlink.FindLink("eth0"));
    }

    [Fact]
    public async Task Ports_removed_at_once_are_all_gone_and_nothing_else()
    {
        const int count = 24;
        var ports = Enumerable.Range(0, count)
            .Select(i => Port() with { Uid = Guid.CreateVersion7(), Name = $"eth{i}", Addresses = [] }).ToList();
        foreach (var port in ports)
            _plumbing.Attach(port, _container.Ns);
        _plumbing.Attach(Port() with { Name = "stays" }, _container.Ns);
        var removed = await Task.WhenAll(ports.Select(port => Task.Run(() => _plumbing.Remove(port.Uid))));
        Assert.All(removed, Assert.True);
        Assert.Equal(Uid, Assert.Single(_plumbing.List()).Uid);
    }

    [Fact]
    public void A_pair_that_a_broken_off_removal_marked_is_made_anew()
    {
        var first = _plumbing.Attach(Port(), _container.Ns);
        _host.Netlink.UpdateLink(first.HostIndex, new LinkUpdate { Group = 0x77656674 });
        var second = _plumbing.Attach(Port(), _container.Ns);
        Assert.NotEqual(first.HostIndex, second.HostIndex);
        Assert.Equal(0, _host.Netlink.GetLink(second.HostIndex).Group);
    }

    static (MacAddress?, int, bool) Facts(Link link) => (link.Mac, link.Mtu, link.IsUp);

    static readonly Guid Uid = Guid.CreateVersion7();

    static PortInterface Port() => new()
    {
        Uid = Uid,
        Name = "eth0",
        Mac = Mac,
        Mtu = 1450,
        Addresses =
        [
            new PortAddress(IPAddress.Parse("10.1.0.5"), 24, IPAddress.Parse("10.1.0.1")),
            new PortAddress(IPAddress.Parse("fd00:1::5"), 64, IPAddress.Parse("fd00:1::1")),
        ],
    };

    List<string> OwnAddresses() =>
    [
        .. _container.Netlink.ListAddresses()
            .Where(address => address.Protocol == RouteProtocol.Weft)
            .Select(address => address.ToString()).Order(StringComparer.Ordinal),
    ];

    List<string> OwnRoutes() =>
    [
        .. _container.Netlink.ListRoutes(protocol: RouteProtocol.Weft)
            .Select(route => route.ToString()).Order(StringComparer.Ordinal),
    ];

    public void Dispose()
    {
        _host.Dispose();
        _container.Dispose();
    }
}
