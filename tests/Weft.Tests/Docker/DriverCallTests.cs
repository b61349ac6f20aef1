using System.Net;
using Weft.Model.Resources;

namespace Weft.Tests.Docker;

/// <summary>Requests as Docker 20.10.24 sends them, and the answers that it understands.</summary>
public sealed class DriverCallTests
{
    const string Endpoint = "c73adb5eb95ceaab939798bb55167e93b8000a8eb1cd9fc323fceb095c396d1e";
    const string Other = "91539a8425acd701c5e3c5593e0824f38eb3f231df8e25402109bcb9416d56b3";

    [Theory]
    [InlineData("Plugin.Activate", """{"Implements":["NetworkDriver","IpamDriver"]}""")]
    [InlineData("NetworkDriver.GetCapabilities", """{"Scope":"local","ConnectivityScope":"global","GwAllocChecker":false}""")]
    [InlineData("IpamDriver.GetCapabilities", """{"RequiresMACAddress":false,"RequiresRequestReplay":false}""")]
    [InlineData("IpamDriver.GetDefaultAddressSpaces", """{"LocalDefaultAddressSpace":"Weft","GlobalDefaultAddressSpace":"Weft"}""")]
    [InlineData("NetworkDriver.DiscoverNew", "{}")]
    [InlineData("NetworkDriver.DiscoverDelete", "{}")]
    public async Task Calls_without_a_subject_are_answered_as_they_are(string method, string answer)
    {
        await using var host = await DriverHost.StartAsync();
        Assert.Equal(answer, await host.CallAsync(method));
    }

