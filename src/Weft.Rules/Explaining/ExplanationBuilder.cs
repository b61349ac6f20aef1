using System.Collections.Immutable;
using System.Globalization;
using Weft.Model.Rules;
using Weft.Model.State;

namespace Weft.Rules.Explaining;

/// <summary>Puts a decision into words.</summary>
sealed class ExplanationBuilder(
    RuleBook book, ExplainSubject from, ExplainSubject to, Traffic traffic, Func<Guid, string> networkName)
{
    readonly RuleText _rules = new(
        networkName, uid => book.Sets.TryGetValue(uid, out var set) ? set.Record.Name : uid.ToString(),
        uid => from.External?.Uid == uid ? from.External.Name : to.External?.Uid == uid ? to.External.Name : null);

    readonly Crossing? _crossing = Crossing.Of(from, to, traffic);

    internal Explanation Build()
    {
        var (one, other) = (from.Party, to.Party);
        var joined = _crossing is null
            ? NetworkJoins.AreJoined(book, one.Network, one.Project, other.Network, other.Project)
            : _crossing.WhyNone is null;
        var decision = ReferenceEvaluator.Evaluate(book, one, other, traffic, joined, _crossing?.IsPublished == true);
        var obstacle = Obstacle();
        var verdict = obstacle is null ? decision.Verdict : Verdict.NoRoute;
        var summary = obstacle ?? Summary(decision);
        return new()
        {
            Summary = summary,
            Verdict = verdict,
            From = SideOf(from),
            To = SideOf(to),
            Traffic = TrafficOf(),
            Gates = [.. decision.Gates.Select(GateOf)],
            DecidingGate = obstacle is null && decision.Deciding is { } deciding ? decision.Gates.IndexOf(deciding) : null,
            Route = RouteOf(verdict, joined),
            Nodes = NodesOf(verdict, summary),
            Reject = obstacle is null && decision.Reject,
            Changes =
            [
                .. _crossing?.Change is { } way ? [way] : (ReadOnlySpan<ExplainedChange>)[],
                .. new ChangeAdvice(book, from, to, traffic, decision, networkName).All(),
            ],
        };
    }

    /// <summary>What stands in the way before any rule is asked.</summary>
    string? Obstacle() =>
        from.External is not null && to.External is not null ? "Both sides are outside: Weft has no part in it."
        : from.External is null && from.Port is null ? $"No port of {from.Place} has the address {from.Party.Address}: nobody sends from there."
        : from.External is null && from.Node is null ? $"Port {NameOf(from)} is on no node: it cannot send."
        : to.External is null && to.Port is null ? $"No port of {to.Place} has the address {to.Party.Address}: there is no route to it."
        : to.External is null && to.Node is null ? $"Port {NameOf(to)} is on no node: there is no route to it."
        : _crossing?.WhyNone;

    string Summary(Decision decision) => decision switch
    {
        { Verdict: Verdict.NoRoute } =>
            $"No route: networks {NameOf(from.Network!)} and {NameOf(to.Network!)} are not joined.",
        { Verdict: Verdict.Allowed, Deciding.Permission: not OutsidePermission.None, Rule: null } => $"Allowed: {_crossing!.Permission}.",
        { Verdict: Verdict.Allowed, Deciding: null } =>
            $"Allowed: inside network {NameOf(from.Network!)} everything may talk, and neither port has security groups.",
        { Verdict: Verdict.Allowed, Rule: { } rule } => $"Allowed by {Place(rule)}: {_rules.Of(rule.Set, rule.Spec)}.",
        { Rule: { } rule } => $"{(decision.Reject ? "Rejected" : "Denied")} by {Place(rule)}: {_rules.Of(rule.Set, rule.Spec)}.",
        _ => $"Denied: no rule of {GateName(decision.Deciding!)} fits.",
    };

    ExplainedGate GateOf(GateAnswer gate) => new(
        gate.Kind, GateName(gate), gate.Project, gate.Passes,
        gate.Rule is { } rule
            ? new(KindOf(rule.Set), rule.Set.Project, rule.Set.Name, rule.Set.Number, rule.Id, rule.Position,
                rule.Spec.Action.ToString().ToLowerInvariant(), _rules.Of(rule.Set, rule.Spec))
            : null)
    {
        Asked = [.. SetsOf(gate).Select(set => set.Record.Name)],
    };

    IReadOnlyList<RuleSet> SetsOf(GateAnswer gate) => gate.Kind switch
    {
        GateKind.Policy => book.PoliciesOf(gate.Project, from.Party.Network, to.Party.Network),
        GateKind.Egress => book.GroupsOf(from.Party.Groups),
        _ => book.GroupsOf(to.Party.Groups),
    };

    string GateName(GateAnswer gate) => gate.Kind switch
    {
        GateKind.Policy => $"the policies of project {gate.Project}",
        GateKind.Egress => $"the security groups of port {NameOf(from)} for egress",
        _ => $"the security groups of port {NameOf(to)} for ingress",
    };

    ExplainedSide SideOf(ExplainSubject side) => new(
        side.Network?.Project ?? "", side.Network?.Name ?? side.External!.Name, side.Port is null ? null : NameOf(side.Port), side.Party.Address.ToString(), side.Node,
        [.. book.GroupsOf(side.Party.Groups).Select(group => group.Record.Name)],
        [.. side.Party.Labels.Select(label => $"{label.Key}={label.Value}")]);

    ExplainedTraffic TrafficOf() => new(
        IpProtocols.NameOf(traffic.Protocol),
        IpProtocols.HasPorts(traffic.Protocol) && traffic.SourcePort != 0 ? traffic.SourcePort : null,
        IpProtocols.HasPorts(traffic.Protocol) ? traffic.DestinationPort : null,
        IpProtocols.HasIcmpTypes(traffic.Protocol) ? IcmpTypes.NameOf(traffic.Protocol, traffic.IcmpType) : null);

    ExplainedRoute RouteOf(Verdict verdict, bool joined)
    {
        if (verdict == Verdict.NoRoute)
            return new("none", null, $"{from.Place} has no route to {to.Party.Address}");
        if (_crossing is not null)
        {
            return to.External is not null
                ? new("outside", null, $"out to {to.Place} {_crossing.Way}")
                : new("outside", to.Node, $"in from {from.Place} {_crossing.Way}; delivered on node {to.Node}");
        }
        var where = from.Node == to.Node ? $"delivered on the same node, {to.Node}" : $"sent to node {to.Node}";
        return joined
            ? new("joined", to.Node, $"in {to.Place}, which is joined; {where}")
            : new("inside", to.Node, $"inside {to.Place}; {where}");
    }

    ImmutableArray<ExplainedNode> NodesOf(Verdict verdict, string summary)
    {
        if (from.Node is null && from.External is null)
            return [];
        var word = verdict == Verdict.NoRoute ? "no-route" : verdict.ToString().ToLowerInvariant();
        if (from.Node is null)
            return to.Node is null ? [] : [new(to.Node, "receiver", word, summary)];
        if (from.Node == to.Node)
            return [new(from.Node, "both", word, summary)];
        var sender = new ExplainedNode(from.Node, "sender", word, summary);
        if (to.Node is null)
            return [sender];
        return [sender, verdict == Verdict.Allowed
            ? new(to.Node, "receiver", word, "asks all gates again, with the same answer")
            : new(to.Node, "receiver", "not-asked", "the packet does not get here; it would be denied here too")];
    }

    static string Place(RuleAnswer rule) => rule.Set.IsRouter ? $"router {rule.Set.Project}/{rule.Set.Name}" : string.Create(
        CultureInfo.InvariantCulture, $"rule {rule.Id} (rules[{rule.Position}]) of {KindOf(rule.Set).Replace('-', ' ')} {rule.Set.Project}/{rule.Set.Name}");

    internal static string KindOf(NodeRuleSet set) => set.IsGroup ? "security-group" : set.IsRouter ? "router" : "policy";

    internal static string NameOf(ExplainSubject side) => side.Port is null ? side.Party.Address.ToString() : NameOf(side.Port);

    static string NameOf(NodePort port) => $"{port.Project}/{port.Name}";

    static string NameOf(NodeNetwork network) => $"{network.Project}/{network.Name}";
}
