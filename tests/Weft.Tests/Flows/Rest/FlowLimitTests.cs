using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Weft.Analytics.Fields;
using Weft.Flows;
using Weft.Tests.Sync;

namespace Weft.Tests.Flows.Rest;

/// <summary>Too much, too long, half an answer, and clients that leave.</summary>
public sealed class FlowLimitTests
{
    const string Query = "/api/v1/flows/query";

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_client_that_leaves_ends_its_question_in_the_store()
    {
        await using var flows = await FlowServer.StartAsync(isClockSet: false);
        flows.Store.HoldsBefore = true;
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var asked = flows.Server.Root.PostAsync(Query, Json("{}"), leaving.Token);
        await Patience.UntilAsync(() => flows.Store.Running == 1, "the question is asked");
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        await Patience.UntilAsync(() => flows.Store is { Running: 0, Cancelled: 1 }, "the question is ended");
        flows.Store.HoldsBefore = false;
        Assert.Equal(HttpStatusCode.OK, (await flows.QueryAsync("{}")).Status);
    }

    [Fact]
    public async Task What_takes_too_long_is_ended_with_advice()
    {
        await using var flows = await FlowServer.StartAsync(new() { TimeOut = TimeSpan.FromMilliseconds(200) }, isClockSet: false);
        flows.Store.HoldsBefore = true;
        var (status, body) = await flows.QueryAsync("{}");
        Assert.Equal(HttpStatusCode.GatewayTimeout, status);
        Assert.Contains("ask for a shorter time", (string)body["detail"]!, StringComparison.Ordinal);
        Assert.Equal((0, 1), (flows.Store.Running, flows.Store.Cancelled));
    }

    [Fact]
    public async Task Half_an_answer_is_not_taken_for_a_whole_one()
    {
        await using var flows = await FlowServer.StartAsync();
        await flows.AppendAsync(ShopFlows.Records);
        flows.Store.FailsAfter = "the disk is gone";
        const string question = """{"since": "1h"}""";
        var (status, body) = await flows.QueryAsync(question);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("the disk is gone", (string?)body["error"]);
        Assert.Null(body["limited"]);
        var (_, lines) = await flows.FetchAsync(question, "application/x-ndjson");
        Assert.Equal("""{"error":"the disk is gone"}""", Encoding.UTF8.GetString(lines).TrimEnd().Split('\n')[^1]);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => flows.FetchAsync(question, "text/csv"));
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => flows.FetchAsync(question, "application/vnd.apache.arrow.stream"));
    }

    [Fact]
    public async Task Questions_at_a_time_are_limited_by_project_and_in_all()
    {
        await using var flows = await FlowServer.StartAsync(new() { MostAtOnce = 3, MostOfProject = 1 }, isClockSet: false);
        using var shop = await flows.MemberAsync("shop");
        flows.Store.HoldsBefore = true;
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var held = new List<Task<HttpResponseMessage>> { shop.PostAsync(Query, Json("{}"), leaving.Token) };
        await Patience.UntilAsync(() => flows.Store.Running == 1, "one asks");
        await RefusedAsync(flows, shop, "{}", "project shop");
        await RefusedAsync(flows, null, """{"project": "shop"}""", "project shop");
        held.Add(flows.Server.Root.PostAsync(Query, Json("{}"), leaving.Token));
        held.Add(flows.Server.Root.PostAsync(Query, Json("{}"), leaving.Token));
        await Patience.UntilAsync(() => flows.Store.Running == 3, "three ask");
        await RefusedAsync(flows, null, "{}", "3 questions");
        await leaving.CancelAsync();
        foreach (var one in held)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one);
        await Patience.UntilAsync(() => flows.Store.Running == 0, "all have left");
        flows.Store.HoldsBefore = false;
        Assert.Equal(HttpStatusCode.OK, (await flows.QueryAsync("{}", shop)).Status);
    }

    [Fact]
    public async Task A_question_that_would_look_at_too_much_is_refused_with_the_limit()
    {
        await using var flows = await FlowServer.StartAsync(new() { MostRecords = 5 });
        await flows.AppendAsync(ShopFlows.Records);
        var (status, body) = await flows.QueryAsync("""{"since": "2d"}""");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("about 10 records", (string)body["detail"]!, StringComparison.Ordinal);
        Assert.Contains("at most 5 may be looked at", (string)body["detail"]!, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await flows.QueryAsync("""{"since": "1m"}""")).Status);
    }

    [Fact]
    public async Task Followers_are_told_of_what_comes_that_fits_until_they_leave()
    {
        await using var flows = await FlowServer.StartAsync(new() { FollowEvery = TimeSpan.FromMilliseconds(50), FollowSilence = TimeSpan.FromMilliseconds(200) }, isClockSet: false);
        await flows.AppendAsync(Now("before", 30));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/flows?follow=true&fields=source.name&where=source.name%20!%3D%20not-this");
        using var response = await flows.Server.Root.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        Assert.Equal("application/x-ndjson", response.Content.Headers.ContentType?.MediaType);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(Token));
        Assert.Equal("", await lines.ReadLineAsync(Token)); // nothing yet, and still there
        await flows.AppendAsync(Now("one"), Now("not-this"));
        Assert.Equal("one", await NextAsync(lines));
        await flows.AppendAsync(Now("two"), Now("three"));
        Assert.Equal(["three", "two"], new[] { await NextAsync(lines), await NextAsync(lines) }.Order());
        response.Dispose();
        await Patience.UntilAsync(() => flows.Store.Running == 0, "nobody asks any more");
        var (status, body, _) = await flows.Server.Send(HttpMethod.Get, "/api/v1/flows?follow=true&groupBy=node");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("groupBy", (string)body["detail"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_follows_since_a_time_is_told_of_what_was_first()
    {
        await using var flows = await FlowServer.StartAsync(new() { FollowEvery = TimeSpan.FromMilliseconds(50) }, isClockSet: false);
        await flows.AppendAsync(Now("long-ago", 600), Now("before", 30));
        using var response = await flows.Server.Root.GetAsync("/api/v1/flows?follow=true&since=1m&fields=source.name", HttpCompletionOption.ResponseHeadersRead, Token);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(Token));
        Assert.Equal("before", await NextAsync(lines));
        await flows.AppendAsync(Now("after"));
        Assert.Equal("after", await NextAsync(lines));
    }

    static async Task RefusedAsync(FlowServer flows, HttpClient? client, string json, string message)
    {
        var (status, body, headers) = await flows.Server.Send(HttpMethod.Post, Query, json, client);
        Assert.Equal(HttpStatusCode.TooManyRequests, status);
        Assert.Contains(message, (string)body["detail"]!, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(1), headers.RetryAfter?.Delta);
    }

    static async Task<string> NextAsync(StreamReader lines)
    {
        while (true)
        {
            if (await lines.ReadLineAsync(Token) is { Length: > 0 } line)
                return (string)JsonNode.Parse(line)!["source.name"]!;
        }
    }

    static FlowRecord Now(string name, int secondsAgo = 0)
    {
        var record = new FlowRecord { Time = FlowTime.Of(TimeProvider.System.GetUtcNow().AddSeconds(-secondsAgo)) };
        record.Source.Name = name;
        return record;
    }

    static StringContent Json(string text) => new(text, new MediaTypeHeaderValue("application/json"));
}
