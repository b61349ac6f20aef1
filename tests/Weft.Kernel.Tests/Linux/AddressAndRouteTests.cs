using System.Net;
using System.Net.Sockets;
using Weft.Linux;
using Weft.Linux.Interop;
using Weft.Model.Addressing;

namespace Weft.Kernel.Tests.Linux;

public sealed class AddressAndRouteTests : IDisposable
{
    readonly TestNamespace _ns = new("routes");
    readonly TestNamespace _other = new("routes-peer");
    readonly int _link;

    public AddressAndRouteTests()
    {
        _ns.Netlink.CreateLink(new VethSpec { Name = "v0", PeerName = "p0", PeerNamespace = _other.Ns, Up = true });
        _other.Netlink.SetUp("p0");
        _link = _ns.Netlink.GetLink("v0").Index;
    }

    public static TheoryData<string, int> Addresses => new() { { "10.1.2.3", 24 }, { "fd00::3", 64 }, { "10.0.0.1", 32 } };

    [Theory]
    [MemberData(nameof(Addresses))]
    public void An_address_is_set_twice_listed_and_removed(string text, int length)
    {
        var wanted = Address(text, length);
        _ns.Netlink.SetAddress(wanted);
        _ns.Netlink.SetAddress(wanted);
        var listed = Assert.Single(_ns.Netlink.ListAddresses(_link), a => a.Address.Equals(wanted.Address));
        Assert.Equal((length, false), (listed.PrefixLength, listed.IsTentative));

        _ns.Netlink.DeleteAddress(wanted);
        Assert.DoesNotContain(_ns.Netlink.ListAddresses(_link), a => a.Address.Equals(wanted.Address));
        var failure = Assert.Throws<LinuxException>(() => _ns.Netlink.DeleteAddress(wanted));
        Assert.Equal(Errno.EADDRNOTAVAIL, failure.Errno);
    }

    [Fact]
    public void Addresses_of_another_link_or_family_are_not_listed()
    {
        _ns.Netlink.SetAddress(Address("10.1.2.3", 24));
        _ns.Netlink.SetAddress(Address("fd00::3", 64));
        Assert.All(_ns.Netlink.ListAddresses(_link), a => Assert.Equal(_link, a.LinkIndex));
        Assert.Single(_ns.Netlink.ListAddresses(_link, AddressFamily.InterNetwork));
        Assert.Contains(_ns.Netlink.ListAddresses(), a => a.LinkIndex == _ns.Netlink.GetLink("lo").Index);
    }

    [Fact]
    public void A_prefix_length_that_does_not_exist_is_refused_before_the_kernel() =>
        Assert.Throws<ArgumentException>(() => _ns.Netlink.SetAddress(Address("10.1.2.3", 33)));

    public static TheoryData<string, string, string> Routes => new()
    {
        { "10.1.2.3/24", "0.0.0.0/0", "10.1.2.1" },
        { "10.1.2.3/24", "192.0.2.0/24", "10.1.2.9" },
        { "fd00::3/64", "::/0", "fd00::1" },
        { "fd00::3/64", "2001:db8::/32", "fd00::1" },
    };

    [Theory]
    [MemberData(nameof(Routes))]
    public void A_route_reads_back_as_it_was_written(string own, string destination, string gateway)
    {
        var network = IPNetwork.Parse(destination);
        _ns.Netlink.SetAddress(Address(own.Split('/')[0], int.Parse(own.Split('/')[1])));
        var wanted = new Route
        {
            Destination = network,
            Gateway = IPAddress.Parse(gateway),
            LinkIndex = _link,
            Metric = 77,
            Mtu = 1400,
        };
        _ns.Netlink.AddRoute(wanted);
        Assert.Equal(Errno.EEXIST, Assert.Throws<LinuxException>(() => _ns.Netlink.AddRoute(wanted)).Errno);
        _ns.Netlink.SetRoute(wanted with { Mtu = 1300 });
        Assert.Equal(wanted with { Mtu = 1300 }, Assert.Single(_ns.Netlink.ListRoutes(protocol: RouteProtocol.Weft)));
        var ip = Command.Run(_ns, "ip", network.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? "-4" : "-6",
            "route", "show", "proto", "87").Output;
        Assert.Contains($"via {gateway}", ip, StringComparison.Ordinal);

        _ns.Netlink.DeleteRoute(wanted);
        Assert.Empty(_ns.Netlink.ListRoutes(protocol: RouteProtocol.Weft));
        Assert.Equal(Errno.ESRCH, Assert.Throws<LinuxException>(() => _ns.Netlink.DeleteRoute(wanted)).Errno);
    }

    [Theory]
    [InlineData("169.254.1.1", "0.0.0.0/0")]
    [InlineData("fd99::1", "::/0")]
    public void A_gateway_outside_every_subnet_is_taken_on_link(string gateway, string destination)
    {
        var route = new Route
        {
            Destination = IPNetwork.Parse(destination),
            Gateway = IPAddress.Parse(gateway),
            LinkIndex = _link,
        };
        Assert.Throws<LinuxException>(() => _ns.Netlink.AddRoute(route));
        _ns.Netlink.AddRoute(route with { OnLink = true });
        Assert.True(Assert.Single(_ns.Netlink.ListRoutes(protocol: RouteProtocol.Weft)).OnLink);
    }

