using System.Net;
using Weft.Agent.State;
using Weft.Docker.Networks;
using Weft.Docker.State;
using Weft.Model.Resources;

namespace Weft.Tests.Docker;

/// <summary>Docker's networks and Weft's are the same, whichever side made them.</summary>
public sealed class PublishedNetworkTests
{
    static readonly Subnet Subnet = new() { Prefix = IPNetwork.Parse("10.1.0.0/24") };

    [Fact]
    public async Task A_network_of_Weft_appears_in_Docker_and_goes_with_it()
    {
        await using var host = await DriverHost.StartAsync();
        var made = await host.Server.CreateNetworkAsync(new("default", "frontend", [Subnet]), default);
        await DriverHost.EventuallyAsync(() => host.Engine.Networks.Values.Any(network => network.Name == "frontend"));
        var published = host.Engine.Networks[MemoryEngine.IdOf("frontend")];
        Assert.Equal(("weft", "weft", made.Uid.ToString()), (published.Driver, published.IpamDriver, published.Options["weft.network-uid"]));
        await host.Server.DeleteNetworkAsync(made.Uid, default);
        await DriverHost.EventuallyAsync(() => host.Engine.Networks.IsEmpty);
    }

    [Fact]
    public async Task A_network_of_another_project_carries_its_name()
    {
        await using var host = await DriverHost.StartAsync();
        await host.Server.CreateNetworkAsync(new("red", "frontend", [Subnet]), default);
        await DriverHost.EventuallyAsync(() => host.Engine.Networks.Values.Any(network => network.Name == "red.frontend"));
    }

    [Fact]
    public async Task A_name_that_another_driver_s_network_has_is_left_and_said()
    {
        await using var host = await DriverHost.StartAsync();
        host.Engine.Add("frontend", "bridge", "default", "172.19.0.0/16");
        await host.Server.CreateNetworkAsync(new("default", "frontend", [Subnet]), default);
        var publisher = host.Get<NetworkPublisher>();
        await DriverHost.EventuallyAsync(() => publisher.Faults.Length > 0);
        Assert.Contains("is not offered to Docker: it has a network frontend of driver bridge", Assert.Single(publisher.Faults), StringComparison.Ordinal);
        Assert.Equal("bridge", Assert.Single(host.Engine.Networks.Values).Driver);
        await DriverHost.EventuallyAsync(() => host.Get<FaultBoard>().All.SequenceEqual(publisher.Faults));
    }

    [Fact]
    public async Task A_network_that_Docker_removes_goes_from_Weft()
    {
        await using var host = await DriverHost.StartAsync();
        var id = await host.CreateNetworkAsync("frontend", "172.18.0.0/16");
        Assert.Equal("{}", await host.CallAsync("NetworkDriver.DeleteNetwork", $$"""{"NetworkID":"{{id}}"}"""));
        // Docker lists it for a little longer: it must not be taken for a new one.
        await host.Get<NetworkPublisher>().PassAsync(default);
        await host.Engine.RemoveNetworkAsync(id, default);
        await host.Get<NetworkPublisher>().PassAsync(default);
        Assert.Empty(host.Server.State.Networks);
        // A pass that had seen the network before gives it to Docker again; the next one takes it away.
        await DriverHost.EventuallyAsync(() => host.Engine.Networks.IsEmpty);
    }

    [Fact]
    public async Task A_network_that_Docker_removes_while_it_is_being_made_goes_from_Weft()
    {
        await using var host = await DriverHost.StartAsync();
        var making = new TaskCompletionSource();
        host.Server.Making = making.Task;
        var id = host.Engine.Add("frontend", "weft", "default", "172.18.0.0/16").Id;
        await DriverHost.EventuallyAsync(() => host.Server.Waiting > 0);
        var removing = host.CallAsync("NetworkDriver.DeleteNetwork", $$"""{"NetworkID":"{{id}}"}""");
        await DriverHost.EventuallyAsync(() => host.Get<DockerState>().Leaving.ContainsKey(id));
        making.SetResult();
        await DriverHost.EventuallyAsync(() => host.Server.Calls.Contains("create network default/frontend"));
        Assert.Equal("{}", await removing);
        await host.Engine.RemoveNetworkAsync(id, default);
        await DriverHost.EventuallyAsync(() => host.Server.State.Networks.IsEmpty && host.Engine.Networks.IsEmpty);
    }

    [Fact]
    public async Task A_network_that_Docker_removes_stays_away_however_late_its_events_are_heard()
    {
        var engine = new MemoryEngine { Connecting = new() };
        await using var host = await DriverHost.StartAsync(engine: engine);
        var id = engine.Add("frontend", "weft", "default", "172.18.0.0/16").Id;
        await host.Get<NetworkPublisher>().PassAsync(default);
        Assert.Single(host.Server.State.Networks);
        Assert.Equal("{}", await host.CallAsync("NetworkDriver.DeleteNetwork", $$"""{"NetworkID":"{{id}}"}"""));
        engine.Connecting.SetResult();
        await DriverHost.EventuallyAsync(() => engine.Heard > 1);
        await host.Get<NetworkPublisher>().PassAsync(default);
        Assert.Empty(host.Server.State.Networks);
    }

    [Fact]
    public async Task A_network_that_is_in_use_elsewhere_comes_back_to_Docker()
    {
        await using var host = await DriverHost.StartAsync();
        var id = await host.CreateNetworkAsync("frontend", "172.18.0.0/16");
        await host.Server.CreatePortAsync(new() { Network = Assert.Single(host.Server.State.Networks).Key, Name = "web" }, default);
        Assert.Equal(
            """{"Err":"the network stays: port web is in it; Docker gets it back at once"}""",
            await host.CallAsync("NetworkDriver.DeleteNetwork", $$"""{"NetworkID":"{{id}}"}"""));
        await host.Engine.RemoveNetworkAsync(id, default);
        await DriverHost.EventuallyAsync(() => host.Engine.Networks.Values.Any(network => network.IpamDriver == "weft"));
    }

    [Fact]
    public async Task A_network_made_while_the_server_was_away_is_made_when_it_is_back()
    {
        await using var host = await DriverHost.StartAsync();
        host.Server.IsAway = true;
        host.Engine.Add("frontend", "weft", "default", "172.18.0.0/16");
        await DriverHost.EventuallyAsync(() => host.Server.Calls.Contains("create network default/frontend"));
        host.Server.IsAway = false;
        await host.CreateNetworkAsync("backend", "172.19.0.0/16"); // any sign of life
        await DriverHost.EventuallyAsync(() => host.Server.State.Networks.Count == 2);
    }
}
