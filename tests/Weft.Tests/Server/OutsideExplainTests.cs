using System.Net;
using System.Text.Json.Nodes;
using Weft.Cli;
using Weft.Model.Resources;
using Weft.Server.Commits;
using Weft.Tests.Cli;

namespace Weft.Tests.Server;

/// <summary>Why a connection over the border passes or not; and what is said about rules for it.</summary>
public sealed class OutsideExplainTests(OutsideExplainTests.Prepared prepared) : IClassFixture<OutsideExplainTests.Prepared>
{
    public sealed class Prepared : IAsyncLifetime
    {
        internal TestServer Server { get; private set; } = null!;

        internal HttpClient Shop { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Server = await TestServer.StartAsync();
            await Put(new Node { Name = "h1", FabricAddress = IPAddress.Parse("192.0.2.1") });
            await Put(new Project { Name = "shop" });
            await Put(new ExternalNetwork { Name = "internet", Subnets = [new() { Prefix = IPNetwork.Parse("203.0.113.0/24") }] });
            await Put(Net("front", "10.1.0.0/24"), Net("back", "10.2.0.0/24"), Net("shut", "10.3.0.0/24"));
            await Put(Port("front", "web", "10.1.0.5"), Port("back", "db", "10.2.0.5"), Port("shut", "alone", "10.3.0.5"));
            await Put(Port("front", "shown", "10.1.0.6") with { Published = [new() { Protocol = "tcp", Ports = new(8080, 8080), TargetPort = 80 }] });
            await Put(new Router { Name = "r1", Networks = ["front", "back"], ExternalGateway = new() { ExternalNetwork = "internet" } });
            await Put(new FloatingIp { Name = "fip", ExternalNetwork = "internet", Port = "web", Address = IPAddress.Parse("203.0.113.7") });
            await Put(new Policy
            {
                Name = "site",
                Networks = ["front"],
                Rules =
                [
                    new() { Action = Policy.Allow, Protocol = "tcp", From = new() { ExternalNetwork = "internet" }, Ports = [new(443, 443)] },
                ],
            });
            var token = await Server.Post("/api/v1/tokens", """{"name": "shop", "role": "member", "projects": ["shop"]}""");
            Shop = Server.OverTcp((string)token["secret"]!);
        }

        public async ValueTask DisposeAsync()
        {
            Shop.Dispose();
            await Server.DisposeAsync();
        }

        async Task Put(params Resource[] resources)
        {
            foreach (var resource in resources)
            {
                var outcome = await Server.Cluster.ApplyAsync(new Write.Put(resource), TestContext.Current.CancellationToken);
                Assert.True(outcome is Outcome.Committed, outcome.Describe());
            }
        }

        static Network Net(string name, string prefix) => new() { Name = name, Subnets = [new() { Prefix = IPNetwork.Parse(prefix) }] };

        static Port Port(string network, string name, string address) =>
            new() { Network = network, Name = name, Addresses = [IPAddress.Parse(address)], Node = "h1" };
    }

    const string Client = """{"address": "198.51.100.7", "externalNetwork": "internet"}""";

    static string Tcp(string from, string to, int port) => $$"""{"from": {{from}}, "to": {{to}}, "protocol": "tcp", "port": {{port}} }""";

    static string At(string port) => $$"""{"port": "{{port}}"}""";

    async Task<(string Verdict, string Summary, JsonNode Answer)> Ask(string question)
    {
        var (status, answer, _) = await prepared.Server.Send(HttpMethod.Post, "/api/v1/explain", question);
        Assert.True(status == HttpStatusCode.OK, answer.ToJsonString());
        return ((string)answer["verdict"]!, (string)answer["summary"]!, answer);
    }

    [Fact]
    public async Task Whom_a_rule_lets_in_from_outside_gets_in()
    {
        var (verdict, summary, _) = await Ask(Tcp(Client, At("web"), 443));

        Assert.Equal("allowed", verdict);
        Assert.Equal("Allowed by rule 1 (rules[0]) of policy default/site: allow tcp from external network internet to any port 443.", summary);
    }

