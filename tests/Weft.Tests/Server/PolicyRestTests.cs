using System.Net;
using System.Text.Json.Nodes;

namespace Weft.Tests.Server;

/// <summary>What the API does with policies and security groups beyond what all collections do.</summary>
public sealed class PolicyRestTests : IAsyncLifetime
{
    const string Policies = "/api/v1/policies";
    const string Allow = """{"action": "allow", "protocol": "tcp", "from": {"network": "front"}, "to": {"network": "back"}, "ports": [80, "8000-8100"]}""";

    TestServer server = null!;

    public async ValueTask InitializeAsync()
    {
        server = await TestServer.StartAsync();
        await server.Post("/api/v1/networks", """{"name": "front", "subnets": [{"prefix": "10.1.0.0/24"}]}""");
        await server.Post("/api/v1/networks", """{"name": "back", "subnets": [{"prefix": "10.2.0.0/24"}]}""");
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    Task<(HttpStatusCode Status, JsonNode Body, System.Net.Http.Headers.HttpResponseHeaders Headers)> Put(string name, string json) =>
        server.Send(HttpMethod.Put, $"{Policies}/{name}", json);

    [Fact]
    public async Task A_policy_is_told_as_it_was_given_with_number_and_ids()
    {
        var policy = await server.Post(Policies, $$"""{"name": "logs", "networks": ["front"], "rules": [{{Allow}}]}""");

        Assert.Equal(
            """{"id":1,"action":"allow","protocol":"tcp","from":{"network":"front"},"to":{"network":"back"},"ports":["80","8000-8100"],"reject":false,"log":false}""",
            policy["rules"]![0]!.ToJsonString());
        Assert.Equal((1, 100), ((int)policy["number"]!, (int)policy["priority"]!));
    }

    [Fact]
    public async Task Ten_thousand_rules_fit_into_one_request()
    {
        var rules = string.Join(',', Enumerable.Range(0, 10_000).Select(i =>
            $$"""{"action": "allow", "protocol": "tcp", "from": {"network": "front", "prefix": "10.1.0.{{i % 256}}/32"}, "to": {"network": "back"}, "ports": ["{{i + 1}}"]}"""));

        var (status, policy, _) = await Put("many", $$"""{"networks": ["front", "back"], "rules": [{{rules}}]}""");

        Assert.Equal(HttpStatusCode.Created, status);
        Assert.Equal(10_000, policy["rules"]!.AsArray().Count);
    }

    [Fact]
    public async Task Warnings_are_in_the_answer_to_a_write_and_nowhere_else()
    {
        const string Document = """{"networks": ["front"], "rules": [{"action": "allow", "to": {"network": "acme/back"}}]}""";

        var (_, created, _) = await Put("wish", Document);
        var (_, again, _) = await Put("wish", created.ToJsonString());
        var read = await server.Get($"{Policies}/wish");

        Assert.Equal("one-sided", (string?)created["warnings"]![0]!["code"]);
        Assert.Equal("one-sided", (string?)again["warnings"]![0]!["code"]);
        Assert.Equal((long)created["revision"]!, (long)again["revision"]!);
        Assert.Null(read["warnings"]);
    }

    [Fact]
    public async Task A_policy_that_both_projects_agree_on_has_no_warning()
    {
        await server.Post("/api/v1/projects", """{"name": "acme"}""");
        await server.Post("/api/v1/networks", """{"name": "far", "project": "acme", "subnets": [{"prefix": "10.9.0.0/24"}]}""");
        await Put("wish", """{"networks": ["front"], "rules": [{"action": "allow", "to": {"network": "acme/far"}}]}""");

        var (_, agreed, _) = await server.Send(
            HttpMethod.Put, $"{Policies}/yes?project=acme", """{"networks": ["far"], "rules": [{"action": "allow", "from": {"network": "default/front"}}]}""");

        Assert.DoesNotContain(agreed["warnings"]?.AsArray() ?? [], warning => (string?)warning!["code"] == "one-sided");
    }

    [Fact]
    public async Task What_ports_another_project_has_is_not_told_by_warnings()
    {
        await server.Post("/api/v1/projects", """{"name": "acme"}""");
        await server.Post("/api/v1/networks", """{"name": "far", "project": "acme", "subnets": [{"prefix": "10.9.0.0/24"}]}""");
        await server.Send(
            HttpMethod.Put, $"{Policies}/yes?project=acme", """{"networks": ["far"], "rules": [{"action": "allow", "from": {"network": "default/front"}}]}""");

        var (_, policy, _) = await Put(
            "wish", """{"networks": ["front"], "rules": [{"action": "allow", "from": {"network": "front", "labels": {"a": "b"}}, "to": {"network": "acme/far", "labels": {"a": "b"}}}]}""");

        Assert.Equal(["rules[0].from"], policy["warnings"]!.AsArray().Select(warning => (string?)warning!["path"]));
    }

    [Fact]
    public async Task A_policy_without_networks_is_told_to_do_nothing()
    {
        var (_, policy, _) = await Put("idle", $$"""{"rules": [{{Allow}}]}""");

        Assert.Contains(policy["warnings"]!.AsArray(), warning => (string?)warning!["path"] == "networks");
    }

    [Fact]
    public async Task A_group_that_was_just_made_is_not_told_that_no_port_has_it() =>
        Assert.Null((await server.Post("/api/v1/security-groups", """{"name": "web", "rules": [{"direction": "egress"}]}"""))["warnings"]);

    [Fact]
    public async Task Lint_of_a_project_names_the_documents()
    {
        await Put("idle", $$"""{"rules": [{{Allow}}]}""");

        var answer = await server.Get("/api/v1/lint");

        Assert.Equal("policy idle networks no-effect", string.Join(' ',
            new[] { "kind", "name", "path", "code" }.Select(field => (string?)answer["warnings"]![0]![field])));
    }

    [Fact]
    public async Task A_policy_may_be_called_lint()
    {
        await Put("lint", $$"""{"networks": ["front"], "rules": [{{Allow}}]}""");

        Assert.Equal("lint", (string?)(await server.Get($"{Policies}/lint"))["name"]);
        Assert.NotNull((await server.Get($"{Policies}/lint/lint"))["warnings"]);
    }

    [Fact]
    public async Task A_member_sees_and_lints_only_its_own_projects()
    {
        await server.Post("/api/v1/projects", """{"name": "acme"}""");
        var token = await server.Post("/api/v1/tokens", """{"name": "acme", "role": "member", "projects": ["acme"]}""");
        await Put("logs", $$"""{"networks": ["front"], "rules": [{{Allow}}]}""");
        using var member = server.OverTcp((string)token["secret"]!);

        var (list, page, _) = await server.Send(HttpMethod.Get, Policies, null, member);
        var (read, _, _) = await server.Send(HttpMethod.Get, $"{Policies}/logs", null, member);
        var (lint, _, _) = await server.Send(HttpMethod.Get, "/api/v1/lint?project=default", null, member);
        var (lintOne, _, _) = await server.Send(HttpMethod.Get, $"{Policies}/logs/lint", null, member);
        var (write, _, _) = await server.Send(HttpMethod.Put, $"{Policies}/logs", "{}", member);

        Assert.Equal((HttpStatusCode.OK, 0), (list, page["items"]!.AsArray().Count));
        Assert.Equal(
            [HttpStatusCode.NotFound, HttpStatusCode.Forbidden, HttpStatusCode.NotFound, HttpStatusCode.Forbidden],
            (HttpStatusCode[])[read, lint, lintOne, write]);
    }

    [Fact]
    public async Task The_description_of_the_api_has_the_questions()
    {
        var document = await server.Get("/openapi/v1.json");

        var paths = document["paths"]!.AsObject();
        Assert.All(["/api/v1/explain", "/api/v1/lint", "/api/v1/policies/{name}/lint", "/api/v1/security-groups/{name}/lint"],
            path => Assert.True(paths.ContainsKey(path), path));
        var rule = document["components"]!["schemas"]!["PolicyRule"]!["properties"]!["ports"]!;
        Assert.True(rule.ToJsonString().Contains("8000-8100"), rule.ToJsonString());
    }
}
