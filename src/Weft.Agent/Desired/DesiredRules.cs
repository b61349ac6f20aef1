using System.Collections.Immutable;
using Weft.Agent.State;
using Weft.Dataplane.Abi;
using Weft.Model.State;
using Weft.Rules;
using Weft.Rules.Tables;

namespace Weft.Agent.Desired;

/// <summary>Policies and security groups as the vrouter's records, kept up with the state.</summary>
/// <remarks>
/// What a change needs beside these two tables, other identities in routes and other routes between networks, is in the
/// step that <see cref="Update"/> returns.
/// </remarks>
sealed class DesiredRules
{
    readonly RuleTables _tables = new();
    RuleInput _input = RuleInput.Empty;

    internal RecordTable<PolicyKey, PolicyEntry> Policies { get; } = new();

    internal RecordTable<VerdictKey, VerdictEntry> Verdicts { get; } = new();

    internal NetworkJoins Joins => _tables.Joins;

    /// <summary>By network, those that policies join to it; may be read by any thread.</summary>
    internal ImmutableDictionary<Guid, ImmutableHashSet<Guid>> Joined { get; private set; } = ImmutableDictionary<Guid, ImmutableHashSet<Guid>>.Empty;

    /// <summary>What names stand for what, two things each; these ports are closed.</summary>
    internal IReadOnlySet<Guid> Collisions => _tables.PortCollisions;

    /// <summary>What is denied although a rule allows it; one line, null: nothing.</summary>
    internal string? Fault => _tables.PairCollisions.Count() is var count and > 0
        ? $"{count} pairs of ports are denied, since two tables of rules have one name: change a rule of either"
        : null;

    internal RuleStep Update(uint node, NodeState state, StateChanges changes)
    {
        var book = _input.Book.With(
            changes.RuleSets, changes.Rules, uid => state.RuleSets.GetValueOrDefault(uid), key => state.Rules.GetValueOrDefault(key));
        _input = new(node, state.Networks, state.Ports, book) { Externals = state.Externals, Floatings = state.Floatings };
        var step = _tables.Update(
            _input, new(changes.Networks, changes.Ports, [.. changes.RuleSets.Union(changes.Rules.Select(rule => rule.Set))])
            {
                Externals = changes.Externals,
                Floatings = changes.Floatings,
            });
        foreach (var network in step.Joins.SelectMany(pair => (Guid[])[pair.First, pair.Second]).Distinct())
            Joined = Joins.JoinedTo(network) is { Count: > 0 } joined ? Joined.SetItem(network, [.. joined]) : Joined.Remove(network);
        foreach (var pair in step.Pairs)
            Policies.Set(PolicyKey.Of(pair.From, pair.To), _tables.TableOf(pair) is var table and not 0 ? PolicyEntry.Of(table) : null);
        foreach (var id in step.Tables)
            Verdicts.Set(RecordOwner.OfTable(id), _tables.Tables.TryGetValue(id, out var table) ? RuleManager.OfTable(table) : []);
        return step;
    }

    /// <summary>Prefixes of an external network that rules tell apart.</summary>
    internal IEnumerable<System.Net.IPNetwork> RegionsOf(Guid external) => _tables.RegionsOf(external).Select(region => region.Key);

    /// <summary>What a prefix of an external network is to rules; 0: it could not be told from another, and nothing may get there.</summary>
    internal ulong OutsideIdentityOf(Guid external, System.Net.IPNetwork prefix) => _tables.OutsideIdentityOf(external, prefix);

    /// <summary>Guarded and nobody's when it has none, which nothing is allowed to.</summary>
    internal ulong IdentityOf(NodePort port, System.Net.IPAddress address) =>
        _tables.IdentityOf(port.Uid, address) ?? AbiConstants.IdentityGuarded;
}

/// <summary>Rule tables in the vrouter's words.</summary>
static class RuleManager
{
    internal static IEnumerable<KeyValuePair<VerdictKey, VerdictEntry>> OfTable(RuleTable table)
    {
        foreach (var (key, answer) in table.Entries)
        {
            yield return new(
                key.Protocol is { } protocol ? VerdictKey.Ports(table.Id, protocol, key.Port, key.Bits) : VerdictKey.AnyProtocol(table.Id),
                Of(answer));
        }
    }

    static VerdictEntry Of(TableAnswer answer) =>
        answer.Next != 0 ? VerdictEntry.BySourcePort(answer.Next)
        : answer.Verdict.Passes ? VerdictEntry.Allow(answer.Verdict.Policy, answer.Verdict.Rule, answer.Verdict.Log)
        : VerdictEntry.Deny(
            ReasonOf(answer.Verdict.Reason), answer.Verdict.Policy, answer.Verdict.Rule, answer.Verdict.Log, answer.Verdict.Reject);

    static DropReason ReasonOf(DenyReason reason) => reason switch
    {
        DenyReason.PolicyDenied => DropReason.PolicyDenied,
        DenyReason.GroupDenied => DropReason.GroupDenied,
        _ => DropReason.PolicyNoRule,
    };
}
