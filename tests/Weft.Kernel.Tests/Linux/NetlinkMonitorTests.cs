using System.Net;
using Weft.Linux;

namespace Weft.Kernel.Tests.Linux;

public sealed class NetlinkMonitorTests : IDisposable
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    readonly TestNamespace _ns = new("monitor");

    [Fact]
    public async Task Changes_are_told_in_order_with_their_records()
    {
        using var monitor = NetlinkMonitor.Open(_ns.Ns, NetworkTopics.All);
        _ns.Netlink.CreateLink(new VethSpec { Name = "v0", PeerName = "v1", Up = true });
        var link = _ns.Netlink.GetLink("v0");
        var address = new InterfaceAddress
        {
            LinkIndex = link.Index, Address = IPAddress.Parse("10.9.0.2"), PrefixLength = 24,
        };
        _ns.Netlink.SetAddress(address);
        _ns.Netlink.SetRoute(new Route { Destination = IPNetwork.Parse("192.0.2.0/24"), LinkIndex = link.Index });
        _ns.Netlink.SetNeighbour(new Neighbour
        {
            LinkIndex = link.Index, Address = IPAddress.Parse("10.9.0.7"), Mac = new(0x020000000007),
        });
        _ns.Netlink.DeleteLink("v0");

        var seen = await Read(monitor, change => change is LinkChange { Removed: true, Link.Name: "v0" });
        Assert.Contains(seen, c => c is LinkChange { Removed: false, Link: { Name: "v0", IsUp: true } });
        Assert.Contains(seen, c => c is AddressChange { Removed: false } a && a.Address.Address.Equals(address.Address));
        Assert.Contains(seen, c => c is RouteChange { Removed: false, Route.Protocol: RouteProtocol.Weft });
        Assert.Contains(seen, c => c is NeighbourChange { Neighbour.State: NeighbourState.Permanent });
        Assert.DoesNotContain(seen, c => c is ResyncNeeded);
    }

    [Fact]
    public async Task Only_what_was_asked_for_is_told()
    {
        using var monitor = NetlinkMonitor.Open(_ns.Ns, NetworkTopics.Routes);
        _ns.Netlink.CreateLink(new VethSpec { Name = "v0", PeerName = "v1", Up = true });
        var index = _ns.Netlink.GetLink("v0").Index;
        _ns.Netlink.SetRoute(new Route { Destination = IPNetwork.Parse("192.0.2.0/24"), LinkIndex = index });
        var seen = await Read(monitor, change => change is RouteChange { Route.Protocol: RouteProtocol.Weft });
        Assert.All(seen, change => Assert.IsType<RouteChange>(change));
    }

    [Fact]
    public async Task Lost_changes_are_told_as_a_resync_and_later_ones_come_again()
    {
        using var monitor = NetlinkMonitor.Open(_ns.Ns, NetworkTopics.Links, bufferBytes: 8192);
        for (var i = 0; i < 40; i++)
            _ns.Netlink.UpdateLink("lo", new LinkUpdate { Alias = $"flood {i}" });
        await Read(monitor, change => change is ResyncNeeded);
        _ns.Netlink.UpdateLink("lo", new LinkUpdate { Alias = "after" });
        await Read(monitor, change => change is LinkChange { Link.Alias: "after" });
    }

    [Fact]
    public async Task Reading_ends_when_cancelled()
    {
        using var monitor = NetlinkMonitor.Open(_ns.Ns, NetworkTopics.Links);
        using var stop = new CancellationTokenSource();
        var reading = Read(monitor, _ => false, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    static async Task<List<NetworkChange>> Read(
        NetlinkMonitor monitor, Func<NetworkChange, bool> last, CancellationToken stop = default)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(stop, TestContext.Current.CancellationToken);
        limited.CancelAfter(Limit);
        var seen = new List<NetworkChange>();
        await foreach (var change in monitor.ReadAllAsync(limited.Token))
        {
            seen.Add(change);
            if (last(change))
                break;
        }
        return seen;
    }

    public void Dispose() => _ns.Dispose();
}
