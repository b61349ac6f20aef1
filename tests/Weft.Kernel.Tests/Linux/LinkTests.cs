using Weft.Linux;
using Weft.Linux.Interop;
using Weft.Model.Addressing;

namespace Weft.Kernel.Tests.Linux;

public sealed class LinkTests : IDisposable
{
    readonly TestNamespace _ns = new("links");
    readonly TestNamespace _other = new("peer");

    [Fact]
    public void A_veth_pair_is_made_across_namespaces_as_asked()
    {
        _ns.Netlink.CreateLink(new VethSpec
        {
            Name = "weft00000001",
            PeerName = "eth0",
            PeerNamespace = _other.Ns,
            Mac = MacAddress.Gateway,
            PeerMac = MacAddress.Parse("02:00:00:00:00:05"),
            Mtu = 1450,
            TxQueueLength = 77,
            Group = 9,
            Alias = "weft:port-1",
            Up = true,
        });

        var link = _ns.Netlink.GetLink("weft00000001");
        var peer = _other.Netlink.GetLink("eth0");
        Assert.Equal(("veth", 1450, 77, 9, "weft:port-1"),
            (link.Kind, link.Mtu, link.TxQueueLength, link.Group, link.Alias));
        Assert.Equal((1, 1, true, false), (link.TxQueues, link.RxQueues, link.IsUp, link.HasCarrier));
        Assert.Equal(MacAddress.Gateway, link.Mac);
        Assert.Equal("02:00:00:00:00:05", peer.Mac.ToString());
        Assert.Equal(1450, peer.Mtu);
        Assert.Equal(peer.Index, link.PeerIndex);
        Assert.NotNull(link.PeerNamespaceId);
    }

    [Fact]
    public void A_missing_link_is_null_or_ENODEV()
    {
        Assert.Null(_ns.Netlink.FindLink("nothing"));
        Assert.False(_ns.Netlink.DeleteLink("nothing"));
        Assert.Equal(Errno.ENODEV, Assert.Throws<LinuxException>(() => _ns.Netlink.GetLink(4711)).Errno);
    }

    [Fact]
    public void A_refusal_carries_the_kernels_own_words()
    {
        var failure = Assert.Throws<LinuxException>(() => _ns.Netlink.CreateLink(new VxlanSpec
        {
            Name = "bad",
            Settings = new VxlanSettings { Id = 1 << 24 },
        }));
        Assert.Equal(Errno.ERANGE, failure.Errno);
        Assert.NotNull(failure.Detail);
        Assert.Contains(failure.Detail, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_is_changed_moved_and_removed()
    {
        _ns.Netlink.CreateLink(new VethSpec { Name = "d0", PeerName = "p0" });
        var index = _ns.Netlink.GetLink("d0").Index;
        _ns.Netlink.UpdateLink(index, new LinkUpdate { Name = "d1", Mtu = 1280, Alias = "x", Up = true });
        var changed = _ns.Netlink.GetLink("d1");
        Assert.Equal((index, 1280, "x", true), (changed.Index, changed.Mtu, changed.Alias, changed.IsUp));

        _ns.Netlink.UpdateLink(index, new LinkUpdate { Namespace = _other.Ns });
        Assert.Null(_ns.Netlink.FindLink("d1"));
        Assert.True(_other.Netlink.DeleteLink("d1"));
        Assert.Null(_other.Netlink.FindLink("d1"));
    }

    [Fact]
    public void A_bridge_takes_a_port_and_a_vxlan_keeps_its_settings()
    {
        var wanted = new VxlanSettings { Id = 77, Port = 8472, Local = System.Net.IPAddress.Parse("fd00::1") };
        _ns.Netlink.CreateLink(new BridgeSpec { Name = "br0", Up = true });
        _ns.Netlink.CreateLink(new VxlanSpec { Name = "vx0", Settings = wanted });
        _ns.Netlink.CreateLink(new VxlanSpec
        {
            Name = "vx1",
            Settings = new VxlanSettings { CollectMetadata = true, Port = 4790 },
        });
        var bridge = _ns.Netlink.GetLink("br0");
        _ns.Netlink.UpdateLink("vx0", new LinkUpdate { Master = bridge.Index });

        Assert.Equal("bridge", bridge.Kind);
        Assert.Equal(bridge.Index, _ns.Netlink.GetLink("vx0").Master);
        Assert.Equal(wanted, _ns.Netlink.GetLink("vx0").Vxlan);
        Assert.True(_ns.Netlink.GetLink("vx1").Vxlan!.CollectMetadata);
    }

    [Fact]
    public void A_batch_goes_on_after_a_failure_and_names_it()
    {
        var results = _ns.Netlink.Execute(new NetlinkBatch()
            .CreateLink(new BridgeSpec { Name = "one" })
            .CreateLink(new BridgeSpec { Name = "one" })
            .DeleteLink("none").Ignoring(Errno.ENODEV)
            .CreateLink(new BridgeSpec { Name = "two" }));
        Assert.Null(results[0]);
        Assert.Equal((Errno.EEXIST, "create link one"), (results[1]!.Errno, results[1]!.Operation));
        Assert.Null(results[2]);
        Assert.Null(results[3]);
        Assert.NotNull(_ns.Netlink.FindLink("two"));
    }

    [Fact]
    public async Task A_dump_of_many_links_is_complete_while_others_come_and_go()
    {
        const int count = 200;
        var batch = new NetlinkBatch();
        for (var i = 0; i < count / 2; i++)
            batch.CreateLink(new VethSpec { Name = $"d{i}", PeerName = $"dp{i}" });
        _ns.Netlink.Submit(batch);

        using var stop = new CancellationTokenSource();
        using var second = Netlink.Open(_ns.Ns);
        var churn = Task.Run(() => Churn(second, stop.Token), TestContext.Current.CancellationToken);
        for (var i = 0; i < 20; i++)
        {
            var names = _ns.Netlink.ListLinks().Select(link => link.Name).Where(n => n[0] == 'd').ToHashSet();
            Assert.Equal(count, names.Count);
        }
        await stop.CancelAsync();
        await churn;
    }

    [Fact]
    public void Without_a_link_local_address_a_link_goes_up_without_IPv6_noise()
    {
        _ns.Netlink.Submit(new NetlinkBatch()
            .CreateLink(new BridgeSpec { Name = "d0" })
            .UpdateLink("d0", new LinkUpdate { LinkLocalAddress = false })
            .SetUp("d0"));
        var addresses = Command.Run(_ns, "ip", "-6", "addr", "show", "dev", "d0").Output;
        Assert.DoesNotContain("fe80", addresses, StringComparison.Ordinal);
    }

    static void Churn(Netlink netlink, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            netlink.CreateLink(new VethSpec { Name = "x", PeerName = "y" });
            netlink.DeleteLink("x");
        }
    }

    public void Dispose()
    {
        _ns.Dispose();
        _other.Dispose();
    }
}
