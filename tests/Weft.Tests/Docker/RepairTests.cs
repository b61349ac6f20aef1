using System.Net;
using Microsoft.Extensions.Time.Testing;
using Weft.Docker;

namespace Weft.Tests.Docker;

/// <summary>What Docker no longer has is released, but nothing that is still in the making.</summary>
public sealed class RepairTests
{
    const string Endpoint = "c73adb5eb95ceaab939798bb55167e93b8000a8eb1cd9fc323fceb095c396d1e";
    static readonly TimeSpan Youth = TimeSpan.FromSeconds(31);

    [Fact]
    public async Task An_endpoint_that_Docker_forgot_goes_when_it_is_no_longer_young()
    {
        var time = new FakeTimeProvider();
        await using var host = await DriverHost.StartAsync(time: time);
        var network = await host.CreateNetworkAsync("frontend", "172.18.0.0/16");
        await host.CreateEndpointAsync(network, Endpoint, "172.18.0.2/16");
        var repair = host.Get<DockerRepair>();
        await repair.PassAsync(default);
        Assert.Single(host.Server.State.Ports);
        time.Advance(Youth);
        await repair.PassAsync(default);
        Assert.Empty(host.Server.State.Ports);
        Assert.Empty(host.Plug.Ports);
    }

    [Fact]
    public async Task An_endpoint_that_Docker_has_stays_however_old()
    {
        var time = new FakeTimeProvider();
        await using var host = await DriverHost.StartAsync(time: time);
        var network = await host.CreateNetworkAsync("frontend", "172.18.0.0/16");
        await host.CreateEndpointAsync(network, Endpoint, "172.18.0.2/16");
        host.Engine.Attach(network, new(Endpoint, MemoryEngine.IdOf("web"), "web", [IPAddress.Parse("172.18.0.2")]));
        time.Advance(TimeSpan.FromDays(1));
        await host.Get<DockerRepair>().PassAsync(default);
        Assert.Single(host.Server.State.Ports);
    }

    [Fact]
    public async Task Ports_and_reservations_without_an_endpoint_go_at_the_second_look()
    {
        var time = new FakeTimeProvider();
        await using var host = await DriverHost.StartAsync(time: time);
        var docker = await host.CreateNetworkAsync("frontend", "172.18.0.0/16");
        var network = Assert.Single(host.Server.State.Networks).Key;
        await host.Server.CreatePortAsync(new() { Network = network, Name = "lost", Owner = "docker" }, default);
        await host.Server.CreatePortAsync(new() { Network = network, Name = "by-hand", Owner = "attach" }, default);
        var live = await host.Server.CreatePortAsync(new() { Network = network, Name = "unrecorded", Owner = "docker" }, default);
        host.Engine.Attach(docker, new("ee", MemoryEngine.IdOf("x"), "x", live.Addresses));
        await host.Server.ReserveAddressAsync(network, IPAddress.Parse("172.18.9.9"), IPNetwork.Parse("172.18.0.0/16"), default);
        var repair = host.Get<DockerRepair>();
        await repair.PassAsync(default);
        Assert.Equal(3, host.Server.State.Ports.Count);
        time.Advance(Youth);
        await repair.PassAsync(default);
        Assert.Equal(["by-hand", "unrecorded"], host.Server.State.Ports.Values.Select(port => port.Name).Order(StringComparer.Ordinal));
        Assert.Empty(host.Server.Reserved);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task Nothing_goes_while_the_state_is_not_the_server_s(bool confirmed, bool connected)
    {
        var time = new FakeTimeProvider();
        await using var host = await DriverHost.StartAsync(time: time);
        var network = await host.CreateNetworkAsync("frontend", "172.18.0.0/16");
        await host.CreateEndpointAsync(network, Endpoint, "172.18.0.2/16");
        host.Server.Agent.Update(seen => seen with { Confirmed = confirmed, Connected = connected });
        time.Advance(TimeSpan.FromDays(1));
        await host.Get<DockerRepair>().PassAsync(default);
        Assert.Single(host.Server.State.Ports);
    }
}
