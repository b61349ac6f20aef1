using System.Net;
using System.Net.Sockets;
using Weft.Agent.State;
using Weft.Model.State;
using static Weft.Tests.Rules.RuleWorld;

namespace Weft.Kernel.Tests.Rules;

/// <summary>Rules that change while connections run.</summary>
public sealed class LiveChangeTests : IAsyncLifetime
{
    const RuleAction Allow = RuleAction.Allow;

    RuleSite _site = null!;

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _site = await RuleSite.StartAsync(verdictTableSize: 1024);

    public ValueTask DisposeAsync() => _site.DisposeAsync();

    [Theory]
    [InlineData("log")]
    [InlineData("log2")]
    public async Task A_revoked_rule_stops_what_is_established_and_a_granted_one_lets_it_go_on(string to)
    {
        var grant = Rule(Allow, _site.End("p/front"), _site.End("p/mgmt"), 6, "80");
        _site.Policy("p/x", ["p/front"], 100, grant);
        await _site.SettledAsync();
        var (web, log) = (_site.Members["web"], _site.Members[to]);
        using var listener = log.Container.Ns.ListenTcp(new(log.V4, 80));
        using var client = web.Container.Ns.OpenSocket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(log.V4, 80, Cancellation);
        using var server = await listener.AcceptAsync(Cancellation);
        await ArrivesAsync(client, server);
        await ArrivesAsync(server, client);

        _site.Policy("p/x", ["p/front"], 100, Rule(Allow, _site.End("p/mgmt"), _site.End("p/front"), 6, "80"));
        await _site.SettledAsync();
        IsDropped(web, () => client.Send([1]));
        IsDropped(log, () => server.Send([2]));
        Assert.Equal((0, 0), (client.Available, server.Available));

        _site.Policy("p/x", ["p/front"], 100, grant);
        await _site.SettledAsync();
        Eventually.True(() => client.Available == 1 && server.Available == 1);
    }

    [Fact]
    public async Task Changes_under_traffic_leave_no_gap()
    {
        // Both allow udp 80 and neither udp 22, each in its own way: other rules, other identities, another order.
        Action[] books =
        [
            () => _site.Policy("p/x", ["p/front"], 100, Rule(Allow, _site.End("p/front"), _site.End("p/mgmt"), 17, "80")),
            () => _site.Policy(
                "p/x", ["p/front", "p/mgmt"], 100, Rule(RuleAction.Deny, _site.End("p/front"), _site.End("p/mgmt"), 17, "22"),
                Rule(Allow, _site.End("p/front", "10.1.0.0/24"), _site.End("p/mgmt", labels: "x=y")),
                Rule(Allow, _site.End(), _site.End())),
            () => _site.Policy(
                "p/x", ["p/mgmt"], 100,
                Rule(Allow, _site.End("p/front", $"{_site.Members["web"].V4}/32"), _site.End("p/mgmt"), 17, "1-21 23-65535")),
        ];
        books[0]();
        await _site.SettledAsync();
        using var traffic = new SteadyTraffic(_site);
        for (var flip = 1; flip <= 24; flip++)
        {
            books[flip % books.Length]();
            _site.Mark("log", flip % 2 == 0 ? "x=y" : "");
            await _site.SettledAsync();
            await traffic.PassedAsync(10);
        }
        Assert.Equal(("", 0), traffic.Finish());
    }

    [Fact]
    public async Task Agents_that_start_again_deny_and_allow_from_the_first_packet()
    {
        _site.Policy("p/x", ["p/front"], 100, Rule(Allow, _site.End("p/front"), _site.End("p/mgmt"), 17, "80"));
        await _site.SettledAsync();
        using var traffic = new SteadyTraffic(_site);
        for (var i = 0; i < 2; i++)
        {
            await traffic.PassedAsync(20);
            foreach (var agent in (Agent.TestAgent[])[_site.A, _site.B])
            {
                await agent.KillAsync();
                await traffic.PassedAsync(20);
                agent.Start();
            }
            await _site.SettledAsync();
        }
        Assert.Equal(("", 0), traffic.Finish());
    }

