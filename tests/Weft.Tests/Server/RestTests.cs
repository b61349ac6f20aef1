using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Weft.Tests.Server;

public sealed class RestTests
{
    const string Networks = "/api/v1/networks";
    const string Ports = "/api/v1/ports";

    [Fact]
    public async Task A_network_is_created_read_changed_and_deleted()
    {
        await using var server = await TestServer.StartAsync();

        var (created, network, headers) = await server.Send(
            HttpMethod.Post, Networks, """{"name": "front", "subnets": [{"prefix": "10.1.0.0/24"}], "labels": {"tier": "web"}}""");
        var location = headers.Location!.ToString();
        var read = await server.Get(location);
        var (changed, after, _) = await server.Send(
            HttpMethod.Put, location, """{"name": "front", "internal": true}""", null, ("If-Match", headers.ETag!.Tag));
        var byUid = await server.Get($"{Networks}/{network["uid"]}");
        var (deleted, _, _) = await server.Send(HttpMethod.Delete, location);
        var (gone, problem, _) = await server.Send(HttpMethod.Get, location);

        Assert.Equal(HttpStatusCode.Created, created);
        Assert.Equal("/api/v1/networks/front?project=default", location);
        Assert.Equal($"\"{network["revision"]}\"", headers.ETag!.Tag);
        Assert.Equal(network.ToJsonString(), read.ToJsonString());
        Assert.Equal("10.1.0.1", (string?)network["subnets"]![0]!["gateway"]);
        Assert.Equal("network", (string?)network["kind"]);
        Assert.Equal(HttpStatusCode.OK, changed);
        Assert.True((bool)after["internal"]!);
        Assert.Equal((string?)network["uid"], (string?)after["uid"]);
        Assert.Equal((long)network["vni"]!, (long)after["vni"]!);
        Assert.Equal(after.ToJsonString(), byUid.ToJsonString());
        Assert.Equal(HttpStatusCode.OK, deleted);
        Assert.Equal(HttpStatusCode.NotFound, gone);
        Assert.Equal("there is no network 'front' in project default", (string?)problem["detail"]);
    }

    [Fact]
    public async Task An_old_etag_is_refused_and_changes_nothing()
    {
        await using var server = await TestServer.StartAsync();
        var network = await server.Post(Networks, """{"name": "front"}""");
        var tag = $"\"{network["revision"]}\"";
        await server.Send(HttpMethod.Put, $"{Networks}/front", """{"mtu": 1400}""");

        var (put, _, _) = await server.Send(HttpMethod.Put, $"{Networks}/front", """{"mtu": 1300}""", null, ("If-Match", tag));
        var (delete, _, _) = await server.Send(HttpMethod.Delete, $"{Networks}/front", null, null, ("If-Match", tag));
        var (create, _, _) = await server.Send(HttpMethod.Put, $"{Networks}/front", "{}", null, ("If-None-Match", "*"));
        var (replace, _, _) = await server.Send(HttpMethod.Put, $"{Networks}/none", "{}", null, ("If-Match", "*"));

        Assert.All([put, delete, create, replace], status => Assert.Equal(HttpStatusCode.PreconditionFailed, status));
        Assert.Equal(1400, (int)(await server.Get($"{Networks}/front"))["mtu"]!);
    }

    [Fact]
    public async Task A_put_that_says_what_is_there_keeps_the_revision()
    {
        await using var server = await TestServer.StartAsync();
        var first = await server.Post(Networks, """{"name": "front"}""");

        var (status, second, _) = await server.Send(HttpMethod.Put, $"{Networks}/front", first.ToJsonString());

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal((long)first["revision"]!, (long)second["revision"]!);
    }

