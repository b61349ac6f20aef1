using System.Collections.Immutable;
using System.Net;
using Weft.Agent.Control;
using Weft.Agent.Sync;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Tests.Sync;

/// <summary>What containers' labels ask for, over the wire: made once, shared, gone with the last who asked.</summary>
public sealed class OfferTests : IAsyncLifetime
{
    SyncServer _server = null!;
    SyncAgent _agent = null!;
    NodeNetwork _network = null!;

    static CancellationToken Token => TestContext.Current.CancellationToken;

    ControlPlaneClient Calls => _agent.Calls;

    public async ValueTask InitializeAsync()
    {
        _server = await SyncServer.StartAsync();
        _agent = new SyncAgent(_server.Address, _server.TokenText(), "n1", "192.0.2.1").Start();
        await _agent.ConnectedAsync();
        await _server.Test.Made(new ExternalNetwork
        {
            Name = "internet",
            Subnets = [new() { Prefix = IPNetwork.Parse("203.0.113.0/24") }],
        });
        _network = await Calls.CreateNetworkAsync(new("default", "frontend", [new() { Prefix = IPNetwork.Parse("10.1.0.0/24") }]), Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _agent.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_floating_ip_is_made_for_a_port_and_goes_with_it()
    {
        var port = await PortAsync("web");
        await Calls.OfferAsync(port.Uid, new(new("internet", null, [new(6, new(80, 80), 8080)]), null), Token);
        await Calls.OfferAsync(port.Uid, new(new("internet", null, [new(6, new(80, 80), 8080)]), null), Token);

        var floating = Assert.Single(_server.Snapshot.All<FloatingIp>());
        Assert.Equal(("web", "web", true, (ushort)8080), (floating.Name, floating.Port, floating.Open, Assert.Single(floating.PortMappings!).TargetPort));

        await Calls.DeletePortAsync(port.Uid, keepAddresses: false, Token);
        Assert.Empty(_server.Snapshot.All<FloatingIp>());
    }

    [Fact]
    public async Task An_address_that_a_person_reserved_is_used_and_stays()
    {
        await _server.Test.Made(new FloatingIp { Name = "shop", ExternalNetwork = "internet", Address = IPAddress.Parse("203.0.113.7") });
        var port = await PortAsync("web");
        await Calls.OfferAsync(port.Uid, new(new("internet", IPAddress.Parse("203.0.113.7"), []), null), Token);
        Assert.Equal("web", _server.Snapshot.Find<FloatingIp>(ResourceKey.FloatingIp("default", "shop"))!.Port);

        await Calls.DeletePortAsync(port.Uid, keepAddresses: false, Token);
        Assert.NotNull(_server.Snapshot.Find<FloatingIp>(ResourceKey.FloatingIp("default", "shop")));
    }

    [Fact]
    public async Task An_address_that_leads_to_another_is_refused_by_name()
    {
        var (one, two) = (await PortAsync("one"), await PortAsync("two"));
        await Calls.OfferAsync(one.Uid, new(new("internet", IPAddress.Parse("203.0.113.7"), []), null), Token);
        var refused = await Assert.ThrowsAsync<ControlPlaneException>(() =>
            Calls.OfferAsync(two.Uid, new(new("internet", IPAddress.Parse("203.0.113.7"), []), null), Token));
        Assert.Contains("leads to one", refused.Faults.Single().Message);
    }

    [Fact]
    public async Task A_load_balancer_is_made_by_its_first_member_and_goes_with_its_last()
    {
        var (one, two) = (await PortAsync("one", "shop"), await PortAsync("two", "shop"));
        await OfferAsync(one);
        await OfferAsync(two);

        var balancer = Assert.Single(_server.Snapshot.All<LoadBalancer>());
        Assert.Equal(("shop", "frontend", (ushort)8080), (balancer.Name, balancer.Network, balancer.Pools![0].MemberPort));
        Assert.Equal(("shop", true), (Assert.Single(_server.Snapshot.All<FloatingIp>()).LoadBalancer, _server.Snapshot.All<FloatingIp>().Single().Open));

        await Calls.DeletePortAsync(one.Uid, keepAddresses: false, Token);
        Assert.Single(_server.Snapshot.All<LoadBalancer>());
        await Calls.DeletePortAsync(two.Uid, keepAddresses: false, Token);
        Assert.Empty(_server.Snapshot.All<LoadBalancer>());
        Assert.Empty(_server.Snapshot.All<FloatingIp>());
    }

    [Fact]
    public async Task Members_that_ask_at_once_share_one()
    {
        var ports = new List<NodePort>();
        for (var i = 0; i < 8; i++)
            ports.Add(await PortAsync($"web{i}", "shop"));
        await Task.WhenAll(ports.Select(port => OfferAsync(port)));
        Assert.Single(_server.Snapshot.All<LoadBalancer>());
    }

    [Fact]
    public async Task A_load_balancer_of_another_network_is_no_place_for_a_member()
    {
        await _server.Test.MadeNetwork("backend", "10.2.0.0/24");
        await _server.Test.Made(new LoadBalancer { Name = "shop", Network = "backend", Listeners = [new() { Protocol = "tcp", Ports = new(80, 80) }], Pools = [new()] });
        var port = await PortAsync("web", "shop");
        var refused = await Assert.ThrowsAsync<ControlPlaneException>(() => OfferAsync(port));
        Assert.Contains("is in network backend", refused.Faults.Single().Message);
    }

    [Fact]
    public async Task A_weight_is_said_of_the_member_by_name()
    {
        var port = await PortAsync("web", "shop");
        await OfferAsync(port, weight: 3);
        await OfferAsync(port, weight: 0);
        var member = Assert.Single(_server.Snapshot.All<LoadBalancer>().Single().Pools![0].Members!);
        Assert.Equal(("web", 0), (member.Port, member.Weight));
    }

    Task OfferAsync(NodePort port, int? weight = null) => Calls.OfferAsync(
        port.Uid,
        new(null, new("shop", [new() { Protocol = "tcp", Ports = new(80, 80) }], 8080, weight, null, 0, null, new("internet", null, []))), Token);

    Task<NodePort> PortAsync(string name, string? balancer = null) => Calls.CreatePortAsync(
        new()
        {
            Network = _network.Uid,
            Name = name,
            Labels = balancer is null
                ? ImmutableDictionary<string, string>.Empty
                : ImmutableDictionary<string, string>.Empty.Add("load-balancer", balancer),
        },
        Token);
}
