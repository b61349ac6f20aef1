using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using Weft.Agent.Local;
using Weft.Model.Local;

namespace Weft.Kernel.Tests.Agent;

/// <summary>The local API over its real socket, with a real vrouter behind.</summary>
public sealed class LocalApiTests : IAsyncLifetime
{
    readonly Topology _topology = new();
    readonly TestCluster _cluster = new();
    TestAgent _agent = null!;
    LocalApi _api = null!;
    HttpClient _http = null!;

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _agent = _cluster.Agent(_topology, _topology.Node("a"));
        _cluster.Network("frontend", 100, ["10.1.0.0/24", "fd00:1::/64"]);
        _agent.Start();
        _api = _agent.Api();
        await _api.StartAsync(Cancellation);
        _http = new(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(_agent.Options.SocketPath), cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        })
        { BaseAddress = new("http://agent") };
    }

    public async ValueTask DisposeAsync()
    {
        _http?.Dispose();
        if (_api is not null)
        {
            await _api.StopAsync(CancellationToken.None);
            await _api.DisposeAsync();
        }
        await _cluster.DisposeAsync();
        _topology.Dispose();
    }

    [Fact]
    public async Task Attach_look_and_detach()
    {
        var c1 = _topology.Container("c1");
        using var posted = await _http.PostAsJsonAsync(
            "/v1/attachments",
            new AttachPortRequest { Network = "frontend", Netns = c1.Name, Name = "one", Interface = "net0" },
            LocalJson.Default.AttachPortRequest, Cancellation);
        Assert.Equal(HttpStatusCode.Created, posted.StatusCode);
        var attachment = await posted.Content.ReadFromJsonAsync(LocalJson.Default.Attachment, Cancellation);
        Assert.Equal(("one", "net0", "netns", "active", 1450),
            (attachment!.Name, attachment.Interface, attachment.Method, attachment.State, attachment.Mtu));
        Assert.True(c1.Netlink.GetLink("net0").IsUp);
        Command.Run(c1, "ping", "-c1", "-W5", attachment.Addresses[0].Gateway!.ToString());

        var status = await _http.GetFromJsonAsync("/v1/status", LocalJson.Default.LocalStatus, Cancellation);
        Assert.Equal((1, 1, 1, true), (status!.Attachments, status.Ports, status.Networks, status.InSync));
        var listed = await _http.GetFromJsonAsync("/v1/attachments", LocalJson.Default.IReadOnlyListAttachment, Cancellation);
        Assert.Equal(attachment.Port, Assert.Single(listed!).Port);

        using var deleted = await _http.DeleteAsync("/v1/attachments/one", Cancellation);
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        using var again = await _http.DeleteAsync("/v1/attachments/one", Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, again.StatusCode);
    }

    [Fact]
    public async Task What_should_be_and_what_is_can_be_looked_at()
    {
        var c1 = _topology.Container("c1");
        var one = await _agent.AttachAsync(c1, "frontend", "one");
        Assert.NotEqual(0, Command.Try(c1, "ping", "-c1", "-W1", "10.1.0.99").ExitCode);

        var desired = await _http.GetFromJsonAsync("/v1/debug/desired", LocalJson.Default.LocalRecords, Cancellation);
        var actual = await _http.GetFromJsonAsync("/v1/debug/actual", LocalJson.Default.LocalRecords, Cancellation);
        foreach (var map in (string[])["ports", "routes", "networks", "services"])
        {
            Assert.NotEmpty(desired!.Maps[map]);
            Assert.Equal(desired.Maps[map], actual!.Maps[map]);
        }
        var drops = await _http.GetFromJsonAsync("/v1/debug/drops", LocalJson.Default.IReadOnlyListLocalDrop, Cancellation);
        Assert.Contains(drops!, drop => drop.Reason == "no-route" && drop.Port == one.Port && drop.Packets > 0);
        Command.Run(c1, "ping", "-c1", "-W5", one.Addresses[0].Address.ToString());
        Assert.NotNull(await _http.GetFromJsonAsync("/v1/debug/flows", LocalJson.Default.IReadOnlyListLocalFlow, Cancellation));
    }

    [Theory]
    [InlineData("{", 400, "")]
    [InlineData("[]", 400, "")]
    [InlineData("""{"network":"frontend","pid":1,"nonsense":1}""", 400, "nonsense")]
    [InlineData("""{"network":"frontend","netns":"x","addresses":["no"]}""", 400, "addresses[0]")]
    [InlineData("""{"netns":"x"}""", 400, "")]
    [InlineData("""{"network":"frontend"}""", 422, "netns")]
    [InlineData("""{"network":"frontend","netns":"x","pid":1}""", 422, "netns")]
    [InlineData("""{"network":"frontend","pid":-1}""", 422, "pid")]
    [InlineData("""{"network":"nothing","netns":"x"}""", 404, "network")]
    [InlineData("""{"network":"frontend","netns":"nothing-of-the-kind"}""", 404, "netns")]
    [InlineData("""{"network":"frontend","pid":2147483647}""", 404, "pid")]
    [InlineData("""{"network":"frontend","container":"x"}""", 503, "container")]
    public async Task Bad_requests_are_answered_with_the_field_and_change_nothing(string body, int status, string path)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await _http.PostAsync(new Uri("/v1/attachments", UriKind.Relative), content, Cancellation);
        var problem = await answer.Content.ReadFromJsonAsync(LocalJson.Default.LocalProblem, Cancellation);
        Assert.Equal((status, status), ((int)answer.StatusCode, problem!.Status));
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal(path, Assert.Single(problem.Errors!).Path);
        Assert.Empty(_cluster.State.Ports);
    }

    [Fact]
    public async Task What_is_not_there_and_what_is_too_large_are_problems_too()
    {
        using var unknown = await _http.GetAsync(new Uri("/v1/nothing", UriKind.Relative), Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        using var content = new StringContent($$"""{"network":"{{new string('x', 100_000)}}"}""", Encoding.UTF8, "application/json");
        using var large = await _http.PostAsync(new Uri("/v1/attachments", UriKind.Relative), content, Cancellation);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);
    }

    [Fact]
    public void The_socket_is_for_root_alone() =>
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_agent.Options.SocketPath));
}
