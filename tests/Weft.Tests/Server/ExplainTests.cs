using System.Net;
using System.Text.Json.Nodes;
using Weft.Cli;
using Weft.Model.Resources;
using Weft.Server.Commits;
using Weft.Tests.Cli;

namespace Weft.Tests.Server;

/// <summary>Why a connection passes or not, as people and programs ask.</summary>
public sealed class ExplainTests(ExplainTests.Prepared prepared) : IClassFixture<ExplainTests.Prepared>
{
    const string Path = "/api/v1/explain";

    public sealed class Prepared : IAsyncLifetime
    {
        internal TestServer Server { get; private set; } = null!;

        internal HttpClient Shop { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Server = await TestServer.StartAsync();
            await Put(new Node { Name = "h1", FabricAddress = IPAddress.Parse("192.0.2.1") });
            await Put(new Node { Name = "h2", FabricAddress = IPAddress.Parse("192.0.2.2") });
            await Put(new Project { Name = "shop" });
            await Put(new SecurityGroup { Name = "logs", Rules = [new() { Direction = SecurityGroup.Ingress, Protocol = "tcp", Ports = [new(514, 514)] }] });
            await Put(Net("default", "frontend", "10.1.0.0/24"), Net("default", "management", "10.3.0.0/24"), Net("default", "island", "10.4.0.0/24"));
            await Put(Net("shop", "web", "10.8.0.0/24"), Net("shop", "back", "10.9.0.0/24"));
            await Put(Port("default", "frontend", "web-1", "10.1.0.11", "h1"), Port("default", "management", "syslog-1", "10.3.0.10", "h2"));
            await Put(Port("default", "island", "alone", "10.4.0.9", "h1"), Port("shop", "web", "shop-1", "10.8.0.5", "h2"));
            await Put(Port("default", "management", "closed", "10.3.0.20", "h2") with { SecurityGroups = ["logs"] });
            await Put(new Policy
            {
                Name = "logs",
                Networks = ["frontend", "management"],
                Rules =
                [
                    Rule(Policy.Deny, "frontend", "management", 22) with { Reject = true },
                    Rule(Policy.Allow, "frontend", "management", 514),
                    Rule(Policy.Allow, "frontend", "management", 80),
                    Rule(Policy.Allow, "shop/web", "frontend", 443),
                ],
            });
            await Put(new Policy { Name = "out", Project = "shop", Networks = ["web"], Rules = [Rule(Policy.Allow, "web", "default/frontend", 443)] });
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

        static Network Net(string project, string name, string prefix) =>
            new() { Project = project, Name = name, Subnets = [new() { Prefix = IPNetwork.Parse(prefix) }] };

        static Port Port(string project, string network, string name, string address, string node) =>
            new() { Project = project, Network = network, Name = name, Addresses = [IPAddress.Parse(address)], Node = node };

        static PolicyRule Rule(string action, string from, string to, ushort port) => new()
        {
            Action = action,
            Protocol = "tcp",
            From = new() { Network = from },
            To = new() { Network = to },
            Ports = [new(port, port)],
        };
    }

    async Task<JsonNode> Ask(string question, HttpClient? client = null)
    {
        var (status, answer, _) = await prepared.Server.Send(HttpMethod.Post, Path, question, client);
        Assert.True(status == HttpStatusCode.OK, answer.ToJsonString());
        return answer;
    }

    static string Tcp(string from, string to, int port, string project = "default") =>
        $$"""{"project": "{{project}}", "from": {{from}}, "to": {{to}}, "protocol": "tcp", "port": {{port}}}""";

    const string Web = """{"port": "web-1"}""";
    const string Syslog = """{"port": "syslog-1"}""";

    [Fact]
    public async Task What_passes_is_explained_with_the_rule_that_let_it_pass()
    {
        var answer = await Ask(Tcp(Web, Syslog, 514));

        Assert.Equal("allowed", (string?)answer["verdict"]);
        Assert.Equal(("logs", 2), ((string?)answer["gates"]![0]!["rule"]!["set"], (int)answer["gates"]![0]!["rule"]!["id"]!));
    }

    [Fact]
    public async Task Both_nodes_say_what_they_do() => Assert.Equal(
        ["h1 sender allowed", "h2 receiver allowed"],
        (await Ask(Tcp(Web, Syslog, 514)))["nodes"]!.AsArray().Select(node => $"{node!["node"]} {node["role"]} {node["verdict"]}"));

    [Fact]
    public async Task What_a_rule_denies_is_explained_with_the_rule_and_what_would_have_to_change()
    {
        var answer = await Ask(Tcp(Web, Syslog, 22));

        Assert.Equal(("denied", true), ((string?)answer["verdict"], (bool)answer["reject"]!));
        Assert.Contains("put before rules[0] of policy logs", (string?)answer["changes"]![0]!["text"]);
    }

    [Fact]
    public async Task What_no_rule_fits_is_explained_so() =>
        Assert.Contains("no rule of the policies of project default fits", (string?)(await Ask(Tcp(Web, Syslog, 23)))["summary"]);

    [Fact]
    public async Task What_a_security_group_does_not_allow_is_explained_with_the_group()
    {
        var answer = await Ask(Tcp(Web, """{"port": "closed"}""", 80));

        Assert.Equal("denied", (string?)answer["verdict"]);
        Assert.Contains("security group logs", (string?)answer["changes"]![0]!["text"]);
    }

    [Fact]
    public async Task Networks_that_are_not_joined_have_no_route() =>
        Assert.Equal("no-route", (string?)(await Ask(Tcp(Web, """{"port": "alone"}""", 80)))["verdict"]);

    [Fact]
    public async Task An_address_is_found_by_its_prefix() => Assert.Equal(
        "default/syslog-1", (string?)(await Ask(Tcp(Web, """{"address": "10.3.0.10"}""", 514)))["to"]!["port"]);

