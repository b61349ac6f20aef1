using System.Net;
using Weft.Model.Proxying;
using Weft.Model.Resources;
using Weft.Tests.Sync;

namespace Weft.Tests.Proxy;

/// <summary>Members that fail, fill up, drain and come back.</summary>
public sealed class MemberTests
{
    const ushort Port = 8080;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    static async Task<string> ServedByAsync(HttpClient client)
    {
        var answer = await client.GetAsync("/", Cancel);
        return answer.IsSuccessStatusCode ? answer.Headers.GetValues("X-Member").Single() : answer.StatusCode.ToString();
    }

    static ProxyPool Sticky(params ProxyMember[] members) =>
        ProxyHost.Pool("web", members) with { Http = new() { Cookie = new() { Name = "srv" } } };

    [Fact]
    public async Task A_dead_member_costs_no_request_with_or_without_a_body()
    {
        await using var alive = await Backend.StartAsync("alive");
        var dead = await Backend.StartAsync("dead");
        await using var proxy = new ProxyHost();
        await proxy.PutAsync(proxy.Configuration(
            [ProxyHost.Http(Port, "web")], ProxyHost.Pool("web", alive.Member(), dead.Member())));
        var client = proxy.Client(Port);
        await dead.DisposeAsync();

        for (var i = 0; i < 20; i++)
        {
            Assert.Equal("alive", await ServedByAsync(client));
            var upload = await client.PostAsync("/upload", new ByteArrayContent(new byte[200_000]), Cancel);
            Assert.Equal("200000", await upload.Content.ReadAsStringAsync(Cancel));
        }
        await Patience.UntilAsync(
            () => proxy.Status()!.Members.Single(member => member.Id == "dead").Failures > 0, "its failures being told");
    }

