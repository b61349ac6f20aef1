using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Weft.Kernel.Tests.Agent;
using Weft.Model.State;
using Weft.Rules;
using Weft.Rules.Explaining;

namespace Weft.Kernel.Tests.Rules;

/// <summary>A container with a port.</summary>
sealed record Member(string Name, TestNamespace Container, TestAgent Agent, Guid Port, IPAddress V4, IPAddress V6)
{
    internal IPAddress Address(AddressFamily family) => family == AddressFamily.InterNetwork ? V4 : V6;

    /// <summary>Host side of its interface.</summary>
    internal uint Ifindex => (uint)Agent.Registry.Locals[Port].Ifindex;
}

/// <summary>
/// Two hosts with agents and the real vrouter; containers in networks of projects p and q, told apart by short names.
/// <code>
///   p/front 10.1/24: web (a), web2 (b), db (a)     p/mgmt 10.2/24: log (a), log2 (b)
///   q/other 10.3/24: far (b), far2 (a)             p/lone 10.4/24: lone (a)
/// </code>
/// </summary>
sealed class RuleSite : IAsyncDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    readonly Topology _topology = new();
    readonly Dictionary<string, Guid> _networks = [];
    readonly Dictionary<string, (Guid Uid, uint Number)> _sets = [];

    internal TestCluster Cluster { get; } = new();

    internal TestAgent A { get; private set; } = null!;

    internal TestAgent B { get; private set; } = null!;

    internal Dictionary<string, Member> Members { get; } = [];

    internal static async Task<RuleSite> StartAsync(uint verdictTableSize = 65536)
    {
        var site = new RuleSite();
        try
        {
            site.A = site.Cluster.Agent(site._topology, site._topology.Node("a"));
            site.B = site.Cluster.Agent(site._topology, site._topology.Node("b"));
            foreach (var agent in (TestAgent[])[site.A, site.B])
            {
                agent.Options = agent.Options with { VerdictTableSize = verdictTableSize, FlowTableSize = 65536 };
                agent.Start();
            }
            site.Network("p/front", 101);
            site.Network("p/mgmt", 102);
            site.Network("q/other", 103);
            site.Network("p/lone", 104);
            foreach (var (name, agent, network) in site.Places())
                await site.AttachAsync(name, agent, network);
            return site;
        }
        catch
        {
            await site.DisposeAsync();
            throw;
        }
    }

    /// <summary>Labels and security groups of a port.</summary>
    internal void Mark(string member, string labels = "", params string[] groups) => Cluster.ChangePort(
        Members[member].Port, port => port with { Labels = Weft.Tests.Rules.RuleWorld.Labels(labels), Groups = [.. groups.Select(Uid).Order()] });

    internal void Policy(string name, string[] networks, int priority, params RuleSpec[] rules) =>
        Set(name, isGroup: false, priority, [.. networks.Select(network => _networks[network]).Order()], rules);

    /// <summary>Changes one rule alone.</summary>
    internal void SetRule(string name, uint id, RuleSpec spec)
    {
        var rule = new NodeRule(new(Uid(name), id), spec);
        Cluster.Change(state => state with { Rules = state.Rules.SetItem(rule.Key, rule) });
    }

    internal void Group(string name, params RuleSpec[] rules) => Set(name, isGroup: true, 0, [], rules);

    internal void Remove(string name) => Cluster.Change(state => state with
    {
        RuleSets = state.RuleSets.Remove(Uid(name)),
        Rules = state.Rules.RemoveRange(state.Rules.Keys.Where(key => key.Set == Uid(name))),
    });

    internal RuleEndpoint End(string? network = null, string? prefix = null, string? group = null, string labels = "") => new(
        network is null ? null : _networks[network], prefix is null ? null : IPNetwork.Parse(prefix),
        group is null ? null : Uid(group), Weft.Tests.Rules.RuleWorld.Labels(labels));

    /// <summary>Both agents have done what was told so far.</summary>
    internal async Task SettledAsync()
    {
        var revision = Cluster.State.Revision;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        foreach (var agent in (TestAgent[])[A, B])
            await agent.Status.WaitForAsync(status => status.AppliedRevision >= revision, limit.Token);
    }

    internal Decision Decide(string from, string to, Traffic traffic, AddressFamily family)
    {
        var state = Cluster.State;
        var (book, one, other) = (RuleBook.Of(state), Party(state, Members[from], family), Party(state, Members[to], family));
        return ReferenceEvaluator.Evaluate(
            book, one, other, traffic, NetworkJoins.AreJoined(book, one.Network, one.Project, other.Network, other.Project));
    }

    /// <summary>What <c>weft explain</c> would say of it.</summary>
    internal Explanation Explain(string from, string to, Traffic traffic, AddressFamily family)
    {
        var state = Cluster.State;
        return Explainer.Explain(
            RuleBook.Of(state), Subject(state, Members[from], family), Subject(state, Members[to], family), traffic,
            uid => $"{state.Networks[uid].Project}/{state.Networks[uid].Name}");
    }

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        _topology.Dispose();
    }

    static Party Party(NodeState state, Member member, AddressFamily family)
    {
        var port = state.Ports[member.Port];
        return new(port.Network, state.Networks[port.Network].Project, member.Address(family), port.Groups, port.Labels);
    }

    ExplainSubject Subject(NodeState state, Member member, AddressFamily family)
    {
        var port = state.Ports[member.Port];
        return ExplainSubject.Of(port, state.Networks[port.Network], member.Address(family), member.Agent == A ? "a" : "b");
    }

    IEnumerable<(string Name, TestAgent Agent, string Network)> Places() =>
    [
        ("web", A, "p/front"), ("web2", B, "p/front"), ("db", A, "p/front"), ("log", A, "p/mgmt"), ("log2", B, "p/mgmt"),
        ("far", B, "q/other"), ("far2", A, "q/other"), ("lone", A, "p/lone"),
    ];

    void Network(string name, uint vni)
    {
        var number = vni - 100;
        _networks[name] = Cluster.Network(name.Split('/')[1], vni, [$"10.{number}.0.0/24", $"fd00:{number}::/64"], name.Split('/')[0]).Uid;
    }

    async Task AttachAsync(string name, TestAgent agent, string network)
    {
        var container = _topology.Container(name);
        var attachment = await agent.AttachAsync(container, network.Split('/')[1], name, network.Split('/')[0]);
        Members[name] = new(
            name, container, agent, attachment.Port, attachment.Addresses[0].Address, attachment.Addresses[1].Address);
    }

    Guid Uid(string set) => _sets.TryGetValue(set, out var known) ? known.Uid : (_sets[set] = (Guid.NewGuid(), (uint)_sets.Count + 1)).Uid;

    void Set(string name, bool isGroup, int priority, ImmutableArray<Guid> networks, RuleSpec[] rules)
    {
        var uid = Uid(name);
        var set = new NodeRuleSet(
            uid, isGroup, name.Split('/')[0], name.Split('/')[1], _sets[name].Number, priority, networks, [.. rules.Select((_, i) => (uint)i + 1)]);
        Cluster.Change(state => state with
        {
            RuleSets = state.RuleSets.SetItem(uid, set),
            Rules = state.Rules.RemoveRange(state.Rules.Keys.Where(key => key.Set == uid))
                .SetItems(rules.Select((spec, i) => KeyValuePair.Create(new NodeRuleKey(uid, (uint)i + 1), new NodeRule(new(uid, (uint)i + 1), spec)))),
        });
    }
}
