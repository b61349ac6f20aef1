using Weft.Model.State;
using Weft.Rules.Tables;

namespace Weft.Rules.Linting;

/// <summary>Doubts about one policy.</summary>
sealed class PolicyLint(RuleSet set, LintContext context)
{
    /// <summary>Comparisons of rules in one run: some hundred milliseconds.</summary>
    const int Budget = 4_000_000;

    readonly PlacedSet _placed = new(set);
    readonly RuleText _text = new(context.NameOf, context.NameOfGroup, context.ExternalName);
    readonly HashSet<NetworkPair> _oneSided = [];
    int _left = Budget;

    internal IEnumerable<RuleWarning> All()
    {
        if (_placed.Scope.IsEmpty)
        {
            yield return new("networks", RuleWarningCode.NoEffect, "it is attached to no network, so nothing asks it: name the networks that it is about");
            yield break;
        }
        var earlier = new ShadowIndex();
        var sets = AskedTogether();
        foreach (var other in sets.TakeWhile(other => other.Uid != set.Uid))
            earlier.Add(other);
        var allows = new AllowIndex(sets, set);
        for (var i = 0; i < set.Rules.Length; i++)
        {
            foreach (var warning in Of(i, set.Rules[i].Spec, earlier, allows))
                yield return warning;
            earlier.Add(_placed, set.Rules[i].Spec, i);
        }
        if (_left < 0 || !earlier.IsComplete)
            yield return new("", RuleWarningCode.NotAllSeen, "there are too many rules to hold each against all others: some doubts may be missing");
    }

    IEnumerable<RuleWarning> Of(int index, RuleSpec rule, ShadowIndex earlier, AllowIndex allows)
    {
        var path = $"rules[{index}]";
        if (WhyNobodyAsks(rule) is { } reason)
        {
            yield return new(path, RuleWarningCode.NoEffect, reason);
            yield break;
        }
        var hasEnds = true;
        foreach (var (name, end) in new[] { ("from", rule.From), ("to", rule.To) })
        {
            if (WhyNoOneHolds(end) is not { } why)
                continue;
            hasEnds = false;
            yield return new($"{path}.{name}", RuleWarningCode.NoEffect, why);
        }
        if (!hasEnds)
            yield break;
        if (earlier.Find(_placed, rule) is { } shadow)
            yield return new(path, RuleWarningCode.Shadowed, ShadowedBy(rule, shadow));
        else if (rule is { Action: RuleAction.Deny, Log: false } && !NamesOutside(rule) && !allows.AnyAfter(index, _placed, rule, ref _left))
            yield return new(path, RuleWarningCode.NoEffect, "no later rule would allow what it denies: what no rule allows is denied anyway");
        foreach (var pair in OneSidedPairs(rule))
            yield return new(path, RuleWarningCode.OneSided, OneSided(pair));
    }

    /// <summary>What no rule fits may pass there, so that a deny needs no allow behind it.</summary>
    bool NamesOutside(RuleSpec rule) => External(rule.From) is not null || External(rule.To) is not null;

    Guid? External(RuleEndpoint end) => end.Network is { } network && context.ExternalName(network) is not null ? network : null;

    /// <summary>Policies of the gates that this one is part of, in the order in which they are asked.</summary>
    List<RuleSet> AskedTogether() =>
    [
        .. context.Book.Sets.Values
            .Where(other => other.Uid == set.Uid || !other.Record.IsGroup && other.Record.Project == set.Record.Project)
            .Order(RuleBook.PolicyOrder),
    ];

    string? WhyNobodyAsks(RuleSpec rule)
    {
        var attached = _placed.Scope.Networks;
        if (rule.From.Network is { } from && rule.To.Network is { } to)
        {
            return from == to ? $"both sides are in network {Name(from)}: inside a network no policy is asked"
                : !attached.Contains(from) && !attached.Contains(to)
                    ? $"it is asked about neither {Called(from)} nor {Called(to)}: attach the policy to one of them"
                : WhyNoWay(rule);
        }
        if (WhyNoWay(rule) is { } why)
            return why;
        return attached is [var only] && (rule.From.Network ?? only) == only && (rule.To.Network ?? only) == only
            ? $"both sides are in network {Name(only)}, which the policy is attached to: name the network of the other side"
            : null;
    }

