using System.Net;
using Weft.Agent.State;
using Weft.Kernel.Tests.Agent;
using Weft.Model.Local;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Kernel.Tests.Balancing;

/// <summary>
/// Two hosts with a client on the first one and members on both, a load balancer, and what the server does with health: it
/// tells everybody what each node finds.
/// </summary>
sealed class BalancingSite : IAsyncDisposable
{
    static readonly IPAddress[] VirtualIps = [IPAddress.Parse("10.1.0.200"), IPAddress.Parse("fd00:1::200")];

    readonly Topology _topology = new();
    readonly CancellationTokenSource _end = new();
    readonly List<TestMember> _members = [];
    readonly Dictionary<string, (Attachment Attachment, TestNamespace Container)> _ports = [];
    readonly NodeNetwork _network;
    readonly Guid _uid = Guid.NewGuid();
    readonly List<Task> _telling = [];

    internal BalancingSite()
    {
        A = Cluster.Agent(_topology, _topology.Node("a"));
        B = Cluster.Agent(_topology, _topology.Node("b"));
        _network = Cluster.Network("front", 100, ["10.1.0.0/24", "fd00:1::/64"]);
        A.Start();
        B.Start();
        _telling.AddRange(TellHealthAsync(A), TellHealthAsync(B));
    }

    internal TestCluster Cluster { get; } = new();

    internal TestAgent A { get; }

    internal TestAgent B { get; }

    internal static IPEndPoint At(ushort port = 80, bool v6 = false) => new(VirtualIps[v6 ? 1 : 0], port);

    internal TestNamespace Container(string name) => _ports[name].Container;

    internal IPAddress AddressOf(string name, int family = 0) => _ports[name].Attachment.Addresses[family].Address;

    internal NodeMember Member(string name, int weight = 1, ushort port = 8080) => new(_ports[name].Attachment.Port, port, weight, 0);

    internal NodeMemberKey Key(string name, ushort port = 8080) => new(_uid, "default", _ports[name].Attachment.Port, port);

    /// <summary>Of a member, or of the listener, as clients of that agent's node use it.</summary>
    internal BalanceTotals Count(TestAgent agent, NodeMemberKey? member = null) =>
        agent.Status.Value.Balance.GetValueOrDefault(member is { } key ? BalanceKey.Of(key) : new(_uid, "l", null));

    internal async Task AttachAsync(TestAgent agent, string name) =>
        await AttachAsync(agent, name, _topology.Container(name));

    internal async Task DetachAsync(TestAgent agent, string name)
    {
        await agent.Attacher.DetachAsync(_ports[name].Attachment.Port, TestContext.Current.CancellationToken);
        await Cluster.AppliedAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>A container with a server.</summary>
    internal async Task<TestMember> ServeAsync(TestAgent agent, string name, ushort port = 8080)
    {
        await AttachAsync(agent, name);
        return Listen(name, port);
    }

    internal TestMember Listen(string name, ushort port = 8080)
    {
        var member = new TestMember(Container(name), name, port);
        _members.Add(member);
        return member;
    }

    internal async Task TellAsync(NodePool pool, string protocol = "tcp", string ports = "80")
    {
        Assert.True(PortRange.TryParse(ports, out var range));
        var balancer = new NodeBalancer(
            _uid, "default", "web", _network.Uid, [.. VirtualIps], 1,
            [new() { Name = "l", Protocol = protocol, Ports = range, Pool = "default" }], [pool]);
        Cluster.Change(state => state with { Balancers = state.Balancers.SetItem(_uid, balancer) });
        await Cluster.AppliedAsync(TestContext.Current.CancellationToken);
    }

    internal static NodePool Pool(string algorithm, HealthMonitor? monitor, params NodeMember[] members) =>
        new("default", algorithm, 0, monitor, [.. members]);

    /// <summary>Who answers a new connection of the client; null: it was refused.</summary>
    internal async Task<string?> AskAsync(string from = "client", ushort port = 80, bool v6 = false)
    {
        try
        {
            using var client = await TestClient.OpenAsync(Container(from), At(port, v6));
            return client.Member;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return null;
        }
    }

    /// <summary>How often each one answered.</summary>
    internal async Task<Dictionary<string, int>> AskManyAsync(int times, string from = "client", bool v6 = false)
    {
        var answers = new Dictionary<string, int>();
        for (var i = 0; i < times; i++)
        {
            var member = await AskAsync(from, v6: v6) ?? "refused";
            answers[member] = answers.GetValueOrDefault(member) + 1;
        }
        return answers;
    }

    internal void UntilHealthIs(string member, bool healthy, ushort port = 8080) =>
        Eventually.True(() => Cluster.State.Health.GetValueOrDefault(Key(member, port))?.Healthy == healthy);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_telling);
        _members.ForEach(member => member.Dispose());
        await Cluster.DisposeAsync();
        _topology.Dispose();
        _end.Dispose();
    }

    async Task AttachAsync(TestAgent agent, string name, TestNamespace container) =>
        _ports[name] = (await agent.AttachAsync(container, "front", name), container);

    async Task TellHealthAsync(TestAgent agent)
    {
        var known = agent.Status.Value;
        try
        {
            while (true)
            {
                known = await agent.Status.NextAsync(known, _end.Token);
                var news = known.Health.Values.Where(health => !health.Equals(Cluster.State.Health.GetValueOrDefault(health.Key))).ToList();
                if (news.Count > 0)
                    Cluster.Change(state => state with { Health = state.Health.SetItems(news.Select(health => KeyValuePair.Create(health.Key, health))) });
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }
}
