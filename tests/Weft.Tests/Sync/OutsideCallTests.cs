using System.Collections.Immutable;
using System.Net;
using Weft.Agent.Control;
using Weft.Agent.Sync;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Protocol.Mapping;

namespace Weft.Tests.Sync;

/// <summary>What drivers ask for that reaches out of their networks, over the wire, up to the nodes' states.</summary>
public sealed class OutsideCallTests : IAsyncLifetime
{
    SyncServer _server = null!;
    SyncAgent _agent = null!;

    static CancellationToken Token => TestContext.Current.CancellationToken;

    ControlPlaneClient Calls => _agent.Calls;

    public async ValueTask InitializeAsync()
    {
        _server = await SyncServer.StartAsync();
        _agent = new SyncAgent(_server.Address, _server.TokenText(), "n1", "192.0.2.1").Start();
        await _agent.ConnectedAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _agent.DisposeAsync();
        await _server.DisposeAsync();
    }

    ExternalNetwork Outside => _server.Snapshot.Find<ExternalNetwork>(ResourceKey.ExternalNetwork("outside"))!;

    [Fact]
    public async Task A_network_with_egress_goes_out_by_the_default_external_network()
    {
        var network = await Calls.CreateNetworkAsync(new("default", "red", [], Egress: true), Token);

        Assert.Equal(Outside.Uid, Assert.Single(network.Gateways).External);
        var state = await _agent.AgreesAsync(_server.Snapshot);
        Assert.Equal(network, state.State.Networks[network.Uid]);
        Assert.Equal((Outside.Uid, "", true), (state.State.Externals[Outside.Uid].Uid, state.State.Externals[Outside.Uid].Uplink, state.State.Externals[Outside.Uid].Default));
    }

    [Fact]
    public async Task Without_a_default_external_network_egress_leads_nowhere()
    {
        await _server.Test.Put(Outside with { Default = false });

        Assert.Empty((await Calls.CreateNetworkAsync(new("default", "red", [], Egress: true), Token)).Gateways);
    }

    [Fact]
    public async Task A_network_without_egress_has_no_way_out() =>
        Assert.Empty((await Calls.CreateNetworkAsync(new("default", "red", []), Token)).Gateways);

    [Fact]
    public async Task Published_ports_replace_each_other_and_nothing_else()
    {
        var port = await PortAsync("web");
        var published = await Calls.PublishAsync(port.Uid, [new(6, new(8080, 8081), 80)], Token);

        Assert.Equal(port with { Published = published.Published, Revision = published.Revision }, published);
        Assert.Equal([new NodePortMapping(6, new(8080, 8081), 80)], published.Published);
        Assert.Equal("tcp", Assert.Single(_server.Snapshot.Find<Port>(port.Uid)!.Published!).Protocol);
        Assert.Equal(published, (await _agent.AgreesAsync(_server.Snapshot)).State.Ports[port.Uid]);
        Assert.Empty((await Calls.PublishAsync(port.Uid, [], Token)).Published);
    }

    [Fact]
    public async Task What_a_port_publishes_stays_when_it_is_named()
    {
        var port = await PortAsync("web");
        await Calls.PublishAsync(port.Uid, [new(17, new(53, 53), 53)], Token);

        var named = await Calls.UpdatePortAsync(new(port.Uid, "dns", [], null, port.Labels.ToImmutableDictionary()), Token);

        Assert.Equal([new NodePortMapping(17, new(53, 53), 53)], named.Published);
    }

    [Fact]
    public async Task What_another_port_publishes_is_refused_by_name()
    {
        var (web, other) = (await PortAsync("web"), await PortAsync("other"));
        await Calls.PublishAsync(web.Uid, [new(6, new(80, 80), 80)], Token);

        var refused = await Assert.ThrowsAsync<ControlPlaneException>(() => Calls.PublishAsync(other.Uid, [new(6, new(70, 90), 70)], Token));

        Assert.Equal(ControlPlaneError.AlreadyExists, refused.Error);
        Assert.Equal(new("published[0].ports", "tcp 80 of node n1 is published by port web"), Assert.Single(refused.Faults));
    }

    [Fact]
    public async Task A_port_may_be_made_and_named_with_what_it_publishes()
    {
        var network = await Calls.CreateNetworkAsync(new("default", "red", []), Token);
        using var folder = new TemporaryFolder();
        var joined = await new Enroller(new(folder.Path), TimeProvider.System).JoinAsync(
            _server.Address, _server.TokenText(), "n2", new(IPAddress.Parse("192.0.2.2"), 1500), Token);
        using var connection = new ServerConnection(_server.Address, joined.Authority, joined.Certificate);
        var wanted = new NodePortMapping(6, new(8080, 8081), 80);

        var made = Records.ToModel(await connection.Agents.CreatePortAsync(
            new() { NetworkUid = WireBytes.Of(network.Uid), Name = "web", Published = { OutsideRecords.ToRecord(wanted) } }, cancellationToken: Token));
        Assert.Equal([wanted], made.Published);
        var kept = Records.ToModel(await connection.Agents.UpdatePortAsync(new() { Uid = WireBytes.Of(made.Uid) }, cancellationToken: Token));
        Assert.Equal([wanted], kept.Published);
        var gone = Records.ToModel(await connection.Agents.UpdatePortAsync(
            new() { Uid = WireBytes.Of(made.Uid), HasPublished = true }, cancellationToken: Token));
        Assert.Empty(gone.Published);
    }

    [Fact]
    public async Task A_container_goes_also_when_a_floating_ip_leads_to_it()
    {
        await _server.Test.Made(new ExternalNetwork { Name = "internet", Subnets = [new() { Prefix = IPNetwork.Parse("203.0.113.0/24") }] });
        var port = await PortAsync("web");
        var floating = await _server.Test.Made(new FloatingIp { Name = "f", ExternalNetwork = "internet", Port = "web" });
        Assert.Equal(port.Uid, (await _agent.AgreesAsync(_server.Snapshot)).State.Floatings[floating.Uid].Port);

        Assert.NotEqual(0, await Calls.DeletePortAsync(port.Uid, false, Token));

        Assert.Empty((await _agent.AgreesAsync(_server.Snapshot)).State.Floatings);
        var next = await PortAsync("web");
        Assert.Equal(next.Uid, (await _agent.AgreesAsync(_server.Snapshot)).State.Floatings[floating.Uid].Port);
    }

    async Task<NodePort> PortAsync(string name)
    {
        var network = await Calls.CreateNetworkAsync(new("default", "red", [], OrExisting: true), Token);
        return await Calls.CreatePortAsync(new() { Network = network.Uid, Name = name }, Token);
    }
}
