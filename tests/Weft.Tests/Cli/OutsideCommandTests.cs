using System.Text.Json.Nodes;
using Weft.Cli;
using Weft.Tests.Server;

namespace Weft.Tests.Cli;

/// <summary>External networks, floating IPs, routers and egress on the command line, against a whole server.</summary>
public sealed class OutsideCommandTests : IAsyncLifetime
{
    TestServer server = null!;

    public async ValueTask InitializeAsync()
    {
        server = await TestServer.StartAsync();
        await Ok("external-network", "create", "internet", "--subnet", "203.0.113.0/24", "--gateway", "203.0.113.1",
            "--pool", "203.0.113.9-203.0.113.12", "--uplink", "eth1", "--node-uplink", "h3=bond0", "--node-uplink", "h4=");
        await Ok("network", "create", "a", "--subnet", "10.1.0.0/24");
        await Ok("network", "create", "b", "--subnet", "10.2.0.0/24");
        await Ok("port", "create", "web1", "--network", "a");
        await Ok("port", "create", "web2", "--network", "a");
    }

    public async ValueTask DisposeAsync() => await server.DisposeAsync();

    Task<CliRun> Run(string input, params string[] arguments) => CliRun.OfAsync(
        arguments, input, new Dictionary<string, string> { ["WEFT_SERVER"] = server.Socket }, TestContext.Current.CancellationToken);

    async Task<string> Ok(params string[] arguments)
    {
        var run = await Run("", arguments);
        Assert.True(run.ExitCode == ExitCodes.Ok, $"{string.Join(' ', arguments)}\n{run.Out}{run.Error}");
        return run.Out;
    }

    async Task<JsonNode> Shown(string kind, string name) => JsonNode.Parse(await Ok(kind, "show", name, "-o", "json"))!;

    [Fact]
    public async Task An_external_network_is_created_and_listed()
    {
        var made = await Shown("external-network", "internet");

        Assert.Equal("""{"h3":"bond0","h4":""}""", made["nodeUplinks"]!.ToJsonString());
        Assert.Equal("203.0.113.1", (string)made["subnets"]![0]!["gateway"]!);
        var listed = await Ok("get", "ext", "-o", "wide");
        Assert.Matches("^NAME +SUBNETS +UPLINK +DEFAULT .*\ninternet +203.0.113.0/24 +eth1 +no .* 203.0.113.9-203.0.113.12 +h3=bond0,h4= ", listed);
        Assert.Matches("\noutside +- +auto +yes ", listed);
    }

    [Fact]
    public async Task An_external_network_is_changed_in_what_is_given()
    {
        await Ok("external-network", "update", "outside", "--default", "false");
        await Ok("external-network", "update", "internet", "--default", "true", "--uplink", "", "--node-uplink", "h3=eth7",
            "--remove-node-uplink", "h4", "--subnet", "2001:db8::/64");

        var changed = await Shown("external-network", "internet");

        Assert.Equal((true, null, """{"h3":"eth7"}"""), ((bool)changed["default"]!, changed["uplink"], changed["nodeUplinks"]!.ToJsonString()));
        Assert.Equal(["203.0.113.0/24", "2001:db8::/64"], changed["subnets"]!.AsArray().Select(subnet => (string)subnet!["prefix"]!));
    }

    [Fact]
    public async Task A_floating_ip_is_taken_and_called_by_its_address()
    {
        Assert.Equal("floating-ip/ip-203-0-113-9 created\n",
            await Ok("floating-ip", "create", "--external-network", "internet", "--port", "web1", "--map", "tcp:80:8080", "--map", "udp:53-54", "--open"));

        Assert.Matches(
            "^NAME +ADDRESS +EXTERNAL +TARGET +STATE +NODE +MAPS .*\nip-203-0-113-9 +203.0.113.9 +internet +port/web1 +down +- +tcp:80:8080,udp:53-54 ",
            await Ok("get", "fip"));
        Assert.Equal("port web1 is on no node", (string)(await Shown("floating-ip", "ip-203-0-113-9"))["status"]!["message"]!);
    }

    [Fact]
    public async Task A_floating_ip_that_is_bound_is_moved_only_when_that_is_said()
    {
        await Ok("floating-ip", "create", "web", "--external-network", "internet");
        await Ok("floating-ip", "associate", "web", "--port", "web1");

        var refused = await Run("", "floating-ip", "associate", "web", "--port", "web2");
        Assert.Equal((ExitCodes.Conflict, "error: floating-ip web leads to port web1; --move takes it from there\n"), (refused.ExitCode, refused.Error));
        Assert.Equal("floating-ip/web unchanged\n", await Ok("floating-ip", "associate", "web", "--port", "web1"));

        await Ok("floating-ip", "associate", "web", "--port", "web2", "--move");
        Assert.Equal("web2", (string)(await Shown("floating-ip", "web"))["port"]!);
        await Ok("floating-ip", "disassociate", "web");
        Assert.Null((await Shown("floating-ip", "web"))["port"]);
    }

    [Fact]
    public async Task Mappings_are_replaced_and_taken_away()
    {
        await Ok("floating-ip", "create", "web", "--external-network", "internet", "--port", "web1", "--map", "tcp:80");
        await Ok("floating-ip", "update", "web", "--map", "tcp:443:8443", "--open", "true");

        Assert.Equal("""[{"protocol":"tcp","ports":"443","targetPort":8443}]""", (await Shown("floating-ip", "web"))["portMappings"]!.ToJsonString());
        await Ok("floating-ip", "update", "web", "--no-maps", "--open", "false");
        Assert.Null((await Shown("floating-ip", "web"))["portMappings"]);
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("tcp:80:8080:1")]
    [InlineData("icmp:80")]
    [InlineData("tcp:http")]
    [InlineData("tcp:80:70000")]
    public async Task A_mapping_that_cannot_be_read_is_wrong_usage(string map)
    {
        var run = await Run("", "floating-ip", "create", "--map", map);

        Assert.Equal(ExitCodes.Usage, run.ExitCode);
        Assert.Contains($"--map {map}: must be a protocol with a port or range", run.Error);
    }

