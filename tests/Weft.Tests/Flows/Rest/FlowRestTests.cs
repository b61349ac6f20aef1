using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Apache.Arrow;
using Apache.Arrow.Ipc;

namespace Weft.Tests.Flows.Rest;

public sealed class FlowRestTests
{
    const string Query = "/api/v1/flows/query";

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_list_has_its_columns_and_then_rows_as_people_read_them()
    {
        await using var flows = await ShopAsync();
        var (status, body) = await flows.QueryAsync("""
            {"since": "1h", "where": "event = opened", "fields": ["time", "flow", "protocol", "source.address", "source.labels", "verdict", "bytes", "tcp.flags", "lumped", "translated.source.address", "source.labels.app", "rtt"]}
            """);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(
            """["2026-03-14T15:08:46.000000Z","00000000c3b51538","tcp","10.1.0.5",{"app":"web"},"allowed",620,"syn+psh+ack",false,"","web",480]""",
            Assert.Single(body["rows"]!.AsArray())!.ToJsonString().Replace("\\u002B", "+", StringComparison.Ordinal));
        Assert.Equal("bytes", (string?)body["columns"]![6]!["unit"]);
        Assert.Equal("us", (string?)body["columns"]![11]!["unit"]);
        Assert.Equal(["time", "text", "text", "address", "labels", "text", "integer", "text", "flag", "address", "text", "integer"], body["columns"]!.AsArray().Select(column => (string)column!["type"]!));
        Assert.Equal("2026-03-14T14:09:26.000000Z", (string?)body["since"]);
        Assert.False((bool)body["limited"]!);
    }

    [Fact]
    public async Task Each_format_has_the_same_values()
    {
        await using var flows = await ShopAsync();
        const string question = """{"since": "10m", "groupBy": ["source.name", "verdict"], "aggregates": ["sum(bytes)", "p95(rtt)", "max(time)"], "orderBy": ["source.name", "verdict"]}""";
        var (_, body) = await flows.QueryAsync(question);
        var expected = body["rows"]!.AsArray().Select(row => string.Join('|', row!.AsArray().Select(Shown))).ToList();
        Assert.Equal("probe|denied|300||2026-03-14T15:08:51.000000Z", expected[0]);
        Assert.Equal(4, expected.Count);

        var (type, lines) = await flows.FetchAsync(question, "application/x-ndjson");
        Assert.Equal("application/x-ndjson", type?.MediaType);
        Assert.Equal(expected, Encoding.UTF8.GetString(lines).TrimEnd().Split('\n').Select(line => string.Join('|', JsonNode.Parse(line)!.AsObject().Select(pair => Shown(pair.Value)))));

        (type, var csv) = await flows.FetchAsync(question, "text/csv");
        Assert.Equal("text/csv", type?.MediaType);
        var rows = Encoding.UTF8.GetString(csv).TrimEnd().Split('\n').Select(line => line.TrimEnd('\r').Replace(',', '|')).ToList();
        Assert.Equal("source.name|verdict|sum(bytes)|p95(rtt)|max(time)", rows[0]);
        Assert.Equal(expected, rows.Skip(1));

        (type, var arrow) = await flows.FetchAsync(question, "application/vnd.apache.arrow.stream");
        Assert.Equal("application/vnd.apache.arrow.stream", type?.MediaType);
        using var reader = new ArrowStreamReader(new MemoryStream(arrow));
        var names = new List<string>();
        var sums = new List<ulong?>();
        while (await reader.ReadNextRecordBatchAsync(Token) is { } batch)
        {
            names.AddRange(Enumerable.Range(0, batch.Length).Select(row => ((StringArray)batch.Column(0)).GetString(row)));
            sums.AddRange((UInt64Array)batch.Column(2));
            Assert.IsType<TimestampArray>(batch.Column(4));
        }
        Assert.Equal(expected.Select(row => row.Split('|')[0]), names);
        Assert.Equal(expected.Select(row => ulong.Parse(row.Split('|')[2], null)), sums.Select(sum => sum!.Value));
        Assert.Equal("bytes", reader.Schema.GetFieldByName("sum(bytes)").Metadata["unit"]);
        Assert.Equal(HttpStatusCode.NotAcceptable, (await flows.Server.Send(HttpMethod.Post, Query, question, null, ("Accept", "image/png"))).Status);
    }