    [Fact]
    public async Task A_member_killed_under_load_loses_only_what_cannot_be_repeated()
    {
        await using var alive = await Backend.StartAsync("alive");
        var dying = await Backend.StartAsync("dying");
        await using var proxy = new ProxyHost();
        await proxy.PutAsync(proxy.Configuration(
            [ProxyHost.Http(Port, "web")], ProxyHost.Pool("web", alive.Member(), dying.Member())));
        var client = proxy.Client(Port);
        var done = 0;
        var load = Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            for (var i = 0; i < 250; i++)
            {
                var answer = await client.GetAsync("/", Cancel);
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
                Interlocked.Increment(ref done);
            }
        }));
        await Patience.UntilAsync(() => Volatile.Read(ref done) > 200 && dying.Hits > 0, "load on both");

        await dying.KillAsync();

        await load.Soon();
        await dying.DisposeAsync();
    }

    [Fact]
    public async Task What_a_member_may_have_done_is_not_done_twice()
    {
        var dying = await Backend.StartAsync("dying");
        await using var other = await Backend.StartAsync("other");
        await using var proxy = new ProxyHost();
        await proxy.PutAsync(proxy.Configuration(
            [ProxyHost.Http(Port, "web")], ProxyHost.Pool("web", dying.Member(), other.Member())));
        var pending = proxy.Client(Port).PostAsync("/wait", new StringContent("x"), Cancel);
        var second = proxy.Client(Port).PostAsync("/wait", new StringContent("x"), Cancel);
        await Patience.UntilAsync(() => !dying.Waiting.IsEmpty && !other.Waiting.IsEmpty, "both being there");

        await dying.KillAsync();
        other.Release();

        var answers = (await Task.WhenAll(pending, second).Soon()).Select(answer => answer.StatusCode).Order();
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.BadGateway], answers);
        Assert.Equal(1, other.Hits);
        await dying.DisposeAsync();
    }

    [Fact]
    public async Task Nobody_is_there_is_said_at_once()
    {
        await using var member = await Backend.StartAsync("a");
        await using var proxy = new ProxyHost();
        await proxy.PutAsync(proxy.Configuration(
            [ProxyHost.Http(Port, "web"), ProxyHost.Http(Port + 1, "empty")],
            ProxyHost.Pool("web", member.Member(healthy: false), member.Member(weight: 0) with { Id = "draining" }),
            ProxyHost.Pool("empty")));

        Assert.Equal("ServiceUnavailable", await ServedByAsync(proxy.Client(Port)));
        Assert.Equal("ServiceUnavailable", await ServedByAsync(proxy.Client(Port + 1)));
        Assert.Equal(0, member.Hits);
    }

    [Fact]
    public async Task A_cookie_keeps_its_member_also_while_it_drains_and_another_takes_over_when_it_is_unwell()
    {
        await using var a = await Backend.StartAsync("a");
        await using var b = await Backend.StartAsync("b");
        await using var proxy = new ProxyHost();
        ProxyListener[] listeners = [ProxyHost.Http(Port, "web")];
        await proxy.PutAsync(proxy.Configuration(listeners, Sticky(a.Member(), b.Member())));
        var client = proxy.Client(Port, cookies: true);
        var first = await ServedByAsync(client);
        for (var i = 0; i < 6; i++)
            Assert.Equal(first, await ServedByAsync(client));

        ProxyMember Mine(int weight, bool healthy) => (first == "a" ? a : b).Member(weight, healthy);
        var others = (first == "a" ? b : a).Member();
        await proxy.PutAsync(proxy.Configuration(listeners, Sticky(Mine(0, true), others)));
        Assert.Equal(first, await ServedByAsync(client));
        await Patience.UntilAsync(
            async () => await ServedByAsync(proxy.Client(Port)) == others.Id && await ServedByAsync(proxy.Client(Port)) == others.Id,
            "new clients going to the other only");

        await proxy.PutAsync(proxy.Configuration(listeners, Sticky(Mine(1, false), others)));
        await Patience.UntilAsync(async () => await ServedByAsync(client) == others.Id, "another taking over");

        await proxy.PutAsync(proxy.Configuration(listeners, Sticky(Mine(1, true), others)));
        for (var i = 0; i < 6; i++)
            Assert.Equal(others.Id, await ServedByAsync(client)); // it has been named anew
    }

    [Fact]
    public async Task A_member_that_is_full_is_stepped_over()
    {
        await using var small = await Backend.StartAsync("small");
        await using var proxy = new ProxyHost();
        await proxy.PutAsync(proxy.Configuration([ProxyHost.Http(Port, "web")], ProxyHost.Pool("web", small.Member(limit: 1))));
        var client = proxy.Client(Port);
        var pending = client.GetAsync("/wait", Cancel);
        await Patience.UntilAsync(() => !small.Waiting.IsEmpty, "the member being full");

        Assert.Equal("ServiceUnavailable", await ServedByAsync(client));

        small.Release();
        Assert.Equal(HttpStatusCode.OK, (await pending.Soon()).StatusCode);
        Assert.Equal("small", await ServedByAsync(client));
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(0, 1)]
    public async Task An_answer_that_takes_too_long_is_given_up(int request, int idle)
    {
        await using var member = await Backend.StartAsync("a");
        await using var proxy = new ProxyHost();
        var listener = ProxyHost.Http(Port, "web") with
        {
            Http = new() { RequestTimeoutSeconds = request, IdleTimeoutSeconds = idle },
        };
        await proxy.PutAsync(proxy.Configuration([listener], ProxyHost.Pool("web", member.Member())));

        Assert.Equal(HttpStatusCode.GatewayTimeout, (await proxy.Client(Port).GetAsync("/hang", Cancel).Soon()).StatusCode);
    }

    [Theory]
    [InlineData(Pool.RoundRobin)]
    [InlineData(Pool.LeastConnections)]
    [InlineData(Pool.SourceHash)]
    public async Task Requests_are_shared_by_the_algorithm(string algorithm)
    {
        await using var a = await Backend.StartAsync("a");
        await using var b = await Backend.StartAsync("b");
        await using var proxy = new ProxyHost();
        await proxy.PutAsync(proxy.Configuration(
            [ProxyHost.Http(Port, "web")], ProxyHost.Pool("web", a.Member(3), b.Member()) with { Algorithm = algorithm }));
        var client = proxy.Client(Port);
        for (var i = 0; i < 40; i++)
            await ServedByAsync(client);

        Assert.Equal(40, a.Hits + b.Hits);
        if (algorithm == Pool.RoundRobin)
            Assert.Equal(30, a.Hits);
        else if (algorithm == Pool.SourceHash)
            Assert.True(a.Hits is 0 or 40);
        else
            Assert.True(a.Hits > b.Hits && b.Hits >= 0);
    }
}
