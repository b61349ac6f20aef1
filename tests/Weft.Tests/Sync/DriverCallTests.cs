using System.Collections.Immutable;
using System.Net;
using Weft.Agent.Control;
using Weft.Agent.Sync;
using Weft.Model.Addressing;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Tests.Sync;

/// <summary>What drivers on nodes ask the server for, over the wire.</summary>
public sealed class DriverCallTests : IAsyncLifetime
{
    SyncServer _server = null!;
    SyncAgent _agent = null!;
    SyncAgent _other = null!;

    static CancellationToken Token => TestContext.Current.CancellationToken;

    ControlPlaneClient Calls => _agent.Calls;

    public async ValueTask InitializeAsync()
    {
        _server = await SyncServer.StartAsync();
        // One after the other: the numbers follow the order of joining.
        _agent = new SyncAgent(_server.Address, _server.TokenText(), "n1", "192.0.2.1").Start();
        await _agent.ConnectedAsync();
        _other = new SyncAgent(_server.Address, _server.TokenText(), "n2", "192.0.2.2").Start();
        await _other.ConnectedAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _agent.DisposeAsync();
        await _other.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_network_is_made_with_its_project_and_what_the_server_chooses()
    {
        var network = await Calls.CreateNetworkAsync(new("shop", "frontend", [], Internal: true, Mtu: 1400), Token);
        Assert.Equal(("shop", "frontend", true, 1400), (network.Project, network.Name, network.Internal, network.Mtu));
        Assert.NotEqual(0u, network.Vni);
        Assert.NotNull(Assert.Single(network.Subnets).Gateway);
        Assert.NotNull(_server.Snapshot.Find<Project>(ResourceKey.OfProject("shop")));
        var state = await _other.AgreesAsync(_server.Snapshot);
        Assert.Equal(network, state.State.Networks[network.Uid]);
    }

    [Fact]
    public async Task An_existing_network_is_the_answer_only_where_it_was_asked_for_and_agrees()
    {
        var made = await Calls.CreateNetworkAsync(new("default", "red", [Subnet("10.1.0.0/24")]), Token);
        var same = await Calls.CreateNetworkAsync(new("default", "red", [Subnet("10.1.0.0/24")], OrExisting: true), Token);
        Assert.Equal(made, same);
        Assert.Equal(made, await Calls.CreateNetworkAsync(new("default", "red", [], OrExisting: true), Token));

        var exists = await Fails(ControlPlaneError.AlreadyExists, () => Calls.CreateNetworkAsync(new("default", "red", []), Token));
        Assert.Equal("name", Assert.Single(exists.Faults).Path);
        await Fails(ControlPlaneError.AlreadyExists, () =>
            Calls.CreateNetworkAsync(new("default", "red", [Subnet("10.2.0.0/24")], OrExisting: true), Token));
    }

    [Fact]
    public async Task Every_fault_of_a_document_comes_back_with_its_path()
    {
        var refused = await Fails(ControlPlaneError.Invalid, () => Calls.CreateNetworkAsync(
            new("default", "no name", [Subnet("10.1.0.0/24"), Subnet("10.1.0.128/25")]), Token));
        Assert.Contains(refused.Faults, fault => fault.Path == "name");
        Assert.Contains(refused.Faults, fault => fault.Path.StartsWith("subnets[1]", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_network_in_use_says_who_uses_it()
    {
        var network = await Calls.CreateNetworkAsync(new("default", "red", []), Token);
        var port = await Calls.CreatePortAsync(new() { Network = network.Uid, Name = "web" }, Token);
        var refused = await Fails(ControlPlaneError.InUse, () => Calls.DeleteNetworkAsync(network.Uid, Token));
        Assert.Contains("web", refused.Message, StringComparison.Ordinal);
        Assert.NotEqual(0, await Calls.DeletePortAsync(port.Uid, false, Token));
        Assert.NotEqual(0, await Calls.DeleteNetworkAsync(network.Uid, Token));
        Assert.Equal(0, await Calls.DeleteNetworkAsync(network.Uid, Token));
        Assert.Equal(0, await Calls.DeletePortAsync(port.Uid, false, Token));
    }

    [Fact]
    public async Task A_port_is_bound_to_the_node_that_makes_it()
    {
        var network = await Calls.CreateNetworkAsync(new("default", "red", [Subnet("10.1.0.0/24"), Subnet("fd00:1::/64")]), Token);
        var port = await Calls.CreatePortAsync(
            new()
            {
                Network = network.Uid,
                Name = "web",
                Mac = MacAddress.Parse("02:42:0a:01:00:09"),
                Addresses = [IPAddress.Parse("10.1.0.9"), IPAddress.Parse("fd00:1::9")],
                Aliases = ["www"],
                Device = "container 1",
                Owner = "docker",
                Labels = ImmutableDictionary<string, string>.Empty.Add("tier", "front"),
            }, Token);
        Assert.Equal(1u, port.NodeNumber);
        Assert.Equal(["10.1.0.9", "fd00:1::9"], port.Addresses.Select(address => address.ToString()));
        Assert.Equal("front", _server.Snapshot.Find<Port>(port.Uid)!.Labels!["tier"]);
        var state = await _agent.AgreesAsync(_server.Snapshot);
        Assert.Equal(port, state.State.Ports[port.Uid]);

        var taken = await Fails(ControlPlaneError.AlreadyExists, () => _other.Calls.CreatePortAsync(
            new() { Network = network.Uid, Addresses = [IPAddress.Parse("10.1.0.9")] }, Token));
        Assert.Contains(taken.Faults, fault => fault.Path == "addresses[0]");
        await Fails(ControlPlaneError.NotFound, () => Calls.CreatePortAsync(new() { Network = Guid.NewGuid() }, Token));
    }

    [Fact]
    public async Task A_full_network_says_that_it_is_full()
    {
        var network = await Calls.CreateNetworkAsync(new("default", "small", [Subnet("10.1.0.0/30")]), Token);
        await Calls.CreatePortAsync(new() { Network = network.Uid }, Token);
        await Fails(ControlPlaneError.Exhausted, () => Calls.CreatePortAsync(new() { Network = network.Uid }, Token));
    }

    [Fact]
    public async Task A_node_may_not_touch_the_ports_of_another()
    {
        var network = await Calls.CreateNetworkAsync(new("default", "red", []), Token);
        var port = await Calls.CreatePortAsync(new() { Network = network.Uid, Name = "web" }, Token);
        var update = new PortUpdate(port.Uid, "mine", [], null, ImmutableDictionary<string, string>.Empty);
        var refused = await Fails(ControlPlaneError.Invalid, () => _other.Calls.UpdatePortAsync(update, Token));
        Assert.Contains("node n1", refused.Message, StringComparison.Ordinal);
        await Fails(ControlPlaneError.Invalid, () => _other.Calls.UpdatePortAsync(update with { Unbind = true }, Token));
        await Fails(ControlPlaneError.Invalid, () => _other.Calls.DeletePortAsync(port.Uid, false, Token));
        Assert.Equal("web", _server.Snapshot.Find<Port>(port.Uid)!.Name);
    }

    [Fact]
    public async Task A_port_is_renamed_and_given_a_number_when_the_name_is_taken()
    {
        var network = await Calls.CreateNetworkAsync(new("default", "red", []), Token);
        await Calls.CreatePortAsync(new() { Network = network.Uid, Name = "web" }, Token);
        var port = await Calls.CreatePortAsync(new() { Network = network.Uid }, Token);
        var renamed = await Calls.UpdatePortAsync(
            new(port.Uid, "web", ["www"], "container 2", ImmutableDictionary<string, string>.Empty), Token);
        Assert.Equal((port.Uid, "web-2", "container 2"), (renamed.Uid, renamed.Name, renamed.Device));
        var state = await _agent.AgreesAsync(_server.Snapshot);
        Assert.Equal(renamed, state.State.Ports[port.Uid]);
    }

    [Fact]
    public async Task A_port_made_beforehand_comes_to_the_node_and_can_be_left_again()
    {
        var network = await Calls.CreateNetworkAsync(new("default", "red", []), Token);
        var made = await _server.Test.Made(new Port { Name = "db", Network = "red" });
        var bound = await Calls.CreatePortAsync(new() { Network = network.Uid, Name = "db", OrExisting = true }, Token);
        Assert.Equal((made.Uid, 1u), (bound.Uid, bound.NodeNumber));
        Assert.Equal(bound, await Calls.CreatePortAsync(new() { Network = network.Uid, Name = "db", OrExisting = true }, Token));
        await Fails(ControlPlaneError.AlreadyExists, () =>
            _other.Calls.CreatePortAsync(new() { Network = network.Uid, Name = "db", OrExisting = true }, Token));

        var left = await Calls.UpdatePortAsync(
            new(made.Uid, null, [], null, ImmutableDictionary<string, string>.Empty, Unbind: true), Token);
        Assert.Equal((made.Uid, 0u), (left.Uid, left.NodeNumber));
        Assert.Equal(made.Addresses, left.Addresses);
        var moved = await _other.Calls.CreatePortAsync(new() { Network = network.Uid, Name = "db", OrExisting = true }, Token);
        Assert.Equal((made.Uid, 2u), (moved.Uid, moved.NodeNumber));
    }

    [Fact]
    public async Task Addresses_are_reserved_used_kept_and_released()
    {
        var subnet = IPNetwork.Parse("10.1.0.0/24");
        var network = await Calls.CreateNetworkAsync(new("default", "red", [Subnet("10.1.0.0/24")]), Token);
        var chosen = await Calls.ReserveAddressAsync(network.Uid, null, subnet, Token);
        var asked = await Calls.ReserveAddressAsync(network.Uid, IPAddress.Parse("10.1.0.77"), subnet, Token);
        Assert.Equal((network.Uid, 24), (chosen.Network, chosen.PrefixLength));
        Assert.Equal("10.1.0.77", asked.Address.ToString());
        Assert.Equal(2, (await Calls.ListReservationsAsync(Token)).Length);
        Assert.Empty(await _other.Calls.ListReservationsAsync(Token));
        await Fails(ControlPlaneError.AlreadyExists, () => _other.Calls.ReserveAddressAsync(network.Uid, asked.Address, subnet, Token));
        await Fails(ControlPlaneError.Invalid, () => _other.Calls.ReleaseAddressAsync(network.Uid, asked.Address, Token));

        var port = await Calls.CreatePortAsync(new() { Network = network.Uid, Addresses = [asked.Address] }, Token);
        Assert.Equal([chosen], await Calls.ListReservationsAsync(Token));
        await Calls.DeletePortAsync(port.Uid, keepAddresses: true, Token);
        Assert.Equal([chosen, asked], (await Calls.ListReservationsAsync(Token)).OrderBy(lease => lease.Address.ToString()));
        await Calls.ReleaseAddressAsync(network.Uid, asked.Address, Token);
        await Calls.ReleaseAddressAsync(network.Uid, chosen.Address, Token);
        await Calls.ReleaseAddressAsync(network.Uid, chosen.Address, Token);
        Assert.Empty(await Calls.ListReservationsAsync(Token));
    }

    [Fact]
    public async Task Without_the_server_a_call_says_so_and_works_again_after()
    {
        await _server.DownAsync();
        await _agent.WaitAsync(state => !state.Connected);
        await Fails(ControlPlaneError.Unavailable, () => Calls.CreateNetworkAsync(new("default", "red", []), Token));
        await _server.UpAsync();
        await _agent.ConnectedAsync();
        await Calls.CreateNetworkAsync(new("default", "red", []), Token);
    }

    static async Task<ControlPlaneException> Fails(ControlPlaneError error, Func<Task> call)
    {
        var failure = await Assert.ThrowsAsync<ControlPlaneException>(call);
        Assert.Equal(error, failure.Error);
        return failure;
    }

    static Subnet Subnet(string prefix) => new() { Prefix = IPNetwork.Parse(prefix) };
}
