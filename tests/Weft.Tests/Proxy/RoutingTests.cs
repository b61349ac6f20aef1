using System.Net;
using System.Text;
using Weft.Model.Resources;

namespace Weft.Tests.Proxy;

/// <summary>What of a request reaches whom, through a real proxy.</summary>
public sealed class RoutingTests
{
    const ushort Port = 8080;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    static HttpRoute To(string pool, HttpMatch match) => new() { Pool = pool, Match = match };

    [Fact]
    public async Task A_request_reaches_a_member_with_its_body_query_and_host()
    {
        await using var member = await Backend.StartAsync("a");
        await using var proxy = new ProxyHost();
        await proxy.PutAsync(proxy.Configuration([ProxyHost.Http(Port, "web")], ProxyHost.Pool("web", member.Member())));
        var client = proxy.Client(Port);

        var text = await client.GetStringAsync("/a%20b/c?x=1&y=%2F", Cancel);
        Assert.StartsWith("GET /a%20b/c?x=1&y=%2F HTTP/1.1\n", text, StringComparison.Ordinal);
        Assert.Contains($"host: shop.test:{Port}\n", text, StringComparison.Ordinal);

        var upload = await client.PostAsync("/upload", new ByteArrayContent(new byte[3_000_000]), Cancel);
        Assert.Equal("3000000", await upload.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task Members_are_told_who_the_client_is_and_not_what_it_says_it_is()
    {
        await using var member = await Backend.StartAsync("a");
        await using var proxy = new ProxyHost();
        await proxy.PutAsync(proxy.Configuration([ProxyHost.Http(Port, "web")], ProxyHost.Pool("web", member.Member())));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Add("X-Forwarded-For", "198.51.100.9");
        request.Headers.Add("X-Forwarded-Proto", "https");
        request.Headers.Add("X-Forwarded-Port", "443");
        request.Headers.Add("X-Real-IP", "198.51.100.9");
        request.Headers.Add("Forwarded", "for=198.51.100.9");

        var lines = await (await proxy.Client(Port).SendAsync(request, Cancel)).Content.ReadAsStringAsync(Cancel);

        Assert.Contains("x-forwarded-proto: http\n", lines, StringComparison.Ordinal);
        Assert.Contains($"x-forwarded-host: shop.test:{Port}\n", lines, StringComparison.Ordinal);
        Assert.Matches(@"x-forwarded-for: 127\.\d+\.\d+\.\d+\n", lines);
        Assert.DoesNotContain("198.51.100.9", lines, StringComparison.Ordinal);
        Assert.DoesNotContain("x-forwarded-port", lines, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("shop.test", "/", "GET", null, "fallback")]
    [InlineData("api.test", "/", "GET", null, "exact-host")]
    [InlineData("API.test", "/", "GET", null, "exact-host")]
    [InlineData("v2.api.test", "/", "GET", null, "wildcard")]
    [InlineData("a.v2.api.test", "/", "GET", null, "wildcard")]
    [InlineData("other-api.test", "/", "GET", null, "fallback")]
    [InlineData("shop.test", "/cart", "GET", null, "exact-path")]
    [InlineData("shop.test", "/cart/1", "GET", null, "fallback")]
    [InlineData("shop.test", "/img", "GET", null, "prefix")]
    [InlineData("shop.test", "/img/logo", "GET", null, "prefix")]
    [InlineData("shop.test", "/images", "GET", null, "fallback")]
    [InlineData("shop.test", "/", "GET", "beta", "header")]
    [InlineData("shop.test", "/", "GET", "other", "fallback")]
    [InlineData("shop.test", "/", "DELETE", null, "method")]
    [InlineData("api.test", "/cart", "GET", null, "exact-host")]
    public async Task The_first_route_that_fits_decides(string host, string path, string method, string? header, string pool)
    {
        string[] names = ["exact-host", "wildcard", "exact-path", "prefix", "header", "method", "fallback"];
        await using var member = await Backend.StartAsync("a");
        await using var proxy = new ProxyHost();
        var listener = ProxyHost.Http(Port, "fallback",
            To("exact-host", new() { Hosts = ["api.test"] }),
            To("wildcard", new() { Hosts = ["*.api.test"] }),
            To("exact-path", new() { Path = "/cart" }),
            To("prefix", new() { PathPrefix = "/img/" }),
            To("header", new() { Headers = [new() { Name = "x-version", Value = "beta" }] }),
            To("method", new() { Methods = ["DELETE"] }));
        await proxy.PutAsync(proxy.Configuration([listener],
            [.. names.Select(name => ProxyHost.Pool(name, member.Member() with { Id = name }))]));
        using var request = new HttpRequestMessage(new(method), $"http://{host}:{Port}{path}");
        if (header is not null)
            request.Headers.Add("X-Version", header);

        Assert.Equal(HttpStatusCode.OK, (await proxy.Client(Port).SendAsync(request, Cancel)).StatusCode);
        await Sync.Patience.UntilAsync(
            () => proxy.Status()!.Members.SingleOrDefault(member => member.Requests == 1)?.Pool == pool, $"{pool} having served it");
    }

    [Fact]
    public async Task Nothing_that_fits_is_not_found()
    {
        await using var member = await Backend.StartAsync("a");
        await using var proxy = new ProxyHost();
        await proxy.PutAsync(proxy.Configuration(
            [ProxyHost.Http(Port, null, To("web", new() { Hosts = ["only.test"] }))], ProxyHost.Pool("web", member.Member())));

        Assert.Equal(HttpStatusCode.NotFound, (await proxy.Client(Port).GetAsync("/", Cancel)).StatusCode);
        Assert.Equal(0, member.Hits);
    }

    [Fact]
    public async Task Headers_are_changed_on_both_ways_and_a_prefix_is_replaced()
    {
        await using var member = await Backend.StartAsync("a");
        await using var proxy = new ProxyHost();
        await proxy.PutAsync(proxy.Configuration(
            [ProxyHost.Http(Port, null, new HttpRoute
            {
                Pool = "web",
                Match = new() { PathPrefix = "/api" },
                ReplacePrefix = "/v1",
                RequestHeaders = new()
                {
                    Set = new Dictionary<string, string> { ["X-Tier"] = "edge", ["Host"] = "inner.test", ["Content-Type"] = "text/x" },
                    Remove = ["X-Debug"],
                },
                ResponseHeaders = new()
                {
                    Set = new Dictionary<string, string> { ["Strict-Transport-Security"] = "max-age=60" },
                    Remove = ["X-Secret"],
                },
            })],
            ProxyHost.Pool("web", member.Member())));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/items?id=7") { Content = new StringContent("x") };
        request.Headers.Add("X-Debug", "1");

        var answer = await proxy.Client(Port).SendAsync(request, Cancel);
        var lines = await answer.Content.ReadAsStringAsync(Cancel);

        Assert.StartsWith("POST /v1/items?id=7 ", lines, StringComparison.Ordinal);
        Assert.Contains("x-tier: edge\n", lines, StringComparison.Ordinal);
        Assert.Contains("host: inner.test\n", lines, StringComparison.Ordinal);
        Assert.Contains("content-type: text/x\n", lines, StringComparison.Ordinal);
        Assert.DoesNotContain("x-debug", lines, StringComparison.Ordinal);
        Assert.Equal("max-age=60", answer.Headers.GetValues("Strict-Transport-Security").Single());
        Assert.False(answer.Headers.Contains("X-Secret"));
    }

    [Theory]
    [InlineData("https", null, 0, null, "https://shop.test/old/a?x=1")]
    [InlineData("https", null, 8443, null, "https://shop.test:8443/old/a?x=1")]
    [InlineData(null, "new.test", 0, "/new{rest}", "http://new.test/new/a?x=1")]
    [InlineData(null, null, 0, "/all{path}", "http://shop.test:8080/all/old/a?x=1")]
    public async Task Clients_are_sent_elsewhere(string? scheme, string? host, ushort port, string? path, string location)
    {
        await using var proxy = new ProxyHost();
        await proxy.PutAsync(proxy.Configuration([ProxyHost.Http(Port, null, new HttpRoute
        {
            Match = new() { PathPrefix = "/old" },
            Redirect = new() { Status = 308, Scheme = scheme, Host = host, Port = port, Path = path },
        })]));

        var answer = await proxy.Client(Port).GetAsync("/old/a?x=1", Cancel);

        Assert.Equal((HttpStatusCode)308, answer.StatusCode);
        Assert.Equal(location, answer.Headers.Location!.ToString());
    }

    [Fact]
    public async Task A_path_that_begins_with_two_slashes_is_no_other_host()
    {
        await using var proxy = new ProxyHost();
        await proxy.PutAsync(proxy.Configuration([ProxyHost.Http(Port, null, new HttpRoute { Redirect = new() { Path = "{path}" } })]));
        using var socket = await proxy.ConnectAsync(Port, Cancel);
        await socket.SendAsync("GET //evil.test/ HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n"u8.ToArray(), Cancel);
        using var reader = new StreamReader(new System.Net.Sockets.NetworkStream(socket), Encoding.ASCII);

        Assert.Contains("Location: http://shop.test/evil.test/", await reader.ReadToEndAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_of_its_own_needs_no_member()
    {
        await using var proxy = new ProxyHost();
        await proxy.PutAsync(proxy.Configuration([ProxyHost.Http(Port, null, new HttpRoute
        {
            Respond = new() { Status = 451, Body = "closed", ContentType = "text/x" },
            ResponseHeaders = new() { Set = new Dictionary<string, string> { ["X-Why"] = "law" } },
        })]));

        var answer = await proxy.Client(Port).GetAsync("/", Cancel);

        Assert.Equal(451, (int)answer.StatusCode);
        Assert.Equal("closed", await answer.Content.ReadAsStringAsync(Cancel));
        Assert.Equal("text/x", answer.Content.Headers.ContentType!.ToString());
        Assert.Equal("law", answer.Headers.GetValues("X-Why").Single());
    }
}