    [Fact]
    public async Task A_port_of_another_project_is_named_with_it() =>
        Assert.Equal("allowed", (string?)(await Ask(Tcp("""{"port": "shop/shop-1"}""", Web, 443)))["verdict"]);

    public static TheoryData<string, string> BadQuestions() => new()
    {
        { "{}", "from" },
        { """{"from": {"port": "none"}}""", "from.port" },
        { Tcp(Web, "{}", 22), "to" },
        { Tcp(Web, """{"address": "10.77.0.1"}""", 22), "to.network" },
        { Tcp(Web, """{"address": "10.3.0.10", "network": "none"}""", 22), "to.network" },
        { Tcp(Web, """{"port": "syslog-1", "address": "10.3.0.11"}""", 22), "to.address" },
        { Tcp(Web, """{"address": "fd00::1", "network": "management"}""", 22), "to" },
        { Tcp(Web, Syslog, 0), "port" },
        { Tcp(Web, Syslog, 65536), "port" },
        { $$"""{"from": {{Web}}, "to": {{Syslog}}}""", "port" },
        { $$"""{"from": {{Web}}, "to": {{Syslog}}, "protocol": "tpc"}""", "protocol" },
        { $$"""{"from": {{Web}}, "to": {{Syslog}}, "protocol": "gre", "port": 5}""", "port" },
        { $$"""{"from": {{Web}}, "to": {{Syslog}}, "protocol": "icmp", "icmpType": "none"}""", "icmpType" },
        { $$"""{"from": {{Web}}, "to": {{Syslog}}, "protocol": "tcp", "port": 5, "icmpType": "8"}""", "icmpType" },
        { $$"""{"from": {{Web}}, "to": {{Syslog}}, "protocol": "icmpv6"}""", "to" },
    };

    [Theory]
    [MemberData(nameof(BadQuestions))]
    public async Task A_question_that_names_what_is_not_there_is_refused_with_its_place(string question, string path)
    {
        var (status, problem, _) = await prepared.Server.Send(HttpMethod.Post, Path, question);

        Assert.True(HttpStatusCode.UnprocessableEntity == status, problem.ToJsonString());
        Assert.Contains(problem["faults"]!.AsArray(), fault => (string?)fault!["path"] == path);
    }

    const string Own = """{"port": "shop-1"}""";

    static string Theirs(string address, string network = "default/frontend") => $$"""{"address": "{{address}}", "network": "{{network}}"}""";

    [Fact]
    public async Task A_member_learns_the_verdict_but_nothing_of_the_other_projects_ports_and_rules()
    {
        var answer = await Ask(Tcp(Own, Theirs("10.1.0.11"), 443, "shop"), prepared.Shop);

        Assert.Equal("allowed", (string?)answer["verdict"]);
        var text = answer.ToJsonString();
        Assert.All(["web-1", "h1", "logs"], hidden => Assert.DoesNotContain(hidden, text));
        Assert.Contains("\"out\"", text);
    }

    [Fact]
    public async Task What_the_other_project_denies_is_said_without_its_rules()
    {
        var answer = await Ask(Tcp("""{"address": "10.1.0.11", "network": "default/frontend"}""", Own, 443, "shop"), prepared.Shop);

        Assert.Equal("denied", (string?)answer["verdict"]);
        Assert.All(["web-1", "h1", "logs"], hidden => Assert.DoesNotContain(hidden, answer.ToJsonString()));
    }

    [Theory]
    [InlineData("default/management", "10.3.0.10")]
    [InlineData("default/none", "10.3.0.10")]
    [InlineData("nowhere/none", "10.3.0.10")]
    [InlineData("default/management", "10.77.0.1")]
    public async Task What_is_not_joined_looks_the_same_whether_it_exists_or_not(string network, string address)
    {
        var answer = await Ask(Tcp(Own, Theirs(address, network), 443, "shop"), prepared.Shop);

        Assert.Equal(
            $"no-route No route: networks shop/web and {network} are not joined. 0 0",
            $"{answer["verdict"]} {answer["summary"]} {answer["gates"]!.AsArray().Count} {answer["nodes"]!.AsArray().Count}");
    }

    [Fact]
    public async Task A_member_cannot_ask_for_ports_of_another_project_by_name()
    {
        var (status, problem, _) = await prepared.Server.Send(
            HttpMethod.Post, Path, Tcp(Own, """{"port": "default/web-1"}""", 443, "shop"), prepared.Shop);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains("may not see ports of project default", (string?)problem["detail"]);
    }

    [Fact]
    public async Task A_member_cannot_ask_about_two_other_projects()
    {
        var (status, _, _) = await prepared.Server.Send(
            HttpMethod.Post, Path, Tcp(Theirs("10.1.0.11"), Theirs("10.3.0.10", "default/management"), 514, "shop"), prepared.Shop);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
    }

    [Theory]
    [InlineData("514", ExitCodes.Ok, "allowed\n  Allowed by rule 2 (rules[1]) of policy default/logs")]
    [InlineData("22", ExitCodes.Refused, "denied\n  Rejected by rule 1 (rules[0]) of policy default/logs")]
    public async Task The_command_line_says_it_in_words_and_by_its_exit_code(string port, int code, string text)
    {
        var run = await CliRun.OfAsync(
            ["explain", "--from", "web-1", "--to", "syslog-1", "--port", port], "",
            new Dictionary<string, string> { ["WEFT_SERVER"] = prepared.Server.Socket }, TestContext.Current.CancellationToken);

        Assert.Equal(code, run.ExitCode);
        Assert.Contains(text, run.Out);
        Assert.Contains("default/syslog-1", run.Out);
    }
}
