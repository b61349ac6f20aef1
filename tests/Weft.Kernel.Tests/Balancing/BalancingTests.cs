using System.Diagnostics;
using System.Net.Sockets;
using Weft.Model.Resources;
using Weft.Model.State;
using static Weft.Kernel.Tests.Balancing.BalancingSite;

namespace Weft.Kernel.Tests.Balancing;

/// <summary>Load balancers with real agents, vrouters and connections; containers are namespaces.</summary>
public sealed class BalancingTests : IAsyncLifetime
{
    static readonly HealthMonitor Fast = new() { Type = "tcp", IntervalMilliseconds = 300 };

    readonly BalancingSite _site = new();
    TestMember _two = null!;

    public async ValueTask InitializeAsync()
    {
        await _site.AttachAsync(_site.A, "client");
        await _site.ServeAsync(_site.A, "one");
        _two = await _site.ServeAsync(_site.B, "two");
        await _site.ServeAsync(_site.B, "three");
    }

    public ValueTask DisposeAsync() => _site.DisposeAsync();

    NodePool All(string algorithm = "round-robin", HealthMonitor? monitor = null) =>
        Pool(algorithm, monitor, _site.Member("one"), _site.Member("two"), _site.Member("three"));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Members_on_two_hosts_get_connections_as_their_weights_say_and_see_the_client(bool v6)
    {
        await _site.TellAsync(Pool("round-robin", null, _site.Member("one"), _site.Member("two", weight: 2), _site.Member("three")));

        var answers = await _site.AskManyAsync(40, v6: v6);

        Assert.Equal((10, 20, 10), (answers["one"], answers["two"], answers["three"]));
        using var client = await TestClient.OpenAsync(_site.Container("client"), At(v6: v6));
        Assert.Equal(_site.AddressOf("client", v6 ? 1 : 0), client.Seen);
    }

    [Fact]
    public async Task Who_is_drained_keeps_its_connections_and_gets_no_new_ones()
    {
        await _site.TellAsync(Pool("round-robin", null, _site.Member("one")));
        using var client = await TestClient.OpenAsync(_site.Container("client"), At());
        await _site.TellAsync(Pool("round-robin", null, _site.Member("one", weight: 0), _site.Member("two")));

        Assert.Equal(["two"], (await _site.AskManyAsync(6)).Keys);
        Assert.True(await client.WorksAsync());
    }

    [Fact]
    public async Task Who_is_removed_keeps_its_connections_until_its_port_is_gone()
    {
        await _site.TellAsync(Pool("round-robin", null, _site.Member("three")));
        using var client = await TestClient.OpenAsync(_site.Container("client"), At());
        await _site.TellAsync(Pool("round-robin", null, _site.Member("one"), _site.Member("two")));

        Assert.DoesNotContain("three", (await _site.AskManyAsync(6)).Keys);
        Assert.True(await client.WorksAsync());
        await _site.DetachAsync(_site.B, "three");
        Assert.False(await client.WorksAsync());
    }

