using CsCheck;
using Weft.Agent.State;
using Weft.Model.State;
using Weft.Tests.Protocol;

namespace Weft.Tests.Agent;

public sealed class StateLineageTests
{
    static readonly NodeNetwork Network = States.Network("n", 1);
    static readonly NodePort[] Pool = [.. Enumerable.Range(0, 6).Select(i => States.Port(Network, $"p{i}", [$"10.1.0.{i + 10}"]))];

    static readonly Gen<NodeDelta> Delta =
        from set in Gen.Int[0, 5].HashSet[0, 3]
        from remove in Gen.Int[0, 5].HashSet[0, 3]
        from node in Gen.UInt[0, 2]
        from rules in RuleGenerators.Rules.Array[0, 2]
        from sets in RuleGenerators.Sets.Array[0, 2]
        select new NodeDelta(
            1, [Network], [.. set.Select(i => Pool[i] with { NodeNumber = node })], [], [],
            [.. remove.Where(i => !set.Contains(i)).Select(i => Pool[i].Uid)], [])
        {
            Rules = [.. rules],
            RuleSets = [.. sets],
        };

    [Fact]
    public void The_way_back_names_at_least_what_differs() =>
        Gen.Select(Delta.Array[1, 100], Gen.Int[0, 99]).Sample((deltas, from) =>
        {
            var states = new List<NodeState> { NodeState.Empty };
            foreach (var delta in deltas)
            {
                states.Add(states[^1].With(delta));
                StateLineage.Record(states[^2], states[^1], delta);
            }
            var before = states[from % states.Count];
            var changes = StateLineage.Between(before, states[^1]);
            Assert.Superset(Difference.OfKeys(before.Ports, states[^1].Ports), changes.Ports);
            Assert.Superset(Difference.OfKeys(before.Networks, states[^1].Networks), changes.Networks);
            Assert.Superset(Difference.OfKeys(before.RuleSets, states[^1].RuleSets), changes.RuleSets);
            Assert.Superset(Difference.OfKeys(before.Rules, states[^1].Rules), changes.Rules);
        });

    [Fact]
    public void A_removed_rule_is_named_and_its_set_is_not() => RuleGenerators.Rules.Array[2].Sample(rules =>
    {
        var before = NodeState.Empty.With(NodeDelta.None(1) with { Rules = [.. rules] });
        var delta = NodeDelta.None(2) with { RemovedRules = [rules[0].Key] };
        var after = before.With(delta);
        StateLineage.Record(before, after, delta);
        var changes = StateLineage.Between(before, after);
        Assert.Equal([rules[0].Key], changes.Rules);
        Assert.Empty(changes.RuleSets);
    });

    [Fact]
    public void States_that_no_step_joins_are_compared()
    {
        var before = States.Of([Network], Pool[..3]);
        var after = States.Of([Network], Pool[1..4]);
        Assert.Equal(new[] { Pool[0].Uid, Pool[3].Uid }.Order(), StateLineage.Between(before, after).Ports.Order());
    }

    [Fact]
    public void An_index_that_was_led_along_is_the_one_made_at_once() => Delta.Array[1, 20].Sample(deltas =>
    {
        var (state, index) = (NodeState.Empty, States.Index(NodeState.Empty));
        foreach (var delta in deltas)
        {
            var next = state.With(delta);
            StateLineage.Record(state, next, delta);
            (state, index) = (next, States.Index(next, index));
        }
        var fresh = States.Index(state);
        Assert.Equal(fresh.Local.Keys.Order(), index.Local.Keys.Order());
        Assert.Equal(Keys(fresh), Keys(index));
    });

    static IEnumerable<(Guid, Guid)> Keys(StateIndex index) =>
        index.ByNetwork.SelectMany(network => network.Value.Keys.Select(port => (network.Key, port))).Order();
}
