using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Weft.Cli;
using Weft.Model.Resources;
using Weft.Protocol.V1;
using Weft.Server.Commits;
using Weft.Server.Sync;
using Weft.Tests.Cli;

namespace Weft.Tests.Server;

/// <summary>Traces as the server coordinates them, and as the command line shows them; nodes are played by the tests.</summary>
public sealed class TraceTests : IAsyncLifetime
{
    const string Question = """{"from": {"port": "web-1"}, "to": {"port": "db-1"}, "port": 22}""";

    TestServer server = null!;

    TraceBoard Board => server.Services.GetRequiredService<TraceBoard>();

    public async ValueTask InitializeAsync()
    {
        server = await TestServer.StartAsync();
        await Put("networks/front", """{"subnets": [{"prefix": "10.1.0.0/24"}]}""");
        foreach (var (name, number) in ((string, int)[])[("a", 1), ("b", 2)])
        {
            // Nodes are made by joining; here only their names matter.
            var made = new Write.Put(new Node { Name = name, FabricAddress = IPAddress.Parse($"192.0.2.{number}"), FabricMtu = 1500 });
            Assert.IsType<Outcome.Committed>(await server.Cluster.ApplyAsync(made, TestContext.Current.CancellationToken));
        }
        await Put("ports/web-1", """{"network": "front", "node": "a", "addresses": ["10.1.0.10"]}""");
        await Put("ports/db-1", """{"network": "front", "node": "b", "addresses": ["10.1.0.11"]}""");
        await Put("ports/idle", """{"network": "front", "addresses": ["10.1.0.12"]}""");
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    async Task Put(string path, string json)
    {
        var (status, body, _) = await server.Send(HttpMethod.Put, $"/api/v1/{path}", json);
        Assert.True(status == HttpStatusCode.Created, body.ToJsonString());
    }

    async Task<(HttpStatusCode Status, JsonNode Body)> Trace(string question = Question)
    {
        var (status, body, _) = await server.Send(HttpMethod.Post, "/api/v1/trace", question);
        return (status, body);
    }

    Task<CliRun> Run(params string[] arguments) => CliRun.OfAsync(
        ["trace", "--from", "web-1", "--to", "db-1", "--port", "22", .. arguments], "",
        new Dictionary<string, string> { ["WEFT_SERVER"] = server.Socket }, TestContext.Current.CancellationToken);

    /// <summary>A node that sends and tells this; the second node's report may come first.</summary>
    IDisposable Play(params (string Node, TraceReport Report)[] told) => Board.Connect("a", request =>
    {
        Assert.Equal((22u, 6u), (request.DestinationPort, request.Protocol));
        foreach (var (node, report) in told)
        {
            var copy = report.Clone();
            copy.Id = request.Id;
            Board.Report(node, copy);
        }
    });

    static TraceReport Sent => new() { Hook = "from-port", Action = "remote", NextNode = "b", Network = "default/front" };

    static TraceReport Arrived => new() { Hook = "from-overlay", Action = "local", Port = "default/db-1", Network = "default/front" };

    static TraceReport Denied => new()
    {
        Hook = "from-port", Action = "drop", DropReason = "policy-denied", Reject = true, Network = "default/front",
        Rule = new() { Project = "default", Name = "logs", Id = 2 },
    };

    [Fact]
    public async Task What_both_nodes_tell_is_put_in_the_order_of_the_way()
    {
        using var node = Play(("b", Arrived), ("a", Sent));

        var (status, body) = await Trace();

        Assert.Equal((HttpStatusCode.OK, "allowed"), (status, (string?)body["verdict"]));
        Assert.Equal(["a", "b"], body["hops"]!.AsArray().Select(hop => (string?)hop!["node"]));
        Assert.Equal(
            ("send", "b", "deliver", "default/db-1"),
            ((string?)body["hops"]![0]!["decision"], (string?)body["hops"]![0]!["nextHop"], (string?)body["hops"]![1]!["decision"], (string?)body["hops"]![1]!["port"]));
    }

    [Fact]
    public async Task What_is_denied_ends_at_the_hop_that_denies_and_names_the_rule()
    {
        using var node = Play(("a", Denied));

        var (_, body) = await Trace();

        Assert.Equal("denied", (string?)body["verdict"]);
        Assert.Equal(
            "It would be dropped: policy-denied, by policy default/logs rule 2; the sender would be told on node a.", (string?)body["summary"]);
    }

    [Fact]
    public async Task A_node_that_does_not_tell_is_named()
    {
        using var node = Play(("a", Sent));

        var (_, body) = await Trace();

        Assert.Equal(("lost", "b"), ((string?)body["verdict"], (string?)body["missing"]));
    }

    [Fact]
    public async Task A_packet_that_could_not_be_sent_is_a_problem_with_the_reason()
    {
        using var node = Play(("a", new() { Fault = "no such namespace" }));

        var (status, body) = await Trace();

        Assert.Equal((HttpStatusCode.Conflict, "node a could not send the packet: no such namespace"), (status, (string?)body["detail"]));
    }

    [Theory]
    [InlineData(Question, 409, "node a, which has port web-1, is not connected to the server")]
    [InlineData("""{"from": {"port": "idle"}, "to": {"port": "db-1"}, "port": 22}""", 409, "port idle is on no node: attach it first")]
    [InlineData("""{"from": {"address": "10.1.0.99"}, "to": {"port": "db-1"}, "port": 22}""", 422, "from: no port has 10.1.0.99: a packet can only be sent by a port")]
    [InlineData("""{"from": {"port": "web-1"}, "to": {"port": "db-1"}}""", 422, "port: is required for a protocol that has ports")]
    public async Task What_nobody_can_send_is_refused(string question, int status, string detail)
    {
        var (told, body) = await Trace(question);

        Assert.Equal(((HttpStatusCode)status, detail), (told, (string?)body["detail"]));
    }

    [Fact]
    public async Task The_command_shows_hop_by_hop_and_ends_with_zero_when_it_would_be_delivered()
    {
        using var node = Play(("a", Sent), ("b", Arrived));

        var run = await Run();

        Assert.Equal(ExitCodes.Ok, run.ExitCode);
        Assert.StartsWith("allowed\n  It would be delivered to port default/db-1 on node b.\n", run.Out);
        Assert.Matches("\n1 +a +from-port +send +- +node b +-\n2 +b +from-overlay +deliver +- +default/db-1 +-\n", run.Out);
        Assert.Contains("was not delivered", run.Out);
    }

    [Fact]
    public async Task The_command_ends_with_six_when_it_would_not_be_delivered()
    {
        using var node = Play(("a", Denied));

        var run = await Run("-o", "yaml");

        Assert.Equal(ExitCodes.Refused, run.ExitCode);
        Assert.Contains("verdict: denied\n", run.Out);
    }
}