    [Fact]
    public async Task A_method_of_a_later_Docker_is_not_found_so_that_Docker_goes_on()
    {
        await using var host = await DriverHost.StartAsync();
        using var answer = await host.SendAsync("NetworkDriver.NotInventedYet", "{}");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("""{"EndpointID":"e"}""")]
    public async Task A_body_that_is_not_understood_is_a_bad_request_with_a_reason(string body)
    {
        await using var host = await DriverHost.StartAsync();
        using var answer = await host.SendAsync("NetworkDriver.Join", body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.StartsWith("""{"DisableGatewayService":false,"Err":"NetworkDriver.Join: """,
            await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_network_is_made_when_Docker_has_named_it_with_pools_beside_those_of_Docker()
    {
        await using var host = await DriverHost.StartAsync();
        await host.CreateNetworkAsync("frontend", "172.18.0.0/16");
        var network = Assert.Single(host.Server.State.Networks.Values);
        Assert.Equal(("default", "frontend"), (network.Project, network.Name));
        var pool = Assert.Single(Assert.Single(network.Subnets).Pools!);
        Assert.Equal(("172.18.128.0", "172.18.255.254"), (pool.Start.ToString(), pool.End.ToString()));
    }

    [Fact]
    public async Task Options_prefixes_and_gateways_of_a_network_are_Docker_s()
    {
        await using var host = await DriverHost.StartAsync();
        var id = MemoryEngine.IdOf("gold");
        await host.CallAsync("NetworkDriver.CreateNetwork", $$"""
            {"NetworkID":"{{id}}","Options":{"com.docker.network.enable_ipv6":true,"com.docker.network.generic":
            {"com.docker.network.driver.mtu":"1400","weft.project":"blue"},"com.docker.network.internal":true},
            "IPv4Data":[{"AddressSpace":"LocalDefault","AuxAddresses":{"nas":"10.9.0.200/24"},"Gateway":"10.9.0.128/24","Pool":"10.9.0.0/24"}],
            "IPv6Data":[{"AddressSpace":"LocalDefault","Gateway":"fd09::1/64","Pool":"fd09::/64"}]}
            """);
        host.Engine.Add("gold", "weft", "default", "10.9.0.0/24", "fd09::/64");
        await DriverHost.EventuallyAsync(() => !host.Server.State.Networks.IsEmpty);
        var network = Assert.Single(host.Server.State.Networks.Values);
        Assert.Equal(("blue", "gold", true, 1400), (network.Project, network.Name, network.Internal, network.Mtu));
        Assert.Equal(["10.9.0.0/24 10.9.0.128", "fd09::/64 fd09::1"], network.Subnets.Select(subnet => $"{subnet.Prefix} {subnet.Gateway}"));
    }

    [Fact]
    public async Task A_wrong_option_is_refused_with_those_that_there_are()
    {
        await using var host = await DriverHost.StartAsync();
        var answer = await host.CallAsync("NetworkDriver.CreateNetwork",
            """{"NetworkID":"aa","Options":{"com.docker.network.generic":{"weft.color":"red"}},"IPv4Data":[],"IPv6Data":[]}""");
        Assert.StartsWith("""{"Err":"there is no option weft.color; there are weft.project""", answer, StringComparison.Ordinal);
        Assert.Empty(host.Server.State.Networks);
    }

    [Fact]
    public async Task An_endpoint_lives_from_creation_to_deletion()
    {
        await using var host = await DriverHost.StartAsync();
        var network = await host.CreateNetworkAsync("frontend", "172.18.0.0/16");

        Assert.Equal("""{"Interface":{"MacAddress":"02:00:00:00:00:01"}}""", await host.CreateEndpointAsync(network, Endpoint, "172.18.0.2/16"));
        var port = Assert.Single(host.Server.State.Ports.Values);
        Assert.Equal(("docker", "172.18.0.2"), (port.Owner, Assert.Single(port.Addresses).ToString()));
        Assert.Contains(port.Uid, host.Plug.Ports);

        var ids = $$"""{"NetworkID":"{{network}}","EndpointID":"{{Endpoint}}"}""";
        Assert.Equal(
            """{"InterfaceName":{"SrcName":"weftc1","DstPrefix":"eth"},"Gateway":"172.18.0.1","DisableGatewayService":true}""",
            await host.CallAsync("NetworkDriver.Join",
                $$$"""{"NetworkID":"{{{network}}}","EndpointID":"{{{Endpoint}}}","SandboxKey":"/var/run/docker/netns/2069e8209d0e","Options":{}}"""));
        Assert.Equal($$$"""{"Value":{"weft.port":"{{{port.Uid}}}"}}""", await host.CallAsync("NetworkDriver.EndpointOperInfo", ids));
        Assert.Equal("{}", await host.CallAsync("NetworkDriver.Leave", ids));
        Assert.Equal("{}", await host.CallAsync("NetworkDriver.DeleteEndpoint", ids));
        Assert.Empty(host.Server.State.Ports);
        Assert.Empty(host.Plug.Ports);
    }

    [Fact]
    public async Task What_Docker_has_chosen_is_not_said_again()
    {
        await using var host = await DriverHost.StartAsync();
        var network = await host.CreateNetworkAsync("frontend", "172.18.0.0/16");
        var answer = await host.CallAsync("NetworkDriver.CreateEndpoint", $$$"""
            {"NetworkID":"{{{network}}}","EndpointID":"{{{Endpoint}}}","Interface":{"Address":"172.18.0.9/16","AddressIPv6":"",
            "MacAddress":"02:11:22:33:44:55"},"Options":{"com.docker.network.endpoint.macaddress":"AhEiM0RV"}}
            """);
        Assert.Equal("""{"Interface":{}}""", answer);
        Assert.Equal("02:11:22:33:44:55", Assert.Single(host.Server.State.Ports.Values).Mac.ToString());
    }

    [Fact]
    public async Task An_internal_network_gives_no_way_out_but_one_to_its_other_subnets()
    {
        await using var host = await DriverHost.StartAsync();
        var made = await host.Server.CreateNetworkAsync(
            new("default", "vault",
                [new Subnet { Prefix = IPNetwork.Parse("10.5.0.0/24") }, new Subnet { Prefix = IPNetwork.Parse("10.6.0.0/24") }],
                Internal: true), default);
        await DriverHost.EventuallyAsync(() => host.Engine.Networks.Values.Any(network => network.Name == "vault"));
        var id = MemoryEngine.IdOf("vault");
        await host.CreateEndpointAsync(id, Endpoint, "10.5.0.7/24");
        Assert.Equal(
            """{"InterfaceName":{"SrcName":"weftc1","DstPrefix":"eth"},"StaticRoutes":[{"Destination":"10.6.0.0/24","RouteType":0,"NextHop":"10.5.0.1"}],"DisableGatewayService":true}""",
            await host.CallAsync("NetworkDriver.Join", $$"""{"NetworkID":"{{id}}","EndpointID":"{{Endpoint}}","SandboxKey":"/x"}"""));
        Assert.Equal(made.Uid, Assert.Single(host.Server.State.Ports.Values).Network);
    }

    [Fact]
    public async Task An_address_that_another_host_has_is_refused_by_its_holder_s_name()
    {
        await using var host = await DriverHost.StartAsync();
        var network = await host.CreateNetworkAsync("frontend", "172.18.0.0/16");
        var uid = Assert.Single(host.Server.State.Networks).Key;
        await host.Server.CreatePortAsync(new() { Network = uid, Name = "web", Addresses = [IPAddress.Parse("172.18.0.2")] }, default);
        Assert.Equal("""{"Err":"address 172.18.0.2 is taken by port web"}""", await host.CreateEndpointAsync(network, Endpoint, "172.18.0.2/16"));
    }

    [Fact]
    public async Task An_address_of_an_endpoint_that_Docker_forgot_goes_to_the_next()
    {
        await using var host = await DriverHost.StartAsync();
        var network = await host.CreateNetworkAsync("frontend", "172.18.0.0/16");
        await host.CreateEndpointAsync(network, Endpoint, "172.18.0.2/16");
        Assert.StartsWith("""{"Interface":""", await host.CreateEndpointAsync(network, Other, "172.18.0.2/16"), StringComparison.Ordinal);
        Assert.Equal(Assert.Single(host.Server.State.Ports).Key, Assert.Single(host.Plug.Ports));
    }

    [Fact]
    public async Task An_endpoint_that_Docker_still_has_keeps_its_address()
    {
        await using var host = await DriverHost.StartAsync();
        var network = await host.CreateNetworkAsync("frontend", "172.18.0.0/16");
        await host.CreateEndpointAsync(network, Endpoint, "172.18.0.2/16");
        host.Engine.Attach(network, new(Endpoint, MemoryEngine.IdOf("web"), "web", [IPAddress.Parse("172.18.0.2")]));
        Assert.Contains("is taken", await host.CreateEndpointAsync(network, Other, "172.18.0.2/16"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interface_that_cannot_be_made_leaves_no_port()
    {
        await using var host = await DriverHost.StartAsync();
        var network = await host.CreateNetworkAsync("frontend", "172.18.0.0/16");
        host.Plug.Fails = true;
        Assert.Equal("""{"Err":"no interface could be made"}""", await host.CreateEndpointAsync(network, Endpoint, "172.18.0.2/16"));
        Assert.Empty(host.Server.State.Ports);
    }

    [Fact]
    public async Task Without_a_server_containers_go_and_none_come()
    {
        await using var host = await DriverHost.StartAsync();
        var network = await host.CreateNetworkAsync("frontend", "172.18.0.0/16");
        await host.CreateEndpointAsync(network, Endpoint, "172.18.0.2/16");
        host.Server.IsAway = true;
        Assert.StartsWith("""{"Err":"the Weft server does not answer: """, await host.CreateEndpointAsync(network, Other, "172.18.0.3/16"), StringComparison.Ordinal);
        Assert.Equal("{}", await host.CallAsync("NetworkDriver.DeleteEndpoint", $$"""{"NetworkID":"{{network}}","EndpointID":"{{Endpoint}}"}"""));
        Assert.Empty(host.Plug.Ports);
    }

    [Fact]
    public async Task A_new_agent_knows_the_networks_and_endpoints_of_the_last()
    {
        await using var first = await DriverHost.StartAsync();
        var network = await first.CreateNetworkAsync("frontend", "172.18.0.0/16");
        await first.CreateEndpointAsync(network, Endpoint, "172.18.0.2/16");
        // Docker itself may be waiting for us as it comes up: it answers nothing then.
        await using var second = await DriverHost.StartAsync(first.Folder, first.Server, new MemoryEngine());
        Assert.Contains("weftc1", await second.CallAsync("NetworkDriver.Join",
            $$"""{"NetworkID":"{{network}}","EndpointID":"{{Endpoint}}","SandboxKey":"/x"}"""), StringComparison.Ordinal);
    }
}
