using Weft.Model.State;
using Weft.Rules;

namespace Weft.Compiler;

/// <summary>What one change of the cluster has touched, and from that each node's delta.</summary>
/// <param name="nodes">All names, with what is known of them.</param>
/// <param name="answering">Nodes that answer for floating IPs, as of the last step.</param>
/// <param name="tracked">False when nobody will ask for the deltas.</param>
/// <remarks>
/// Who sees what follows from three things that move in a step: who holds ports of a network, which networks are joined,
/// what a rule set is attached to. Each move is counted for what depends on it, in this order, and what has no reason
/// left, or its first, is the news.
/// </remarks>
sealed class ClusterStep(Dictionary<string, NodeEntry> nodes, HashSet<NodeEntry> answering, bool tracked)
{
    readonly Dictionary<string, NodeEntry> _nodes = nodes;
    readonly Dictionary<NetworkEntry, Moves<NodeEntry>> _holderMoves = [];
    readonly Dictionary<NetworkEntry, Moves<NodeEntry>> _viewerMoves = [];
    readonly Dictionary<RuleSetEntry, Moves<NodeEntry>> _setMoves = [];
    readonly HashSet<NetworkPair> _toggled = [];

    public HashSet<ResourceKey> Ports { get; } = [];

    /// <summary>Keys of load balancers to look at again.</summary>
    public HashSet<ResourceKey> Balancers { get; } = [];

    /// <summary>Networks whose ports, load balancers or rule sets changed.</summary>
    public HashSet<NetworkEntry> Networks { get; } = [];

    public HashSet<RuleSetEntry> RuleSets { get; } = [];

    /// <summary>Keys of networks, external networks and security groups that stand for another uid than before, or for none.</summary>
    public HashSet<ResourceKey> MovedNames { get; } = [];

    /// <summary>Names that may have nothing left.</summary>
    public HashSet<NodeEntry> Nodes { get; } = [];

    /// <summary>Uids of networks that got their first floating IP of an external network, or lost their last.</summary>
    public HashSet<Guid> FloatingNetworks { get; } = [];

    /// <summary>What became of external networks, by uid.</summary>
    public Dictionary<Guid, ExternalStep> Externals { get; } = [];

    /// <summary>Every node gets these.</summary>
    public NodeDeltaBuilder Everywhere { get; } = new();

    /// <summary>What became of the certificates that nodes show.</summary>
    public Dictionary<NodeEntry, NodeDeltaBuilder> Certificates { get; } = [];

    public PeerSteps Peers { get; } = new(nodes, answering, tracked);

    /// <summary>Pairs that are joined and were not, or the other way round; twice is not at all.</summary>
    public void Toggle(IEnumerable<NetworkPair> pairs)
    {
        foreach (var pair in pairs)
            if (!_toggled.Add(pair))
                _toggled.Remove(pair);
    }

    /// <summary>Counts every move. Afterwards nothing may be marked any more.</summary>
    /// <param name="networkOf">By uid, also of one that this step removed.</param>
    /// <param name="areJoined">As of now.</param>
    public void Settle(Func<Guid, NetworkEntry?> networkOf, Func<NetworkPair, bool> areJoined)
    {
        foreach (var network in Networks.ToList())
            SettleHolders(network);
        foreach (var pair in _toggled)
            if (networkOf(pair.First) is { } one && networkOf(pair.Second) is { } other)
                SettleJoin(one, other, areJoined(pair));
        foreach (var network in Networks)
            SettleViewers(network);
        foreach (var set in RuleSets)
            _setMoves[set] = set.Viewers.Settle();
        foreach (var network in Networks)
            Peers.Count(network, MovesOf(network, _holderMoves), MovesOf(network, _viewerMoves));
    }

    /// <summary>What each node has to change.</summary>
    public Dictionary<string, NodeDelta> Deltas(long revision)
    {
        var deltas = new DeltaSet(revision);
        var everywhere = Everywhere.Build(revision);
        if (everywhere.Count > 0)
            foreach (var node in _nodes.Values)
                deltas.Share(node, everywhere);
        ShareExternals(deltas, revision);
        foreach (var network in Networks)
            Share(
                deltas, network.Viewers, MovesOf(network, _viewerMoves), network.Changed(revision),
                () => network.All(revision), () => network.None(revision));
        foreach (var set in RuleSets)
            Share(deltas, set.Viewers, _setMoves[set], set.Changed(revision), () => set.All(revision), () => set.None(revision));
        foreach (var (node, news) in Certificates)
            deltas.Share(node, news.Build(revision));
        Peers.AddTo(deltas);
        return deltas.Build();
    }

