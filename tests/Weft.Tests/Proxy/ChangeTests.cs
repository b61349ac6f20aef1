using System.Net;
using System.Net.Sockets;
using Weft.Model.Proxying;
using Weft.Tests.Sync;

namespace Weft.Tests.Proxy;

/// <summary>Configurations that come, change, are wrong and go, while requests run.</summary>
public sealed class ChangeTests
{
    const ushort Port = 8080;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_thousand_requests_across_changes_lose_none()
    {
        await using var a = await Backend.StartAsync("a");
        await using var b = await Backend.StartAsync("b");
        await using var proxy = new ProxyHost();
        var certificate = TestCertificate.Of("shop.test");
        ProxyConfiguration Turn(int turn) => proxy.Configuration(
            [
                ProxyHost.Http(Port, $"pool-{turn % 3}", ProxyHostRoute(turn)) with { Name = $"front-{turn}" },
                ProxyHost.Https(Port + 1, $"pool-{turn % 3}", turn % 2 == 0 ? certificate : TestCertificate.Of("x.test", "shop.test")),
            ],
            ProxyHost.Pool($"pool-{turn % 3}", a.Member(1 + turn % 2), b.Member(turn % 2)));
        await proxy.PutAsync(Turn(0));
        var done = 0;
        var load = Task.WhenAll(Enumerable.Range(0, 4).Select(async worker =>
        {
            var client = proxy.Client(worker % 2 == 0 ? Port : (ushort)(Port + 1));
            var target = worker % 2 == 0 ? $"http://shop.test:{Port}/" : $"https://shop.test:{Port + 1}/";
            for (var i = 0; i < 250 || Volatile.Read(ref done) < 1000; i++)
            {
                using var request = new HttpRequestMessage(i % 3 == 0 ? HttpMethod.Post : HttpMethod.Get, target);
                if (request.Method == HttpMethod.Post)
                    request.Content = new StringContent("body");
                if (i % 50 == 0)
                    request.Headers.ConnectionClose = true; // new connections too
                var answer = await client.SendAsync(request, Cancel);
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
                await answer.Content.ReadAsStringAsync(Cancel);
                Interlocked.Increment(ref done);
            }
        }));
        var turns = 0;
        while (!load.IsCompleted)
            await proxy.PutAsync(Turn(++turns));
        await load.Soon();

        Assert.True(turns >= 3, $"only {turns} changes");
        Assert.True(done >= 1000);
    }

    static Weft.Model.Resources.HttpRoute ProxyHostRoute(int turn) =>
        new() { Match = new() { PathPrefix = $"/never-{turn}" }, Respond = new() { Status = 500 } };

    [Fact]
    public async Task A_listener_that_goes_lets_requests_end_and_takes_no_more()
    {
        await using var member = await Backend.StartAsync("a");
        await using var proxy = new ProxyHost();
        var pool = ProxyHost.Pool("web", member.Member());
        await proxy.PutAsync(proxy.Configuration([ProxyHost.Http(Port, "web"), ProxyHost.Http(Port + 1, "web")], pool));
        var pending = proxy.Client(Port).GetAsync("/wait", Cancel);
        await Patience.UntilAsync(() => !member.Waiting.IsEmpty, "the request being there");

        await proxy.PutAsync(proxy.Configuration([ProxyHost.Http(Port + 1, "web")], pool));
        var refusal = await Assert.ThrowsAsync<SocketException>(() => proxy.ConnectAsync(Port, Cancel).AsTask());
        Assert.Equal(SocketError.ConnectionRefused, refusal.SocketErrorCode);
        member.Release();

        Assert.Equal(HttpStatusCode.OK, (await pending.Soon()).StatusCode);
    }

    [Fact]
    public async Task A_load_balancer_that_goes_lets_requests_end_and_leaves_nothing()
    {
        await using var member = await Backend.StartAsync("a");
        await using var proxy = new ProxyHost();
        await proxy.PutAsync(proxy.Configuration([ProxyHost.Http(Port, "web")], ProxyHost.Pool("web", member.Member())));
        var pending = proxy.Client(Port).GetAsync("/wait", Cancel);
        await Patience.UntilAsync(() => !member.Waiting.IsEmpty, "the request being there");

        File.Delete(proxy.FilePath);
        await Patience.UntilAsync(() => proxy.Status() is null, "its status being gone");
        await Assert.ThrowsAsync<SocketException>(() => proxy.ConnectAsync(Port, Cancel).AsTask());
        member.Release();

        Assert.Equal(HttpStatusCode.OK, (await pending.Soon()).StatusCode);
    }

    public static TheoryData<string, string> BadFiles => new()
    {
        { "{", "not a configuration" },
        { """{"uid":"8f8e8c5e-6c1e-4b7e-9a39-4a9c6a3f2f10","what":1}""", "could not be mapped" },
        { """{"uid":"8f8e8c5e-6c1e-4b7e-9a39-4a9c6a3f2f10","project":"p","name":"n","addresses":[],"listeners":[{"name":"l","protocol":"http","port":80,"pool":"x"}],"pools":[]}""", "listener l: there is no pool x" },
        { """{"uid":"8f8e8c5e-6c1e-4b7e-9a39-4a9c6a3f2f10","project":"p","name":"n","addresses":[],"listeners":[{"name":"l","protocol":"ftp","port":80}],"pools":[]}""", "ftp" },
    };