    [Fact]
    public void A_new_namespace_has_no_routes_and_that_is_no_fault()
    {
        // Without a loopback that has ever been up, the kernel has no table to list and says so.
        using var ns = NetNs.CreateAnonymous();
        using var netlink = Netlink.Open(ns);
        Assert.Empty(netlink.ListRoutes());
    }

    [Fact]
    public void A_look_up_tells_link_gateway_source_and_mtu()
    {
        _ns.Netlink.SetAddress(Address("10.1.2.3", 24));
        _ns.Netlink.SetAddress(Address("fd00::3", 64));
        _ns.Netlink.SetRoute(new Route
        {
            Destination = IPNetwork.Parse("192.0.2.0/24"),
            Gateway = IPAddress.Parse("10.1.2.9"),
            Mtu = 1350,
        });
        var routed = _ns.Netlink.LookUpRoute(IPAddress.Parse("192.0.2.7"))!;
        Assert.Equal((_link, "10.1.2.9", "10.1.2.3", 1350),
            (routed.LinkIndex, routed.NextHop.ToString(), routed.PreferredSource!.ToString(), routed.Mtu));

        var neighbour = _ns.Netlink.LookUpRoute(IPAddress.Parse("fd00::77"))!;
        Assert.Equal((_link, "fd00::77", "fd00::3"),
            (neighbour.LinkIndex, neighbour.NextHop.ToString(), neighbour.PreferredSource!.ToString()));
        Assert.Equal(RouteType.Local, _ns.Netlink.LookUpRoute(IPAddress.Parse("10.1.2.3"))!.Type);
        Assert.Null(_ns.Netlink.LookUpRoute(IPAddress.Parse("198.51.100.1")));
        Assert.Null(_ns.Netlink.LookUpRoute(IPAddress.Parse("2001:db8::1")));
    }

    [Fact]
    public void A_route_with_several_next_hops_shows_the_first()
    {
        _ns.Netlink.SetAddress(Address("10.1.2.3", 24));
        Command.Run(_ns, "ip", "route", "add", "192.0.2.0/24",
            "nexthop", "via", "10.1.2.7", "nexthop", "via", "10.1.2.8");
        var route = Assert.Single(_ns.Netlink.ListRoutes(), r => r.IsMultipath);
        Assert.Equal(("10.1.2.7", _link), (route.Gateway!.ToString(), route.LinkIndex));
    }

    [Theory]
    [InlineData("10.1.2.9")]
    [InlineData("fd00::9")]
    public void A_permanent_neighbour_is_set_changed_listed_and_removed(string address)
    {
        var wanted = new Neighbour
        {
            LinkIndex = _link,
            Address = IPAddress.Parse(address),
            Mac = MacAddress.Gateway,
        };
        _ns.Netlink.SetNeighbour(wanted with { Mac = MacAddress.Parse("02:00:00:00:00:01") });
        _ns.Netlink.SetNeighbour(wanted);
        Assert.Equal(wanted, Assert.Single(_ns.Netlink.ListNeighbours(_link), n => n.Address.Equals(wanted.Address)));
        _ns.Netlink.DeleteNeighbour(wanted);
        // The kernel may keep the entry as failed for a moment.
        Assert.DoesNotContain(_ns.Netlink.ListNeighbours(_link),
            n => n.Address.Equals(wanted.Address) && n.State == NeighbourState.Permanent);
    }

    [Fact]
    public void The_namespace_number_of_a_peer_is_found_and_assigned()
    {
        Assert.Equal(_ns.Netlink.GetLink("v0").PeerNamespaceId, _ns.Netlink.FindNamespaceId(_other.Ns));
        using var stranger = NetNs.CreateAnonymous();
        Assert.Null(_ns.Netlink.FindNamespaceId(stranger));
        var id = _ns.Netlink.AssignNamespaceId(stranger);
        Assert.Equal(id, _ns.Netlink.AssignNamespaceId(stranger));
        Assert.Equal(id, _ns.Netlink.FindNamespaceId(stranger));
    }

    [Fact]
    public void Settings_are_those_of_the_namespace()
    {
        var sysctl = new Sysctl(_ns.Ns);
        sysctl.Write(("ipv6/conf/v0/accept_ra", 0), ("ipv4/conf/v0/rp_filter", 2));
        Assert.Equal(("0", "2"), (sysctl.Read("ipv6/conf/v0/accept_ra"), sysctl.Read("ipv4/conf/v0/rp_filter")));
        Assert.False(new Sysctl(_other.Ns).Exists("ipv6/conf/v0/accept_ra"));
        Assert.ThrowsAny<IOException>(() => sysctl.Write(("ipv6/conf/none/accept_ra", 0)));
    }

    InterfaceAddress Address(string address, int length) => new()
    {
        LinkIndex = _link,
        Address = IPAddress.Parse(address),
        PrefixLength = length,
        NoDuplicateDetection = true,
    };

    public void Dispose()
    {
        _ns.Dispose();
        _other.Dispose();
    }
}
