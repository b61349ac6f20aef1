using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Weft.Agent.State;
using Weft.Server.Commits;
using Weft.Tests.Sync;

namespace Weft.Tests.Server;

/// <summary>One trace shows a change from the API to the node.</summary>
public sealed class ControlTraceTests
{
    const string Parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_its_plan_and_its_commit_are_below_the_callers_span()
    {
        using var spans = new Spans();
        await using var server = await TestServer.StartAsync();
        await server.Send(HttpMethod.Post, "/api/v1/networks", """{"name": "red"}""", null, ("traceparent", Parent));
        var request = await spans.FindAsync("POST /api/v1/networks/", "0af7651916cd43dd8448eb211c80319c");
        Assert.Equal("b7ad6b7169203331", request.ParentSpanId.ToHexString());
        var write = await spans.FindAsync("write", request.TraceId.ToHexString());
        Assert.Equal(request.SpanId, write.ParentSpanId);
        Assert.Equal("Committed", write.GetTagItem("weft.outcome"));
        foreach (var name in new[] { "plan", "commit" })
            Assert.Equal(write.SpanId, (await spans.FindAsync(name, request.TraceId.ToHexString())).ParentSpanId);
    }

    [Fact]
    public async Task The_node_is_told_the_trace_of_the_change()
    {
        using var spans = new Spans();
        await using var server = await SyncServer.StartAsync();
        await using var agent = new SyncAgent(server.Address, server.TokenText()).Start();
        await agent.ConnectedAsync();
        using (var change = spans.Source.StartActivity("change")!)
        {
            await server.Test.MadeNetwork("red", "10.1.0.0/24");
            var state = await agent.WaitAsync(state => state.Cause.TraceId == change.TraceId);
            var told = await spans.FindAsync("tell node", change.TraceId.ToHexString());
            Assert.Equal(told.SpanId, state.Cause.SpanId);
            Assert.True(state.Cause.IsRemote);
            Assert.Equal("n1", told.GetTagItem("weft.node"));
            Assert.Equal(told.ParentSpanId, (await spans.FindAsync("compile", change.TraceId.ToHexString())).SpanId);
        }
    }

    [Fact]
    public async Task Spans_are_sent_to_a_receiver_of_otlp_and_to_nobody_without_one()
    {
        using var folder = new TemporaryFolder();
        using var receiver = new TcpListener(IPAddress.Loopback, 0);
        receiver.Start();
        using var daemon = await DaemonProcess.StartAsync(
            folder.Path, ["--otlp", $"http://{receiver.LocalEndpoint}"], [("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_BSP_SCHEDULE_DELAY", "100")], Cancel);
        using var made = await daemon.Client.PostAsync("/api/v1/networks", new StringContent("""{"name": "red"}""", Encoding.UTF8, "application/json"), Cancel);
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        var text = await ReceiveAsync(receiver, "commit");
        Assert.StartsWith("POST /v1/traces HTTP/1.1", text, StringComparison.Ordinal);
        Assert.Contains("Content-Type: application/x-protobuf", text, StringComparison.Ordinal);
        foreach (var part in new[] { "weftd", "Weft.Server", "POST /api/v1/networks", "plan", "commit" })
            Assert.Contains(part, text, StringComparison.Ordinal);
    }

    /// <summary>What is posted, until one of them has the word.</summary>
    static async Task<string> ReceiveAsync(TcpListener receiver, string word)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        deadline.CancelAfter(TimeSpan.FromSeconds(60));
        var all = new StringBuilder();
        while (!all.ToString().Contains(word, StringComparison.Ordinal))
        {
            using var client = await receiver.AcceptTcpClientAsync(deadline.Token);
            var (stream, buffer, request) = (client.GetStream(), new byte[65536], "");
            while (!IsWhole(request))
                request += Encoding.Latin1.GetString(buffer, 0, await stream.ReadAsync(buffer, deadline.Token));
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(), deadline.Token);
            all.Append(request);
        }
        return all.ToString();
    }

    static bool IsWhole(string request)
    {
        var end = request.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0)
            return false;
        var length = request.Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        return length is null ? request.EndsWith("0\r\n\r\n", StringComparison.Ordinal) : request.Length - end - 4 >= int.Parse(length[15..], null);
    }

    /// <summary>Listens to the server and to a source of the test's own; the sources are the process's, so traces tell tests apart.</summary>
    sealed class Spans : IDisposable
    {
        readonly ConcurrentQueue<Activity> _ended = new();
        readonly ActivityListener _listener;

        public Spans()
        {
            var name = $"test-{Guid.NewGuid()}";
            Source = new(name);
            _listener = new()
            {
                ShouldListenTo = source => source.Name == name || source.Name is ServerTraces.Name or AgentTraces.Name,
                Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = _ended.Enqueue,
            };
            ActivitySource.AddActivityListener(_listener);
        }

        public ActivitySource Source { get; }

        public async Task<Activity> FindAsync(string name, string trace)
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            deadline.CancelAfter(TimeSpan.FromSeconds(20));
            while (true)
            {
                if (_ended.FirstOrDefault(span => span.DisplayName.TrimEnd('/') == name.TrimEnd('/') && span.TraceId.ToHexString() == trace) is { } found)
                    return found;
                await Task.Delay(10, deadline.Token);
            }
        }

        public void Dispose()
        {
            _listener.Dispose();
            Source.Dispose();
        }
    }
}