    [Fact]
    public async Task All_that_is_wrong_is_told_at_once_and_where()
    {
        await using var flows = await FlowServer.StartAsync();
        var (status, body) = await flows.QueryAsync("""{"where": "verdict = no and sourc.port = 1", "groupBy": ["nod"], "limit": 0}""");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(["where", "where", "groupBy[0]", "limit"], body["faults"]!.AsArray().Select(fault => (string)fault!["path"]!));
        Assert.Equal((10, 2), ((int)body["faults"]![0]!["offset"]!, (int)body["faults"]![0]!["length"]!));
        Assert.Contains("do you mean source.port", (string)body["faults"]![1]!["message"]!, StringComparison.Ordinal);
        (status, body) = await flows.QueryAsync("""{"wher": ""}""");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("'wher' is not a field", (string)body["detail"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_is_asked_in_the_query_string_too()
    {
        await using var flows = await ShopAsync();
        var body = await flows.Server.Get("/api/v1/flows?since=1h&where=verdict%20%3D%20denied&groupBy=policy,rule&aggregates=count(),sum(packets)&orderBy=-count()");
        Assert.Equal("""[["shop/to-management",2,2,4],["",0,1,5]]""", body["rows"]!.ToJsonString());
        Assert.True((bool)(await flows.Server.Get("/api/v1/flows?since=1h&limit=3"))["limited"]!);
    }

    [Fact]
    public async Task A_member_sees_what_its_projects_took_part_in_and_of_others_no_names()
    {
        await using var flows = await ShopAsync();
        using var shop = await flows.MemberAsync("shop");
        using var ops = await flows.MemberAsync("ops");
        using var none = await flows.MemberAsync("default");
        const string question = """{"since": "10m", "fields": ["source.name", "destination.name", "destination.network", "destination.labels.app", "policy", "node", "peer"], "where": "destination.port = 22 and verdict = allowed"}""";
        Assert.Equal("""[["web-1","","management","","shop/frontend-to-backend","alpha",""]]""", (await flows.QueryAsync(question, shop)).Body["rows"]!.ToJsonString());
        Assert.Equal("""[["","admin","management","admin","","","beta"]]""", (await flows.QueryAsync(question, ops)).Body["rows"]!.ToJsonString());
        Assert.Equal("[]", (await flows.QueryAsync(question, none)).Body["rows"]!.ToJsonString());
        // Nor can it be found out by asking for it.
        Assert.Equal("[]", (await flows.QueryAsync("""{"since": "1h", "where": "destination.name = admin"}""", shop)).Body["rows"]!.ToJsonString());
        Assert.Equal("""[["shop",1]]""", (await flows.QueryAsync("""{"since": "10m", "project": "ops", "groupBy": ["source.project"], "aggregates": ["count()"], "where": "verdict = allowed"}""")).Body["rows"]!.ToJsonString());
        Assert.Equal(HttpStatusCode.Forbidden, (await flows.QueryAsync("""{"project": "ops"}""", shop)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await flows.Server.Send(HttpMethod.Get, "/api/v1/flows?project=ops&follow=true", null, shop)).Status);
        Assert.DoesNotContain("admin", (await flows.Server.Send(HttpMethod.Get, "/api/v1/flows/fields/any.name/values", null, shop)).Body.ToJsonString(), StringComparison.Ordinal);
        Assert.Empty((await flows.Server.Send(HttpMethod.Get, "/api/v1/flows/status", null, shop)).Body["nodes"]!.AsArray());
    }

    [Fact]
    public async Task Fields_and_their_values_are_listed_for_completion()
    {
        await using var flows = await ShopAsync();
        var fields = (await flows.Server.Get("/api/v1/flows/fields"))["items"]!.AsArray();
        Assert.Equal(Weft.Flows.FlowSchema.Fields.Select(field => field.Name), fields.Select(field => (string)field!["name"]!));
        Assert.Equal("""["allowed","denied"]""", fields.Single(field => (string)field!["name"]! == "verdict")!["names"]!.ToJsonString());
        Assert.Equal("tcpFlags", (string)fields.Single(field => (string)field!["name"]! == "tcp.flags")!["meaning"]!);
        Assert.Equal(["web-1", "web-2"], await ValuesAsync(flows, "source.name", "we"));
        Assert.Equal(["db", "admin", "web-1", "web-2", "probe"], (await ValuesAsync(flows, "any.name", "")).OrderBy(name => System.Array.IndexOf(["db", "admin", "web-1", "web-2", "probe"], name)));
        Assert.Equal(["denied"], await ValuesAsync(flows, "verdict", "d"));
        Assert.Equal(["app"], await ValuesAsync(flows, "source.labels", ""));
        Assert.Equal(["web", "probe"], await ValuesAsync(flows, "source.labels.app", ""));
        Assert.Equal(["10.1.0.5", "10.1.0.6"], (await ValuesAsync(flows, "source.address", "10.1")).Order());
        Assert.Equal(["5432"], await ValuesAsync(flows, "destination.port", "5"));
        Assert.Equal(["tcp"], await ValuesAsync(flows, "protocol", "t"));
        Assert.Equal(HttpStatusCode.NotFound, (await flows.Server.Send(HttpMethod.Get, "/api/v1/flows/fields/nam/values")).Status);
    }

    [Fact]
    public async Task The_status_says_what_is_there()
    {
        await using var flows = await ShopAsync();
        var status = await flows.Server.Get("/api/v1/flows/status");
        Assert.Equal("duckdb", (string)status["store"]!["kind"]!);
        Assert.Equal(ShopFlows.Records.Count, (int)status["store"]!["rows"]!);
        Assert.Equal("2026-03-14T15:09:16.000000Z", (string)status["store"]!["newest"]!);
        Assert.Equal("", (string)status["store"]!["refused"]!);
        Assert.True((long)status["store"]!["limitBytes"]! > 0);
        Assert.Equal(Math.Round(8 / 60.0, 1), (double)status["recordsPerSecond"]!);
    }

    [Fact]
    public async Task A_server_without_a_store_says_so()
    {
        await using var server = await Weft.Tests.Server.TestServer.StartAsync();
        var (status, body, _) = await server.Send(HttpMethod.Get, "/api/v1/flows");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("keeps no flow records", (string)body["detail"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_description_of_the_api_has_the_questions()
    {
        await using var flows = await FlowServer.StartAsync();
        var paths = (await flows.Server.Get("/openapi/v1.json"))["paths"]!;
        var answers = paths["/api/v1/flows/query"]!["post"]!["responses"]!["200"]!["content"]!.AsObject();
        Assert.Equal(["application/json", "application/vnd.apache.arrow.stream", "application/x-ndjson", "text/csv"], answers.Select(answer => answer.Key).Order());
        Assert.Contains("follow", paths["/api/v1/flows"]!["get"]!["parameters"]!.AsArray().Select(parameter => (string)parameter!["name"]!));
    }

    static async Task<string[]> ValuesAsync(FlowServer flows, string field, string prefix) =>
        [.. (await flows.Server.Get($"/api/v1/flows/fields/{field}/values?prefix={prefix}"))["items"]!.AsArray().Select(item => (string)item!)];

    static async Task<FlowServer> ShopAsync()
    {
        var flows = await FlowServer.StartAsync();
        await flows.AppendAsync(ShopFlows.Records);
        return flows;
    }

    static string Shown(JsonNode? value) => value is null ? "" : value.ToString();
}