    public static TheoryData<string, string, string, int, string> BadInput() => new()
    {
        { "POST", Networks, "{", 400, "" },
        { "POST", Networks, "[]", 400, "" },
        { "POST", Networks, "null", 400, "" },
        { "POST", Networks, """{"name": "a", "colour": "red"}""", 400, "colour" },
        { "POST", Networks, """{"name": "a", "name": "b"}""", 400, "name" },
        { "POST", Networks, """{"name": null}""", 400, "name" },
        { "POST", Networks, """{"name": 5}""", 400, "name" },
        { "POST", Networks, """{"kind": "port", "name": "a"}""", 400, "kind" },
        { "POST", Networks, """{"name": "a", "mtu": "many"}""", 400, "mtu" },
        { "POST", Networks, """{"name": "a", "subnets": [{"prefix": "10.1.0.5/24"}]}""", 400, "subnets[0].prefix" },
        { "POST", Networks, """{"name": "a", "subnets": [{"prefix": "10.1.0.0"}]}""", 400, "subnets[0].prefix" },
        { "POST", Networks, """{"name": "a", "subnets": [{"prefix": "10.1.0.0/24", "gateway": "10.1"}]}""", 400, "subnets[0].gateway" },
        { "POST", Networks, """{"name": "a", "subnets": [{}]}""", 422, "subnets[0].prefix" },
        { "POST", Networks, """{"name": "a", "subnets": [null]}""", 422, "subnets[0]" },
        { "POST", Networks, "{}", 422, "name" },
        { "POST", Networks, """{"name": "-a"}""", 422, "name" },
        { "POST", Networks, """{"name": "a", "project": "nowhere"}""", 422, "project" },
        { "POST", Networks, """{"name": "a", "vni": 16777216}""", 422, "vni" },
        { "POST", Networks, """{"name": "a", "vni": 77}""", 409, "vni" },
        { "POST", Networks, """{"name": "there"}""", 409, "name" },
        { "POST", Networks, """{"name": "a", "mtu": 1000, "subnets": [{"prefix": "fd00::/64"}]}""", 422, "mtu" },
        { "POST", Networks, """{"name": "a", "subnets": [{"prefix": "10.1.0.0/24"}, {"prefix": "10.1.0.0/25"}]}""", 422, "subnets[1].prefix" },
        { "POST", Networks, """{"name": "a", "subnets": [{"prefix": "127.0.0.0/8"}]}""", 422, "subnets[0].prefix" },
        { "POST", Networks, """{"name": "a", "subnets": [{"prefix": "10.1.0.0/31"}]}""", 422, "subnets[0].prefix" },
        { "POST", Networks, """{"name": "a", "subnets": [{"prefix": "10.1.0.0/24", "gateway": "10.1.0.255"}]}""", 422, "subnets[0].gateway" },
        { "POST", Networks, """{"name": "a", "subnets": [{"prefix": "10.1.0.0/24", "pools": []}]}""", 422, "subnets[0].pools" },
        { "POST", Networks, """{"name": "a", "subnets": [{"prefix": "10.1.0.0/24", "pools": [{"start": "10.1.0.9", "end": "10.2.0.1"}]}]}""", 422, "subnets[0].pools[0].end" },
        { "POST", Networks, """{"name": "a", "labels": {"": "x"}}""", 422, "labels['']" },
        { "PUT", $"{Networks}/there", """{"vni": 78}""", 422, "vni" },
        { "PUT", $"{Networks}/there", """{"name": "here"}""", 400, "name" },
        { "PUT", $"{Networks}/there", """{"uid": "11111111-1111-1111-1111-111111111111"}""", 409, "uid" },
        { "POST", Ports, "{}", 422, "network" },
        { "POST", Ports, """{"network": "none"}""", 422, "network" },
        { "POST", Ports, """{"network": "there", "node": "none"}""", 422, "node" },
        { "POST", Ports, """{"network": "there", "addresses": ["10.9.0.1"]}""", 422, "addresses[0]" },
        { "POST", Ports, """{"network": "there", "addresses": ["10.1.0.1"]}""", 422, "addresses[0]" },
        { "POST", Ports, """{"network": "there", "addresses": ["10.1.0.255"]}""", 422, "addresses[0]" },
        { "POST", Ports, """{"network": "there", "addresses": ["10.1.0.9"]}""", 409, "addresses[0]" },
        { "POST", Ports, """{"network": "there", "addresses": ["10.1.0.8", "10.1.0.8"]}""", 422, "addresses[1]" },
        { "POST", Ports, """{"network": "there", "addresses": ["1"]}""", 400, "addresses[0]" },
        { "POST", Ports, """{"network": "there", "addresses": "10.1.0.8"}""", 400, "addresses" },
        { "POST", Ports, """{"network": "there", "macAddress": "01:00:5e:00:00:01"}""", 422, "macAddress" },
        { "POST", Ports, """{"network": "there", "macAddress": "nonsense"}""", 400, "macAddress" },
        { "POST", Ports, """{"network": "there", "macAddress": "02:00:00:00:00:09"}""", 409, "macAddress" },
        { "POST", Ports, """{"network": "there", "aliases": ["a..b"]}""", 422, "aliases[0]" },
        { "PUT", $"{Ports}/taken", """{"network": "other"}""", 422, "network" },
        { "POST", "/api/v1/addresses", """{"network": "there", "address": "10.1.0.9"}""", 409, "address" },
        { "PUT", "/api/v1/addresses/mine", """{"network": "there", "address": "10.1.0.7"}""", 422, "name" },
        { "POST", "/api/v1/projects", """{"name": "Übel"}""", 422, "name" },
        { "DELETE", "/api/v1/projects/default", "", 409, "name" },
        { "POST", "/api/v1/tokens", """{"name": "t", "role": "king"}""", 422, "role" },
        { "POST", "/api/v1/tokens", """{"name": "t", "role": "member"}""", 422, "projects" },
        { "POST", "/api/v1/tokens", """{"name": "t", "role": "admin", "secret": "1234"}""", 400, "secret" },
        { "POST", "/api/v1/tokens", """{"name": "t", "role": "admin", "expiresAt": "2001-01-01T00:00:00Z"}""", 422, "expiresAt" },
        { "GET", $"{Networks}?limit=0", "", 400, "limit" },
        { "GET", $"{Ports}?marker=x", "", 400, "marker" },
        { "GET", $"{Ports}?watch=true&revision=99999", "", 400, "revision" },
    };

