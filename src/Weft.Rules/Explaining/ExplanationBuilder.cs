using System.Collections.Immutable;
using System.Globalization;
using Weft.Model.Rules;
using Weft.Model.State;

namespace Weft.Rules.Explaining;

/// <summary>Puts a decision into words.</summary>
sealed class ExplanationBuilder(
    RuleBook book, ExplainSubject from, ExplainSubject to, Traffic traffic, Func<Guid, string> networkName)
{
    readonly RuleText _rules = new(networkName, uid => book.Sets.TryGetValue(uid, out var set) ? set.Record.Name : uid.ToString());

    internal Explanation Build()
    {
        var joined = NetworkJoins.AreJoined(
            book, from.Network.Uid, from.Network.Project, to.Network.Uid, to.Network.Project);
        var decision = ReferenceEvaluator.Evaluate(book, from.Party, to.Party, traffic, joined);
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
            Changes = new ChangeAdvice(book, from, to, traffic, decision, networkName).All(),
        };
    }

    /// <summary>What stands in the way before any rule is asked.</summary>
    string? Obstacle() =>
        from.Port is null ? $"No port of network {NameOf(from.Network)} has the address {from.Party.Address}: nobody sends from there."
        : from.Node is null ? $"Port {NameOf(from.Port)} is on no node: it cannot send."
        : to.Port is null ? $"No port of network {NameOf(to.Network)} has the address {to.Party.Address}: there is no route to it."
        : to.Node is null ? $"Port {NameOf(to.Port)} is on no node: there is no route to it."
        : null;

    string Summary(Decision decision) => decision switch
    {
        { Verdict: Verdict.NoRoute } =>
            $"No route: networks {NameOf(from.Network)} and {NameOf(to.Network)} are not joined.",
        { Verdict: Verdict.Allowed, Deciding: null } =>
            $"Allowed: inside network {NameOf(from.Network)} everything may talk, and neither port has security groups.",
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
        GateKind.Policy => book.PoliciesOf(gate.Project, from.Network.Uid, to.Network.Uid),
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
        side.Network.Project, side.Network.Name, side.Port is null ? null : NameOf(side.Port), side.Party.Address.ToString(), side.Node,
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
            return new("none", null, $"network {NameOf(from.Network)} has no route to {to.Party.Address}");
        var where = from.Node == to.Node ? $"delivered on the same node, {to.Node}" : $"sent to node {to.Node}";
        return joined
            ? new("joined", to.Node, $"in network {NameOf(to.Network)}, which is joined; {where}")
            : new("inside", to.Node, $"inside network {NameOf(to.Network)}; {where}");
    }

    ImmutableArray<ExplainedNode> NodesOf(Verdict verdict, string summary)
    {
        if (from.Node is null)
            return [];
        var word = verdict == Verdict.NoRoute ? "no-route" : verdict.ToString().ToLowerInvariant();
        if (from.Node == to.Node)
            return [new(from.Node, "both", word, summary)];
        var sender = new ExplainedNode(from.Node, "sender", word, summary);
        if (to.Node is null)
            return [sender];
        return [sender, verdict == Verdict.Allowed
            ? new(to.Node, "receiver", word, "asks all gates again, with the same answer")
            : new(to.Node, "receiver", "not-asked", "the packet does not get here; it would be denied here too")];
    }

    static string Place(RuleAnswer rule) => string.Create(
        CultureInfo.InvariantCulture, $"rule {rule.Id} (rules[{rule.Position}]) of {KindOf(rule.Set).Replace('-', ' ')} {rule.Set.Project}/{rule.Set.Name}");

    internal static string KindOf(NodeRuleSet set) => set.IsGroup ? "security-group" : "policy";

    internal static string NameOf(ExplainSubject side) => side.Port is null ? side.Party.Address.ToString() : NameOf(side.Port);

    static string NameOf(NodePort port) => $"{port.Project}/{port.Name}";

    static string NameOf(NodeNetwork network) => $"{network.Project}/{network.Name}";
}
