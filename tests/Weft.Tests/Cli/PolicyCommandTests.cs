using System.Text.Json.Nodes;
using Weft.Cli;
using Weft.Tests.Server;

namespace Weft.Tests.Cli;

/// <summary>Policies and security groups on the command line, against a whole server.</summary>
public sealed class PolicyCommandTests : IAsyncLifetime
{
    TestServer server = null!;

    public async ValueTask InitializeAsync()
    {
        server = await TestServer.StartAsync();
        await Ok("network", "create", "frontend", "--subnet", "10.1.0.0/24");
        await Ok("network", "create", "management", "--subnet", "10.3.0.0/24");
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

    Task<string> MakeLogs() => Ok(
        "policy", "create", "logs", "--network", "frontend", "--network", "management",
        "--rule", "allow tcp frontend -> management 514", "--rule", "deny tcp frontend -> management 22 reject log");

    [Fact]
    public async Task A_policy_is_created_and_shown_with_its_rules()
    {
        Assert.Equal("policy/logs created\n", await MakeLogs());

        var shown = await Ok("policy", "show", "logs");

        Assert.Matches("\n1 +allow tcp frontend -> management 514 +-\n", shown);
        Assert.Matches("\n2 +deny tcp frontend -> management 22 reject log +-\n", shown);
    }

    [Fact]
    public async Task Policies_are_listed_with_networks_and_number_of_rules()
    {
        await MakeLogs();

        Assert.Matches("^NAME +PRIORITY +NETWORKS +RULES .*\nlogs +100 +frontend,management +2 ", await Ok("get", "policies"));
    }

    [Fact]
    public async Task Rules_are_added_at_a_place_and_removed_by_id()
    {
        await MakeLogs();
        await Ok("policy", "rule", "add", "logs", "allow icmp frontend -> management", "allow udp frontend -> management 514", "--before", "2");
        await Ok("policy", "rule", "add", "logs", "deny udp frontend -> management 1", "--position", "0");
        await Ok("policy", "rule", "remove", "logs", "1", "3");

        var policy = JsonNode.Parse(await Ok("policy", "show", "logs", "-o", "json"))!;

        Assert.Equal([5, 4, 2], policy["rules"]!.AsArray().Select(rule => (int)rule!["id"]!));
    }

    [Fact]
    public async Task A_rule_that_is_not_there_is_not_removed()
    {
        await MakeLogs();

        var run = await Run("", "policy", "rule", "remove", "logs", "1", "77");

        Assert.Equal((ExitCodes.NotFound, "error: the policy has no rule with id 77\n"), (run.ExitCode, run.Error));
    }

    [Fact]
    public async Task A_rule_that_cannot_be_read_is_wrong_usage()
    {
        var run = await Run("", "policy", "create", "logs", "--rule", "allow tcp frontend management 514");

        Assert.Equal(ExitCodes.Usage, run.ExitCode);
        Assert.Contains("--rule 'allow tcp frontend management 514': 'management' is a second network of one side", run.Error);
    }

    [Fact]
    public async Task Rules_come_from_a_file_too()
    {
        var run = await Run(
            "# logs\nallow tcp frontend -> management 514\n\nallow udp frontend -> management 514 # and these\n",
            "policy", "create", "logs", "--network", "frontend", "--rule-file", "-");

        Assert.Equal("policy/logs created\n", run.Out);
        Assert.Contains("allow udp frontend -> management 514", await Ok("policy", "show", "logs"));
    }

    [Fact]
    public async Task A_rule_of_a_file_that_cannot_be_read_is_told_with_its_line()
    {
        var run = await Run("allow tcp a -> b\nallow\n", "policy", "create", "logs", "--rule-file", "-");

        Assert.Equal(ExitCodes.Failure, run.ExitCode);
        Assert.Contains("  -:2: -> or <->", run.Error);
    }

    [Fact]
    public async Task What_is_probably_not_meant_is_said_on_standard_error()
    {
        var run = await Run("", "policy", "create", "logs", "--network", "frontend", "--rule", "allow tcp frontend -> acme/logs 514");

        Assert.Equal((ExitCodes.Ok, "policy/logs created\n"), (run.ExitCode, run.Out));
        Assert.Contains("warning: policy/logs: rules[0]: joins nothing until project acme agrees", run.Error);
        Assert.Contains("(one-sided)", run.Error);
    }

    [Fact]
    public async Task Warnings_are_not_stored_and_do_not_come_back()
    {
        var made = await Run("", "policy", "create", "logs", "--network", "frontend", "--rule", "allow tcp frontend -> acme/logs 514", "-o", "yaml");

        Assert.Equal("policy/logs unchanged\n", (await Run(made.Out, "apply", "-f", "-")).Out);
        Assert.DoesNotContain("warnings", await Ok("policy", "show", "logs", "-o", "yaml"));
    }

    [Fact]
    public async Task Lint_ends_with_a_code_of_its_own_when_it_finds_something()
    {
        await MakeLogs();
        await Run("", "policy", "create", "wish", "--network", "frontend", "--rule", "allow tcp frontend -> acme/logs 514");

        var run = await Run("", "policy", "lint");

        Assert.Equal(ExitCodes.Failure, run.ExitCode);
        Assert.Matches("\npolicy/wish +rules\\[0\\] +one-sided +joins nothing", run.Out);
    }

    [Fact]
    public async Task A_security_group_is_created_changed_and_given_to_a_port()
    {
        await Ok("security-group", "create", "web", "--rule", "ingress tcp 80,443", "--rule", "egress any");
        await Ok("security-group", "rule", "add", "web", "ingress icmp from group web");
        await Ok("security-group", "rule", "remove", "web", "2");
        await Ok("port", "create", "web-1", "--network", "frontend", "--security-group", "web");

        Assert.Matches("\n1 +ingress tcp 80,443 from any +-\n3 +ingress icmp from group web +-\n", await Ok("security-group", "show", "web"));
        Assert.Equal("[\"web\"]", JsonNode.Parse(await Ok("port", "show", "web-1", "-o", "json"))!["securityGroups"]!.ToJsonString());
        await Ok("port", "update", "web-1", "--no-security-groups");
        Assert.Equal("[]", JsonNode.Parse(await Ok("port", "show", "web-1", "-o", "json"))!["securityGroups"]!.ToJsonString());
    }

    [Fact]
    public async Task Documents_that_name_each_other_in_a_circle_are_applied_and_deleted()
    {
        const string Documents = """
            {kind: port, name: db, project: acme, network: backend}
            ---
            {kind: policy, name: p, project: acme, networks: [backend], rules: [{action: allow, protocol: tcp, to: {network: other}, ports: [80, 8000-8100]}]}
            ---
            {kind: security-group, name: web, project: acme, rules: [{direction: ingress, remoteGroup: base}]}
            ---
            {kind: security-group, name: base, project: acme, rules: [{direction: ingress, protocol: 6, ports: [80]}]}
            ---
            {kind: network, name: backend, project: acme, subnets: [{prefix: 10.2.0.0/24}]}
            ---
            {kind: network, name: other, project: acme, subnets: [{prefix: 10.9.0.0/24}]}
            ---
            {kind: project, name: acme, defaultSecurityGroup: base}
            """;

        var applied = await Run(Documents, "apply", "-f", "-");
        var again = await Run(Documents, "apply", "-f", "-");
        var port = await Ok("port", "show", "db", "--project", "acme", "-o", "yaml");
        var deleted = await Run(Documents, "delete", "-f", "-");

        Assert.Equal(
            "project/acme created\nsecurity-group/web created\nsecurity-group/base created\nnetwork/backend created\n"
            + "network/other created\nport/db created\npolicy/p created\n", applied.Out);
        Assert.All(again.Out.TrimEnd().Split('\n'), line => Assert.EndsWith("unchanged", line));
        Assert.Contains("- base\n", port);
        Assert.True(deleted.ExitCode == ExitCodes.Ok, deleted.Error);
    }

    [Fact]
    public async Task Ids_of_rules_are_completed_from_the_server()
    {
        await MakeLogs();
        const string Line = "weft policy rule remove logs ";

        Assert.Equal(["1", "2"], (await Ok($"[suggest:{Line.Length}]", Line)).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(word => char.IsAsciiDigit(word[0])));
    }
}