    /// <summary>No network that the rule is about has to do with its external one.</summary>
    string? WhyNoWay(RuleSpec rule)
    {
        if ((External(rule.From) ?? External(rule.To)) is not { } external)
            return null;
        var inside = External(rule.From) is null ? rule.From : rule.To;
        IReadOnlyList<Guid> networks = inside.Network is { } named ? [named] : _placed.Scope.Networks;
        return External(inside) is not null
            ? $"both sides are outside, in {Called(external)} and {Called(inside.Network!.Value)}: name a network of the project"
            : networks.Any(network => context.AreJoined(network, external)) ? null
            : $"{(inside.Network is { } only ? Called(only) : "no network that the policy is attached to")} has "
                + $"{(inside.Network is null ? "a" : "no")} way out to external network {Name(external)}, and no floating IP or published port there: "
                + "give the network an external gateway";
    }

    string Called(Guid network) => $"{(context.ExternalName(network) is null ? "network" : "external network")} {Name(network)}";

    string? WhyNoOneHolds(RuleEndpoint end)
    {
        var scope = end.Network is { } network ? new([network]) : _placed.Scope;
        var where = end.Network is { } named ? Called(named) : "the networks that the policy is attached to";
        if ((end.Group is not null || !end.Labels.IsDefaultOrEmpty) && !context.HasPort(scope, end))
            return $"no port of {where} is {Selected(end)}";
        return end.Prefix is not null && !context.HasAddress(scope, end) ? $"{where} has no address in {end.Prefix}" : null;
    }

    string Selected(RuleEndpoint end)
    {
        var labels = end.Labels.IsDefaultOrEmpty ? null : "labelled " + string.Join(' ', end.Labels.Select(label => $"{label.Key}={label.Value}"));
        var group = end.Group is { } uid ? $"in security group {context.NameOfGroup(uid)}" : null;
        return group is null ? labels! : labels is null ? group : $"{group} and {labels}";
    }

    IEnumerable<NetworkPair> OneSidedPairs(RuleSpec rule)
    {
        if (rule.Action != RuleAction.Allow)
            yield break;
        foreach (var from in rule.From.Network is { } one ? [one] : _placed.Scope.Networks)
        {
            foreach (var to in rule.To.Network is { } other ? [other] : _placed.Scope.Networks)
            {
                var pair = new NetworkPair(from, to);
                if (from != to && OtherOf(pair) is { } theirs && _oneSided.Add(pair)
                    && !context.Speaks(theirs.Project, pair))
                    yield return pair;
            }
        }
    }

    /// <summary>The network of a pair that is another project's.</summary>
    NodeNetwork? OtherOf(NetworkPair pair) =>
        context.Find(pair.First) is { } first && first.Project != set.Record.Project ? first
        : context.Find(pair.Second) is { } second && second.Project != set.Record.Project ? second
        : null;

    string OneSided(NetworkPair pair)
    {
        var theirs = OtherOf(pair)!;
        var mine = pair.Other(theirs.Uid);
        return $"network {theirs.Project}/{theirs.Name} is not joined, since project {theirs.Project} does not allow it too: "
            + $"attach to network {theirs.Name} in project {theirs.Project} a policy that allows from or to network {context.NameOf(mine)}";
    }

    string ShadowedBy(RuleSpec rule, ShadowIndex.Place shadow)
    {
        var where = shadow.Set.Uid == set.Uid ? $"rules[{shadow.Position}]" : $"rules[{shadow.Position}] of policy {shadow.Set.Record.Name}";
        return $"never decides, since {where} fits all that it fits and is asked before: {_text.Of(shadow.Set.Record, shadow.Rule)}"
            + (shadow.Rule.Action == rule.Action ? "" : "; they say the opposite, so the order is probably wrong");
    }

    string Name(Guid network) => context.NameOf(network, set.Record.Project);
}