    [Fact]
    public async Task Every_bad_input_names_its_field_and_changes_nothing()
    {
        await using var server = await TestServer.StartAsync();
        await server.Post(Networks, """{"name": "there", "vni": 77, "subnets": [{"prefix": "10.1.0.0/24"}]}""");
        await server.Post(Networks, """{"name": "other"}""");
        await server.Post(Ports, """{"name": "taken", "network": "there", "addresses": ["10.1.0.9"], "macAddress": "02:00:00:00:00:09"}""");
        var revision = server.Cluster.Current.Revision;

        foreach (var row in BadInput())
        {
            var (method, path, json, expected, fault) = row.Data;
            var (status, problem, _) = await server.Send(new(method), path, json.Length > 0 ? json : null);
            var context = $"{method} {path} {json}: {(int)status} {problem.ToJsonString()}";
            Assert.True(expected == (int)status, context);
            Assert.True(((JsonArray)problem["faults"]!).Any(found => (string?)found!["path"] == fault), context);
            Assert.False(string.IsNullOrEmpty((string?)problem["detail"]), context);
        }

        Assert.Equal(revision, server.Cluster.Current.Revision);
    }

    [Fact]
    public async Task Malformed_json_is_answered_with_its_line()
    {
        await using var server = await TestServer.StartAsync();

        var (status, problem, _) = await server.Send(HttpMethod.Post, Networks, "{\n  \"name\": \"a\",\n  \"mtu\": x\n}");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("line 3", (string?)problem["detail"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/api/v1/nothing", 404)]
    [InlineData("GET", "/nothing", 404)]
    [InlineData("PATCH", Networks, 405)]
    [InlineData("POST", "/api/v1/nodes", 405)]
    [InlineData("GET", Networks + "?limit=many", 400)]
    [InlineData("DELETE", Networks + "/none", 404)]
    public async Task What_is_not_there_is_told_as_a_problem(string method, string path, int expected)
    {
        await using var server = await TestServer.StartAsync();
        using var request = new HttpRequestMessage(new(method), path);

        using var response = await server.Root.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(expected, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task A_body_above_a_mebibyte_is_refused()
    {
        await using var server = await TestServer.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, Networks)
        {
            Content = new StringContent("{\"name\": \"a\", \"labels\": {\"a\": \"" + new string('x', 1 << 20) + "\"}}", Encoding.UTF8, "application/json"),
            Headers = { ExpectContinue = true }, // the answer comes at once, and the connection ends: a client that is still sending may miss it
        };

        using var response = await server.Root.SendAsync(request, TestContext.Current.CancellationToken);
        using var text = await server.Root.PostAsync(Networks, new StringContent("name: a", new MediaTypeHeaderValue("text/yaml")), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, text.StatusCode);
    }

    [Fact]
    public async Task Pages_together_are_everything_once_and_in_order()
    {
        await using var server = await TestServer.StartAsync();
        await server.Post("/api/v1/projects", """{"name": "another"}""");
        await server.Post(Networks, """{"name": "net", "project": "another"}""");
        await server.Post(Networks, """{"name": "net"}""");
        for (var i = 0; i < 23; i++)
            await server.Post(Ports, $$"""{"name": "p{{i:00}}", "network": "net", "project": "{{(i % 2 == 0 ? "another" : "default")}}"}""");

        var names = new List<string>();
        string? marker = null;
        do
        {
            var page = await server.Get($"{Ports}?limit=5{(marker is null ? "" : $"&marker={Uri.EscapeDataString(marker)}")}");
            names.AddRange(page["items"]!.AsArray().Select(item => $"{item!["project"]}/{item["name"]}"));
            marker = (string?)page["next"];
        }
        while (marker is not null);
        var ofOne = await server.Get($"{Ports}?project=another&limit=100");

        Assert.Equal(23, names.Distinct().Count());
        Assert.Equal(names.Order(StringComparer.Ordinal), names);
        Assert.Equal(12, ofOne["items"]!.AsArray().Count);
        Assert.Null(ofOne["next"]);
    }

    [Fact]
    public async Task A_watch_shows_what_there_is_and_then_what_happens()
    {
        await using var server = await TestServer.StartAsync();
        var first = await server.Post(Networks, """{"name": "one"}""");

        var lines = server.Watch($"{Networks}?watch=true", 6);
        await lines.WaitForAsync(2);
        await server.Post(Networks, """{"name": "two"}""");
        await server.Send(HttpMethod.Put, $"{Networks}/one", """{"mtu": 1300}""");
        await server.Post(Ports, """{"network": "one"}""");
        await server.Send(HttpMethod.Delete, $"{Networks}/two");
        var seen = await lines.WaitForAsync(5);
        var resumed = await server.Watch($"{Networks}?watch=true&revision={first["revision"]}", 4).WaitForAsync(4);

        Assert.Equal(["created one", "bookmark ", "created two", "updated one", "deleted two"], seen.Select(Told));
        Assert.Equal(["bookmark ", "created two", "updated one", "deleted two"], resumed.Select(Told));
    }

    [Fact]
    public async Task A_watch_goes_on_after_a_restart_of_the_server()
    {
        await using var server = await TestServer.StartAsync();
        var first = await server.Post(Networks, """{"name": "one"}""");
        await server.Post(Networks, """{"name": "two"}""");
        await server.RestartAsync();

        var seen = await server.Watch($"{Networks}?watch=true&revision={first["revision"]}", 2).WaitForAsync(2);

        Assert.Equal(["created two", "bookmark "], seen.Select(Told));
    }

    [Fact]
    public async Task Who_uses_a_network_is_in_the_answer_to_its_deletion()
    {
        await using var server = await TestServer.StartAsync();
        await server.Post(Networks, """{"name": "front"}""");
        await server.Post(Ports, """{"name": "web", "network": "front"}""");

        var (status, problem, _) = await server.Send(HttpMethod.Delete, $"{Networks}/front");

        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Equal("network front (project default) has 1 port: web", (string?)problem["detail"]);
        Assert.Equal("web", (string?)problem["usedBy"]![0]!["name"]);
        Assert.Equal(1, (int)problem["usedByCount"]!);
    }

    [Fact]
    public async Task The_description_of_the_api_is_valid_and_complete()
    {
        await using var server = await TestServer.StartAsync();

        var document = await server.Get("/openapi/v1.json");

        Assert.StartsWith("3.1", (string?)document["openapi"], StringComparison.Ordinal);
        var paths = document["paths"]!.AsObject().Select(path => path.Key).ToList();
        foreach (var kind in (string[])["projects", "networks", "ports", "policies", "security-groups", "load-balancers", "addresses", "nodes", "tokens"])
        {
            Assert.Contains($"/api/v1/{kind}", paths);
            Assert.Contains($"/api/v1/{kind}/{{name}}", paths);
        }
        var asked = document["paths"]!["/api/v1/ports"]!["get"]!["parameters"]!.AsArray();
        Assert.Equal(["limit", "marker", "project", "revision", "watch"], asked.Select(p => (string)p!["name"]!).Order(StringComparer.Ordinal));
        Assert.Equal("integer", (string?)asked.Single(p => (string)p!["name"]! == "limit")!["schema"]!["type"]);
        var network = document["components"]!["schemas"]!["Network"]!["properties"]!.AsObject();
        Assert.Contains("subnets", network.Select(property => property.Key));
        Assert.Equal(HttpStatusCode.OK, (await server.Root.GetAsync("/docs/", TestContext.Current.CancellationToken)).StatusCode);
    }

    static string Told(JsonNode line) => $"{line["type"]} {line["object"]?["name"]}";
}
