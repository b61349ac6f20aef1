using System.Collections.Immutable;
using System.Net;
using Weft.Agent.State;
using Weft.Docker.Endpoints;
using Weft.Docker.Engine;

namespace Weft.Tests.Docker;

/// <summary>What a container says of its port: in time for its attachment, or a moment after its start.</summary>
public sealed class ContainerLabelTests
{
    const string Endpoint = "c73adb5eb95ceaab939798bb55167e93b8000a8eb1cd9fc323fceb095c396d1e";

    [Fact]
    public async Task Labels_of_the_container_are_labels_of_its_port()
    {
        await using var host = await DriverHost.StartAsync();
        await JoinAsync(host, ("weft.label.tier", "web"), ("com.example/stage", "live"));

        await DriverHost.EventuallyAsync(() => Labels(host) == "com.example/stage=live tier=web");
    }

    [Fact]
    public async Task Security_groups_of_the_container_are_those_of_its_port()
    {
        await using var host = await DriverHost.StartAsync();
        await JoinAsync(host, ("weft.security-groups", "web, db"));

        await DriverHost.EventuallyAsync(() => host.Server.Calls.Any(call => call.EndsWith(" groups [web db]", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_container_that_says_nothing_of_groups_leaves_them()
    {
        await using var host = await DriverHost.StartAsync();
        await JoinAsync(host, ("weft.label.tier", "web"));
        await DriverHost.EventuallyAsync(() => Labels(host) == "tier=web");

        Assert.DoesNotContain(host.Server.Calls, call => call.Contains("groups", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("weft.security-groups", "none", "there is no security group 'none'")]
    [InlineData("weft.security-group", "web", "'weft.security-group' with value 'web' is not understood")]
    [InlineData("weft.label.-", "web", "'weft.label.-' with value 'web' is not understood")]
    public async Task A_container_whose_labels_cannot_be_followed_has_no_network_and_says_why(string label, string value, string why)
    {
        await using var host = await DriverHost.StartAsync();
        await JoinAsync(host, (label, value));

        await DriverHost.EventuallyAsync(() => host.Plug.Ports.Count == 0);

        Assert.Contains(why, Assert.Single(host.Get<FaultBoard>().All));
    }

    [Fact]
    public async Task The_fault_goes_with_the_container()
    {
        await using var host = await DriverHost.StartAsync();
        var network = await JoinAsync(host, ("weft.security-groups", "none"));
        await DriverHost.EventuallyAsync(() => host.Get<FaultBoard>().All.Any());

        await host.CallAsync("NetworkDriver.DeleteEndpoint", $$"""{"NetworkID":"{{network}}","EndpointID":"{{Endpoint}}"}""");

        Assert.Empty(host.Get<FaultBoard>().All);
    }

    [Fact]
    public async Task Groups_that_Docker_names_at_the_attachment_are_there_from_the_start()
    {
        await using var host = await DriverHost.StartAsync();
        var network = await host.CreateNetworkAsync("frontend", "172.18.0.0/16");

        var answer = await CreateAsync(host, network, """{"weft.security-groups":"none","com.docker.network.portmap":[]}""");

        Assert.Contains("there is no security group", answer);
        Assert.Empty(host.Server.State.Ports);
    }

    [Fact]
    public async Task An_option_that_is_not_understood_refuses_the_attachment()
    {
        await using var host = await DriverHost.StartAsync();
        var network = await host.CreateNetworkAsync("frontend", "172.18.0.0/16");

        Assert.Contains("is not understood; there are weft.security-groups", await CreateAsync(host, network, """{"weft.groups":"web"}"""));
    }

    [Fact]
    public async Task What_was_named_at_the_attachment_comes_before_the_labels()
    {
        await using var host = await DriverHost.StartAsync();
        var network = await host.CreateNetworkAsync("frontend", "172.18.0.0/16");
        await CreateAsync(host, network, """{"weft.security-groups":"db","weft.label.tier":"db"}""");
        await JoinAsync(host, network, ("weft.security-groups", "web"), ("weft.label.tier", "web"), ("weft.label.more", "x"));

        await DriverHost.EventuallyAsync(() => Labels(host) == "more=x tier=db");

        Assert.DoesNotContain(host.Server.Calls, call => call.Contains("groups [web]", StringComparison.Ordinal));
    }

    [Fact]
    public void What_a_port_cannot_have_is_left_out_and_does_not_crowd_out_what_is_meant()
    {
        var labels = Enumerable.Range(0, 100).Select(i => KeyValuePair.Create($"a{i}", "x"))
            .Append(new("long", new string('x', 300))).Append(new("weft.label.z", "1"));

        var options = PortOptions.Of(labels);

        Assert.Equal((64, "1", false), (options.Labels.Count, options.Labels["z"], options.Labels.ContainsKey("long")));
    }

    [Fact]
    public async Task A_member_of_a_load_balancer_is_one_by_its_label_and_the_rest_is_asked_for()
    {
        await using var host = await DriverHost.StartAsync();
        await JoinAsync(host, ("weft.load-balancer", "shop"), ("weft.load-balancer.port", "80"), ("weft.floating-ip", "auto"));

        await DriverHost.EventuallyAsync(() => host.Server.Offers.ContainsKey("web"));

        Assert.Equal(("load-balancer=shop", "shop"), (Labels(host), host.Server.Offers["web"].LoadBalancer!.Name));
        Assert.NotNull(host.Server.Offers["web"].FloatingIp);
    }

    [Fact]
    public async Task What_a_container_offers_it_offers_in_the_network_that_it_names()
    {
        await using var host = await DriverHost.StartAsync();
        await JoinAsync(host, ("weft.load-balancer", "shop"), ("weft.load-balancer.port", "80"), ("weft.network", "another"));

        await DriverHost.EventuallyAsync(() => host.Server.Calls.Count(call => call.StartsWith("update", StringComparison.Ordinal)) >= 2);

        Assert.Equal(("", 0), (Labels(host), host.Server.Offers.Count));
    }

    [Fact]
    public async Task An_offer_that_is_refused_is_a_fault_of_the_node_and_leaves_the_network()
    {
        await using var host = await DriverHost.StartAsync();
        host.Server.Refusal = MemoryControlPlane.No(Weft.Agent.Control.ControlPlaneError.Exhausted, "no address of internet is left");
        await JoinAsync(host, ("weft.floating-ip", "auto"));

        await DriverHost.EventuallyAsync(() => host.Get<FaultBoard>().All.Any());

        Assert.Contains("no address of internet is left", Assert.Single(host.Get<FaultBoard>().All));
        Assert.Single(host.Plug.Ports);
    }

    static string Labels(DriverHost host) =>
        string.Join(' ', host.Server.State.Ports.Values.Single().Labels.Select(label => $"{label.Key}={label.Value}"));

    static Task<string> CreateAsync(DriverHost host, string network, string options) => host.CallAsync(
        "NetworkDriver.CreateEndpoint",
        $$$"""{"NetworkID":"{{{network}}}","EndpointID":"{{{Endpoint}}}","Interface":{"Address":"172.18.0.2/16","AddressIPv6":"","MacAddress":""},"Options":{{{options}}}}""");

    static async Task<string> JoinAsync(DriverHost host, params (string Key, string Value)[] labels)
    {
        var network = await host.CreateNetworkAsync("frontend", "172.18.0.0/16");
        await CreateAsync(host, network, "{}");
        return await JoinAsync(host, network, labels);
    }

    static async Task<string> JoinAsync(DriverHost host, string network, params (string Key, string Value)[] labels)
    {
        var id = MemoryEngine.IdOf("web");
        host.Engine.Containers[id] = new(
            id, "web", labels.ToImmutableDictionary(label => label.Key, label => label.Value),
            ImmutableDictionary<string, EngineAttachment>.Empty.Add("frontend", new(network, Endpoint, [])));
        await host.CallAsync("NetworkDriver.Join", $$"""{"NetworkID":"{{network}}","EndpointID":"{{Endpoint}}","SandboxKey":"/x"}""");
        host.Engine.Attach(network, new(Endpoint, id, "web", [IPAddress.Parse("172.18.0.2")]));
        return network;
    }
}