    [Fact]
    public async Task Who_stops_to_listen_gets_no_new_connection_within_an_interval_and_comes_back_by_itself()
    {
        await _site.TellAsync(All(monitor: Fast with { IntervalMilliseconds = 1000 }));
        foreach (var name in (string[])["one", "two", "three"])
            _site.UntilHealthIs(name, true);
        await _site.Cluster.AppliedAsync(TestContext.Current.CancellationToken);
        using var client = await ClientOf("two");
        var stopped = Stopwatch.GetTimestamp();
        _two.StopListening();
        _site.UntilHealthIs("two", false);
        await _site.Cluster.AppliedAsync(TestContext.Current.CancellationToken);
        var took = Stopwatch.GetElapsedTime(stopped);

        Assert.InRange(took.TotalMilliseconds, 0, 1500); // half of it for a machine that has other things to do
        Assert.Equal(["one", "three"], (await _site.AskManyAsync(12)).Keys.Order());
        Assert.True(await client.WorksAsync());

        _site.Listen("two");
        _site.UntilHealthIs("two", true);
        await _site.Cluster.AppliedAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["one", "three", "two"], (await _site.AskManyAsync(12)).Keys.Order());
        Assert.True(await client.WorksAsync());
    }

    async Task<TestClient> ClientOf(string member)
    {
        while (true)
        {
            var client = await TestClient.OpenAsync(_site.Container("client"), At());
            if (client.Member == member)
                return client;
            client.Dispose();
        }
    }

    [Fact]
    public async Task A_member_may_be_its_own_client()
    {
        await _site.TellAsync(Pool("round-robin", null, _site.Member("one")));

        using var client = await TestClient.OpenAsync(_site.Container("one"), At());

        Assert.Equal(("one", At().Address), (client.Member, client.Seen));
        Assert.True(await client.WorksAsync());
    }

    [Fact]
    public async Task Without_a_member_or_a_listener_clients_are_refused_at_once()
    {
        await _site.TellAsync(Pool("round-robin", null));
        var start = Stopwatch.GetTimestamp();

        Assert.Null(await _site.AskAsync());
        Assert.Null(await _site.AskAsync(port: 81));
        Assert.Null(await _site.AskAsync(v6: true));
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_client_stays_at_the_member_that_its_address_hashes_to()
    {
        await _site.TellAsync(All("source-hash"));
        var first = Assert.Single(await _site.AskManyAsync(8)).Key;
        string[] others = ["one", "two", "three"];
        await _site.TellAsync(Pool("source-hash", null, [.. others.Where(name => name == first || name != others.First(other => other != first)).Select(name => _site.Member(name))]));

        Assert.Equal(first, Assert.Single(await _site.AskManyAsync(8)).Key);
    }

    [Fact]
    public async Task Each_port_of_a_range_is_the_members_own()
    {
        using var high = _site.Listen("one", 8081);
        await _site.TellAsync(Pool("round-robin", null, _site.Member("one", port: 0)), ports: "8080-8090");

        Assert.Equal("one", await _site.AskAsync(port: 8080));
        Assert.Equal("one", await _site.AskAsync(port: 8081));
        Assert.Null(await _site.AskAsync(port: 8082));
        Assert.Null(await _site.AskAsync(port: 80));
    }

    [Fact]
    public async Task Connections_go_on_while_the_agent_is_away_and_after()
    {
        await _site.TellAsync(All(monitor: Fast));
        foreach (var name in (string[])["one", "two", "three"])
            _site.UntilHealthIs(name, true);
        await _site.Cluster.AppliedAsync(TestContext.Current.CancellationToken);
        using var kept = await ClientOf("three");
        await _site.TellAsync(Pool("round-robin", Fast, _site.Member("one"), _site.Member("two")));
        await _site.A.KillAsync();
        Assert.Equal(["one", "two"], (await _site.AskManyAsync(6)).Keys.Order());
        Assert.True(await kept.WorksAsync());

        _site.A.Start();
        await _site.Cluster.AppliedAsync(TestContext.Current.CancellationToken);

        Assert.True(await kept.WorksAsync());
        Assert.Equal(["one", "two"], (await _site.AskManyAsync(6)).Keys.Order());
    }

    [Fact]
    public async Task What_went_through_is_counted()
    {
        await _site.TellAsync(Pool("round-robin", null, _site.Member("one"), _site.Member("two")));
        using var client = await TestClient.OpenAsync(_site.Container("client"), At());
        await _site.AskManyAsync(5);

        Eventually.True(() => _site.Count(_site.A).Total == 6
            && _site.Count(_site.A, _site.Key("one")).Total == 3 && _site.Count(_site.A, _site.Key("two")).Total == 3);
        Assert.Equal(0ul, _site.Count(_site.B).Total);
    }

    [Theory]
    [InlineData("ping")]
    [InlineData("udp")]
    [InlineData("http")]
    public async Task Members_are_asked_in_every_way(string type)
    {
        // No server of these speaks HTTP, and none has a UDP socket: only ping finds them well.
        await _site.TellAsync(Pool("round-robin", Fast with { Type = type }, _site.Member("one"), _site.Member("two")));

        _site.UntilHealthIs("one", type == "ping");
        _site.UntilHealthIs("two", type == "ping");
        Assert.Equal(
            type switch { "ping" => "", "udp" => "connection refused", _ => "its answer is no HTTP" },
            _site.Cluster.State.Health[_site.Key("two")].Message);
    }

    [Fact]
    public async Task A_UDP_member_with_a_socket_is_well()
    {
        using var socket = _site.Container("one").Ns.BindUdp(new(System.Net.IPAddress.Any, 8080));
        await _site.TellAsync(Pool("round-robin", Fast with { Type = "udp" }, _site.Member("one"), _site.Member("two")));

        _site.UntilHealthIs("one", true);
        _site.UntilHealthIs("two", false);
        Assert.True(socket.Available > 0);
        Assert.Equal(SocketType.Dgram, socket.SocketType);
    }
}
