using CsCheck;
using Weft.Compiler;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Tests.Compiler;

public sealed class CompiledClusterTests
{
    [Fact]
    public void Applied_deltas_are_what_a_compile_from_scratch_gives() =>
        RandomCluster.Histories.Sample(history =>
        {
            var (world, cluster) = (new RandomCluster(), new CompiledCluster());
            var states = new Dictionary<string, NodeState>();
            foreach (var batch in history)
            {
                var changes = world.Apply(batch);
                Follow(states, cluster.Apply(world.Snapshot, changes), cluster, world.Snapshot);
                foreach (var (name, state) in states)
                    AssertSame(ReferenceCompiler.Compile(world.Snapshot, name), state);
            }
        }, iter: 600);

    static void Follow(
        Dictionary<string, NodeState> states, IReadOnlyDictionary<string, NodeDelta> deltas, CompiledCluster cluster, Snapshot snapshot)
    {
        var nodes = snapshot.All<Node>().Select(node => node.Name).ToHashSet();
        foreach (var gone in states.Keys.Except(nodes).ToList())
            states.Remove(gone);
        foreach (var name in nodes)
            if (!states.TryGetValue(name, out var state))
                states[name] = NodeState.Empty.With(cluster.Full(name));
            else if (deltas.TryGetValue(name, out var delta))
            {
                AssertNotRedundant(state, delta);
                states[name] = state.With(delta);
            }
        Assert.Empty(deltas.Keys.Except(nodes));
    }

    static void AssertNotRedundant(NodeState state, NodeDelta delta)
    {
        Assert.NotEqual(0, delta.Count);
        Assert.All(delta.Networks, record => Assert.NotEqual(state.Networks.GetValueOrDefault(record.Uid), record));
        Assert.All(delta.Ports, record => Assert.NotEqual(state.Ports.GetValueOrDefault(record.Uid), record));
        Assert.All(delta.Peers, record => Assert.NotEqual(state.Peers.GetValueOrDefault(record.Number), record));
        Assert.All(delta.RemovedNetworks, uid => Assert.Contains(uid, state.Networks));
        Assert.All(delta.RemovedPorts, uid => Assert.Contains(uid, state.Ports));
        Assert.All(delta.RemovedPeers, number => Assert.Contains(number, state.Peers));
        Assert.All(delta.RuleSets, record => Assert.NotEqual(state.RuleSets.GetValueOrDefault(record.Uid), record));
        Assert.All(delta.Rules, record => Assert.NotEqual(state.Rules.GetValueOrDefault(record.Key), record));
        Assert.All(delta.RemovedRuleSets, uid => Assert.Contains(uid, state.RuleSets));
        Assert.All(delta.Certificates, record => Assert.NotEqual(state.Certificates.GetValueOrDefault(record.Uid), record));
        Assert.All(delta.RemovedCertificates, uid => Assert.Contains(uid, state.Certificates));
        Assert.All(delta.Balancers, record => Assert.NotEqual(state.Balancers.GetValueOrDefault(record.Uid), record));
        Assert.All(delta.RemovedBalancers, uid => Assert.Contains(uid, state.Balancers));
        Assert.All(delta.RemovedRules, key => Assert.Contains(key, state.Rules));
        Assert.All(delta.Externals, record => Assert.NotEqual(state.Externals.GetValueOrDefault(record.Uid), record));
        Assert.All(delta.Floatings, record => Assert.NotEqual(state.Floatings.GetValueOrDefault(record.Uid), record));
        Assert.All(delta.RemovedExternals, uid => Assert.Contains(uid, state.Externals));
        Assert.All(delta.RemovedFloatings, uid => Assert.Contains(uid, state.Floatings));
        Assert.Empty(delta.RemovedPorts.Intersect(delta.Ports.Select(port => port.Uid)));
        Assert.Empty(delta.RemovedPeers.Intersect(delta.Peers.Select(peer => peer.Number)));
    }

    static void AssertSame(NodeState expected, NodeState actual)
    {
        Assert.Equal(expected.Networks.OrderBy(pair => pair.Key), actual.Networks.OrderBy(pair => pair.Key));
        Assert.Equal(expected.Ports.OrderBy(pair => pair.Key), actual.Ports.OrderBy(pair => pair.Key));
        Assert.Equal(expected.Peers.OrderBy(pair => pair.Key), actual.Peers.OrderBy(pair => pair.Key));
        Assert.Equal(expected.RuleSets.OrderBy(pair => pair.Key), actual.RuleSets.OrderBy(pair => pair.Key));
        Assert.Equal(expected.Balancers.OrderBy(pair => pair.Key), actual.Balancers.OrderBy(pair => pair.Key));
        Assert.Equal(Ordered(expected.Rules), Ordered(actual.Rules));
        Assert.Equal(expected.Externals.OrderBy(pair => pair.Key), actual.Externals.OrderBy(pair => pair.Key));
        Assert.Equal(expected.Floatings.OrderBy(pair => pair.Key), actual.Floatings.OrderBy(pair => pair.Key));
    }

    static IEnumerable<NodeRule> Ordered(IEnumerable<KeyValuePair<NodeRuleKey, NodeRule>> rules) =>
        rules.OrderBy(pair => pair.Key.Set).ThenBy(pair => pair.Key.Id).Select(pair => pair.Value);

    [Fact]
    public void A_cluster_compiled_at_once_is_one_that_grew() =>
        RandomCluster.Histories.Sample(history =>
        {
            var world = new RandomCluster();
            foreach (var batch in history)
                world.Apply(batch);
            var cluster = CompiledCluster.Of(world.Snapshot);
            foreach (var node in world.Snapshot.All<Node>())
                AssertSame(ReferenceCompiler.Compile(world.Snapshot, node.Name), NodeState.Empty.With(cluster.Full(node.Name)));
        }, iter: 500);

    [Fact]
    public void Deltas_joined_for_a_slow_reader_do_what_they_did_one_by_one() =>
        RandomCluster.Histories.Sample(history =>
        {
            var world = new RandomCluster();
            world.Apply([new(0, 0, 2, 0, 0)]);
            var cluster = CompiledCluster.Of(world.Snapshot);
            var start = NodeState.Empty.With(cluster.Full("n0"));
            var (state, joined) = (start, new NodeDeltaBuilder());
            foreach (var batch in history)
            {
                var changes = world.Apply([.. batch.Where(step => step.Kind != 0 || step.Name % 4 != 0)]);
                if (!cluster.Apply(world.Snapshot, changes).TryGetValue("n0", out var delta))
                    continue;
                state = state.With(delta);
                joined.Add(delta);
            }
            AssertSame(state, start.With(joined.Build(world.Snapshot.Revision)));
        }, iter: 500);
}