    [Fact]
    public async Task What_cannot_be_programmed_closes_its_networks_ports_and_says_so()
    {
        var few = Rule(Allow, _site.End("p/front"), _site.End("p/mgmt"), 17, "80");
        _site.Policy("p/x", ["p/front"], 100, few);
        await _site.SettledAsync();
        var (web, lone) = (_site.Members["web"].Port, _site.Members["lone"].Port);
        _site.Policy("p/x", ["p/front"], 100, [.. Enumerable.Range(1, 2000).Select(i =>
            Rule(Allow, _site.End("p/front"), _site.End("p/mgmt"), 17, $"{i * 2}"))]);
        Eventually.True(() => StateOf(web).State == LocalPortState.Error);
        Assert.Contains("the rules of network p/front could not be programmed", StateOf(web).Message, StringComparison.Ordinal);
        Assert.Equal(LocalPortState.Active, StateOf(lone).State);
        Assert.Contains(_site.A.Status.Value.Faults, fault => fault.Contains("p/front are closed", StringComparison.Ordinal));
        IsLost(Weft.Dataplane.Abi.DropReason.PortClosed, _site.Members["web"]);

        _site.Policy("p/x", ["p/front"], 100, few);
        await _site.SettledAsync();
        Eventually.True(() => StateOf(web).State == LocalPortState.Active);
        Assert.Equal(Probe.Passed, Probe.Try(_site, "web", "log", Udp(80, Probe.Fresh()), AddressFamily.InterNetwork));

        LocalPortStatus StateOf(Guid port) => _site.A.Status.Value.Ports[port];
    }

    [Fact]
    public async Task A_rule_that_logs_tells_the_log_with_names()
    {
        _site.Policy("p/x", ["p/front"], 100, Rule(
            RuleAction.Deny, _site.End("p/front"), _site.End("p/mgmt"), 6, "22", log: true), Rule(Allow, _site.End("p/front"), _site.End("p/mgmt")));
        await _site.SettledAsync();
        Probe.Try(_site, "web", "log2", Tcp(22, 20022), AddressFamily.InterNetwork);
        Eventually.True(() => _site.A.Lines.Lines.Contains(
            "Connection denied: tcp from p/web (10.1.0.10:20022) to p/log2 (10.2.0.11:22), by rule 1 of policy p/x"));
        Eventually.True(() => _site.A.Status.Value.Rules.Any(rule => rule is { Set: "p/x", Rule: 1, Packets: > 0 }));
    }

    void IsLost(Weft.Dataplane.Abi.DropReason reason, Member from)
    {
        using var socket = Probe.Bound(from, AddressFamily.InterNetwork, Probe.Fresh());
        socket.SendTo([1], new IPEndPoint(_site.Members["db"].V4, 80));
        Eventually.True(() => from.Agent.Runtime.Opened.Result.ReadDrops().Any(drop => drop.Ifindex == from.Ifindex && drop.Reason == reason));
    }

    /// <summary>The sender's own host drops what is sent.</summary>
    static void IsDropped(Member sender, Action send)
    {
        var before = Count();
        send();
        Eventually.True(() => Count() > before);

        ulong Count() => sender.Agent.Runtime.Opened.Result.ReadDrops()
            .Where(drop => drop.Ifindex == sender.Ifindex && drop.Reason == Weft.Dataplane.Abi.DropReason.PolicyNoRule)
            .Aggregate(0UL, (sum, drop) => sum + drop.Packets);
    }

    static async Task ArrivesAsync(Socket from, Socket to)
    {
        var received = new byte[4];
        from.Send([1, 2, 3, 4]);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        for (var at = 0; at < received.Length;)
            at += await to.ReceiveAsync(received.AsMemory(at), limit.Token);
        Assert.Equal([1, 2, 3, 4], received);
    }
}