    /// <summary>Ends the step.</summary>
    public void Forget()
    {
        foreach (var network in Networks)
            network.ForgetStep();
        foreach (var set in RuleSets)
            set.ForgetStep();
        foreach (var node in Nodes)
            if (node.IsEmpty)
                _nodes.Remove(node.Name);
    }

    /// <summary>Nodes with the same uplink get the same.</summary>
    void ShareExternals(DeltaSet deltas, long revision)
    {
        foreach (var external in Externals.Values)
        {
            var parts = new Dictionary<(bool IsThere, string? Uplink), NodeDelta>();
            foreach (var node in _nodes.Values)
            {
                if (external.For(node.Name) is not { } change)
                    continue;
                var kind = (change.Upsert is not null, change.Upsert?.Uplink);
                if (!parts.TryGetValue(kind, out var part))
                    parts[kind] = part = change.Upsert is { } record
                        ? NodeDelta.None(revision) with { Externals = [record] }
                        : NodeDelta.None(revision) with { RemovedExternals = [change.Remove!.Value] };
                deltas.Share(node, part);
            }
        }
    }

    /// <summary>To hold a port of a network is a reason to see it and those that are joined to it.</summary>
    void SettleHolders(NetworkEntry network)
    {
        var moves = network.Holders.Settle();
        if (moves.IsNone)
            return;
        _holderMoves[network] = moves;
        foreach (var seen in network.Joined.Append(network))
        {
            Networks.Add(seen);
            CountViews(seen, moves.Came, 1);
            CountViews(seen, moves.Left, -1);
        }
        Nodes.UnionWith(moves.Left);
    }

    void SettleJoin(NetworkEntry one, NetworkEntry other, bool joined)
    {
        SettleJoinOf(one, other, joined);
        SettleJoinOf(other, one, joined);
    }

    void SettleJoinOf(NetworkEntry network, NetworkEntry other, bool joined)
    {
        if (joined)
            network.Joined.Add(other);
        else
            network.Joined.Remove(other);
        CountViews(network, other.Holders.Members, joined ? 1 : -1);
        Networks.Add(network);
    }

    /// <summary>Who sees a network is told of the rule sets that it has.</summary>
    void SettleViewers(NetworkEntry network)
    {
        var viewers = network.Viewers.Settle();
        if (!viewers.IsNone)
            _viewerMoves[network] = viewers;
        foreach (var node in viewers.Came)
            node.Seen.Add(network);
        foreach (var node in viewers.Left)
            node.Seen.Remove(network);
        foreach (var set in viewers.IsNone ? [] : network.RuleSets.Members)
        {
            CountViewers(set, viewers.Came, 1);
            CountViewers(set, viewers.Left, -1);
        }
        var sets = network.RuleSets.Settle();
        foreach (var set in sets.Came)
            CountViewers(set, network.Viewers.Members, 1);
        foreach (var set in sets.Left)
            CountViewers(set, network.Viewers.Members, -1);
    }

    static void CountViews(NetworkEntry network, IEnumerable<NodeEntry> nodes, int change)
    {
        foreach (var node in nodes)
            network.Viewers.Count(node, change);
    }

    void CountViewers(RuleSetEntry set, IEnumerable<NodeEntry> nodes, int change)
    {
        RuleSets.Add(set);
        foreach (var node in nodes)
            set.Viewers.Count(node, change);
    }

    static void Share(
        DeltaSet deltas, Tally<NodeEntry> viewers, Moves<NodeEntry> moves, NodeDelta changed, Func<NodeDelta> all, Func<NodeDelta> none)
    {
        Share(deltas, moves.Left, none);
        Share(deltas, moves.Came, all);
        if (changed.Count == 0)
            return;
        var newcomers = moves.Came.ToHashSet();
        foreach (var node in viewers.Members)
            if (!newcomers.Contains(node))
                deltas.Share(node, changed);
    }

    static void Share(DeltaSet deltas, IReadOnlyList<NodeEntry> nodes, Func<NodeDelta> make)
    {
        if (nodes.Count == 0)
            return;
        var part = make();
        foreach (var node in nodes)
            deltas.Share(node, part);
    }

    static Moves<NodeEntry> MovesOf(NetworkEntry network, Dictionary<NetworkEntry, Moves<NodeEntry>> moves) =>
        moves.TryGetValue(network, out var found) ? found : Moves<NodeEntry>.None;
}