    [Fact]
    public async Task What_it_shall_lead_to_is_one_thing()
    {
        await Ok("floating-ip", "create", "web", "--external-network", "internet");

        Assert.Equal(ExitCodes.Usage, (await Run("", "floating-ip", "associate", "web")).ExitCode);
        Assert.Equal(ExitCodes.Usage, (await Run("", "floating-ip", "associate", "web", "--port", "a", "--load-balancer", "b")).ExitCode);
    }

    [Fact]
    public async Task A_router_is_created_listed_and_changed()
    {
        await Ok("router", "create", "r1", "--network", "a", "--network", "b", "--gateway", "internet", "--egress", "h1=203.0.113.9", "--egress", "h2=203.0.113.10");

        Assert.Matches(
            "^NAME +NETWORKS +EGRESS .*\nr1 +a,b +internet .* h1=203.0.113.9,h2=203.0.113.10 ", await Ok("router", "list", "-o", "wide"));
        await Ok("router", "update", "r1", "--egress-address", "h1=203.0.113.11");
        Assert.Equal("""{"h1":["203.0.113.11"]}""", (await Shown("router", "r1"))["externalGateway"]!["egressAddresses"]!.ToJsonString());
        await Ok("router", "update", "r1", "--gateway", "internet", "--network", "a");
        Assert.Equal("""{"h1":["203.0.113.11"]}""", (await Shown("router", "r1"))["externalGateway"]!["egressAddresses"]!.ToJsonString());
        await Ok("router", "update", "r1", "--gateway", "outside");
        Assert.Equal("""{"externalNetwork":"outside"}""", (await Shown("router", "r1"))["externalGateway"]!.ToJsonString());
        await Ok("router", "update", "r1", "--no-gateway");
        Assert.Null((await Shown("router", "r1"))["externalGateway"]);
    }

    [Fact]
    public async Task A_network_gets_egress_by_name_or_by_default()
    {
        await Ok("network", "create", "c", "--egress");
        await Ok("network", "create", "d", "--egress=internet", "--egress-address", "h1=203.0.113.9");

        var listed = await Ok("get", "networks");
        Assert.Matches("\nc .* no +outside ", listed);
        Assert.Matches("\nd .* no +internet ", listed);
        await Ok("network", "update", "d", "--no-egress");
        Assert.Null((await Shown("network", "d"))["externalGateway"]);
        Assert.Equal(ExitCodes.Usage, (await Run("", "network", "create", "e", "--egress-address", "h1=203.0.113.9")).ExitCode);
    }

    [Fact]
    public async Task A_node_that_is_not_there_is_told()
    {
        var run = await Run("", "router", "create", "r1", "--gateway", "internet", "--egress", "h7=203.0.113.9");

        Assert.Equal(ExitCodes.Ok, run.ExitCode);
        Assert.Contains("there is no node 'h7': this says nothing until one of that name joins", run.Error);
    }

    [Fact]
    public async Task A_port_is_published_and_taken_back()
    {
        await Ok("port", "update", "web1", "--publish", "tcp:8080:80");
        Assert.Matches(" tcp:8080:80 ", await Ok("get", "ports", "-o", "wide"));
        await Ok("port", "update", "web1", "--unpublish");
        Assert.Null((await Shown("port", "web1"))["published"]);
    }

    [Fact]
    public async Task A_rule_about_outside_is_written_and_shown()
    {
        await Ok("policy", "create", "site", "--network", "a", "--rule", "allow tcp from external:internet to network:a port 80");

        Assert.Matches("\n1 +allow tcp external internet -> a 80 ", await Ok("policy", "show", "site"));
    }

    [Fact]
    public async Task All_of_it_comes_from_one_file_in_any_order()
    {
        const string Documents = """
            kind: floating-ip
            name: shop
            port: shop
            ---
            kind: router
            name: r
            networks: [shop]
            externalGateway: {}
            ---
            kind: port
            name: shop
            network: shop
            published: [{protocol: tcp, ports: 8080, targetPort: 80}]
            ---
            kind: network
            name: shop
            externalGateway: {egressAddresses: {h1: [198.51.100.9]}}
            ---
            kind: external-network
            name: lab
            default: true
            subnets: [{prefix: 198.51.100.0/24}]
            ---
            kind: external-network
            name: outside
            default: false
            """;

        var first = await Run(Documents, "apply", "-f", "-");
        Assert.True(first.ExitCode == ExitCodes.Ok, first.Out + first.Error);
        Assert.Equal("198.51.100.1", (string)(await Shown("floating-ip", "shop"))["address"]!);
        Assert.Equal("lab", (string)(await Shown("router", "r"))["externalGateway"]!["externalNetwork"]!);

        var again = await Run(Documents, "apply", "-f", "-");
        Assert.Equal(6, again.Out.Split('\n').Count(line => line.EndsWith("unchanged", StringComparison.Ordinal)));
        var gone = await Run(Documents, "delete", "-f", "-");
        Assert.True(gone.ExitCode == ExitCodes.Ok, gone.Out + gone.Error);
    }
}