    [Fact]
    public async Task What_no_rule_lets_in_is_denied_with_the_rule_that_would()
    {
        var (verdict, _, answer) = await Ask(Tcp(Client, At("web"), 80));

        Assert.Equal("denied", verdict);
        Assert.Equal(
            "add to policy site in project default: allow tcp from external network internet to network front port 80",
            (string)Assert.Single(answer["changes"]!.AsArray())!["text"]!);
    }

    [Fact]
    public async Task What_nothing_outside_leads_to_has_no_route()
    {
        var (verdict, summary, _) = await Ask(Tcp(Client, At("db"), 443));

        Assert.Equal("no-route", verdict);
        Assert.Contains("nothing in external network internet leads to port default/db", summary);
    }

    [Fact]
    public async Task A_router_is_a_way_out_and_that_is_the_permission()
    {
        var (verdict, summary, _) = await Ask(Tcp(At("db"), Client, 443));

        Assert.Equal(("allowed", "Allowed: no rule fits, and network default/back has a way out to external network internet."), (verdict, summary));
    }

    [Fact]
    public async Task A_network_without_a_way_out_is_told_how_to_get_one()
    {
        var (verdict, summary, answer) = await Ask(Tcp(At("alone"), Client, 443));

        Assert.Equal(("no-route", "No route: network default/shut has no way out to external network internet."), (verdict, summary));
        Assert.Contains("an external gateway to external network internet", answer["changes"]!.ToJsonString());
    }

    [Fact]
    public async Task A_published_port_lets_in_by_itself()
    {
        var question = Tcp("""{"address": "198.51.100.7", "externalNetwork": "outside"}""", At("shown"), 80);

        Assert.Equal("allowed", (await Ask(question)).Verdict);
    }

    [Fact]
    public async Task What_a_router_allows_between_networks_names_the_router()
    {
        var (verdict, summary, answer) = await Ask(Tcp(At("web"), At("db"), 5432));

        Assert.Equal(("allowed", "Allowed by router default/r1: allow any from any both ways to any."), (verdict, summary));
        Assert.Equal("router", (string)answer["gates"]![0]!["rule"]!["kind"]!);
    }

    [Theory]
    [InlineData("""{"externalNetwork": "internet"}""", "from.address")]
    [InlineData("""{"externalNetwork": "none", "address": "198.51.100.7"}""", "from.externalNetwork")]
    [InlineData("""{"externalNetwork": "internet", "port": "web"}""", "from.externalNetwork")]
    public async Task What_is_not_there_is_told_by_its_place(string from, string place)
    {
        var (status, answer, _) = await prepared.Server.Send(HttpMethod.Post, "/api/v1/explain", Tcp(from, At("web"), 443));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Equal(place, (string)Assert.Single(answer["faults"]!.AsArray())!["path"]!);
    }

    [Fact]
    public async Task Another_projects_way_in_is_not_told()
    {
        var (status, answer, _) = await prepared.Server.Send(
            HttpMethod.Post, "/api/v1/explain",
            $$"""{"project": "shop", "from": {{Client}}, "to": {"address": "10.1.0.5", "network": "default/front"}, "port": 443}""", prepared.Shop);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.DoesNotContain("policy", answer.ToJsonString());
    }

    [Fact]
    public async Task Rules_about_outside_are_warned_of_only_where_there_is_no_way()
    {
        async Task<string> WarningsOf(string network, string external)
        {
            var (_, answer, _) = await prepared.Server.Send(HttpMethod.Put, "/api/v1/policies/tried",
                $$"""{"networks": ["{{network}}"], "rules": [{"action": "allow", "from": {"externalNetwork": "{{external}}"} }] }""");
            return answer["warnings"]?.ToJsonString() ?? "";
        }

        Assert.Equal("", await WarningsOf("back", "internet"));
        Assert.Contains("no-effect", await WarningsOf("shut", "internet"));
        await prepared.Server.Send(HttpMethod.Delete, "/api/v1/policies/tried");
    }

    [Fact]
    public async Task The_command_asks_about_outside()
    {
        var run = await CliRun.OfAsync(
            ["explain", "--from", "198.51.100.7", "--from-external", "internet", "--to", "web", "--port", "443"], "",
            new Dictionary<string, string> { ["WEFT_SERVER"] = prepared.Server.Socket }, TestContext.Current.CancellationToken);

        Assert.Equal(ExitCodes.Ok, run.ExitCode);
        Assert.Contains("external internet", run.Out);
    }
}