    [Theory]
    [MemberData(nameof(BadFiles))]
    public async Task A_file_that_is_bad_leaves_the_last_good_one_in_force_and_says_so(string file, string reason)
    {
        await using var member = await Backend.StartAsync("a");
        await using var proxy = new ProxyHost();
        var good = proxy.Configuration([ProxyHost.Http(Port, "web")], ProxyHost.Pool("web", member.Member()));
        await proxy.PutAsync(good);

        proxy.WriteText(file);
        await Patience.UntilAsync(() => proxy.Status()!.State == ProxyStatus.Error, "the fault being told");
        Assert.Contains(reason, proxy.Status()!.Message, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await proxy.Client(Port).GetAsync("/", Cancel)).StatusCode);

        await proxy.PutAsync(good);
        Assert.Null(proxy.Status()!.Message);
    }

    [Fact]
    public async Task An_address_that_is_taken_is_told_and_listened_on_when_it_is_free()
    {
        await using var member = await Backend.StartAsync("a");
        await using var proxy = new ProxyHost();
        using (var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            taken.Bind(new IPEndPoint(proxy.Address, Port));
            taken.Listen();
            await proxy.PutAsync(
                proxy.Configuration([ProxyHost.Http(Port, "web")], ProxyHost.Pool("web", member.Member())), ProxyStatus.Error);
            Assert.Contains($"cannot listen on {proxy.Address}:{Port}", proxy.Status()!.Message, StringComparison.Ordinal);
        }
        await Patience.UntilAsync(() => proxy.Status()!.State == ProxyStatus.Active, "listening");
        Assert.Equal(HttpStatusCode.OK, (await proxy.Client(Port).GetAsync("/", Cancel)).StatusCode);
    }

    [Fact]
    public async Task Connections_beyond_the_limit_are_refused_and_counted()
    {
        await using var proxy = new ProxyHost();
        await proxy.PutAsync(proxy.Configuration([ProxyHost.Http(Port, null) with { MaxConnections = 1 }]));
        using var first = await proxy.ConnectAsync(Port, Cancel);
        await Patience.UntilAsync(() => proxy.Status()!.Listeners.Single().Connections == 1, "the first being in");

        var refusal = await Assert.ThrowsAsync<SocketException>(async () =>
        {
            using var second = await proxy.ConnectAsync(Port, Cancel);
            await second.ReceiveAsync(new byte[1], Cancel);
        });
        Assert.Equal(SocketError.ConnectionReset, refusal.SocketErrorCode);
        await Patience.UntilAsync(() => proxy.Status()!.Listeners.Single().Refused == 1, "the refusal being counted");
        first.Dispose();
        await Patience.UntilAsync(() => proxy.Status()!.Listeners.Single().Connections == 0, "room again");
        Assert.Equal(HttpStatusCode.NotFound, (await proxy.Client(Port).GetAsync("/", Cancel)).StatusCode);
    }

    [Fact]
    public async Task What_happens_is_counted_by_listener_and_member()
    {
        await using var member = await Backend.StartAsync("a");
        await using var proxy = new ProxyHost();
        await proxy.PutAsync(proxy.Configuration([ProxyHost.Http(Port, "web")], ProxyHost.Pool("web", member.Member())));
        var client = proxy.Client(Port);
        await client.PostAsync("/upload", new ByteArrayContent(new byte[100_000]), Cancel);
        await client.GetAsync("/fail", Cancel);
        var pending = client.GetAsync("/wait", Cancel);

        await Patience.UntilAsync(() => proxy.Status()!.Listeners.Single().Active == 1, "the count of what runs");
        var status = proxy.Status()!;
        var listener = status.Listeners.Single();
        Assert.Equal((3, 1, 1), (listener.Requests, listener.ServerErrors, listener.Active));
        Assert.InRange(listener.BytesIn, 100_000, 102_000);
        Assert.InRange(listener.BytesOut, 100, 2_000);
        var served = status.Members.Single();
        Assert.Equal((3, 1, 1, 0), (served.Requests, served.ServerErrors, served.Active, served.Failures));
        Assert.InRange(served.BytesIn, 100_000, 102_000);

        member.Release();
        await pending.Soon();
    }

    [Fact]
    public async Task Without_load_balancers_it_ends_by_itself()
    {
        await using var proxy = new ProxyHost(idle: TimeSpan.FromMilliseconds(1500));
        await proxy.PutAsync(proxy.Configuration([ProxyHost.Http(Port, null)]));
        Assert.False(proxy.Running.IsCompleted);

        File.Delete(proxy.FilePath);

        await proxy.Running.Soon();
    }
}
