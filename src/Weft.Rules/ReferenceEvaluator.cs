using System.Collections.Immutable;
using Weft.Model.Resources;
using Weft.Model.Rules;
using Weft.Model.State;

namespace Weft.Rules;

/// <summary>
/// What rules mean, said once and plainly, one connection at a time. Compiled tables and the vrouter must always agree
/// with it; that is how they are tested.
/// </summary>
public static class ReferenceEvaluator
{
    /// <summary>Decides a connection by its opener.</summary>
    /// <param name="joined">The two networks are joined, if they are two (<see cref="NetworkJoins"/>).</param>
    /// <param name="published">It comes from outside by a published port, or an open mapping of a floating IP.</param>
    public static Decision Evaluate(RuleBook book, Party from, Party to, Traffic traffic, bool joined, bool published = false)
    {
        var gates = ImmutableArray.CreateBuilder<GateAnswer>();
        var crossing = from.IsOutside || to.IsOutside ? AskCrossing(book, from, to, traffic, published) : null;
        if (crossing is { Rule: not null })
            gates.Add(crossing);
        else if (crossing is null && from.Network != to.Network)
        {
            gates.Add(AskPolicies(book, from.Project, from, to, traffic));
            if (to.Project != from.Project)
                gates.Add(AskPolicies(book, to.Project, from, to, traffic));
        }
        if (!from.Groups.IsDefaultOrEmpty)
            gates.Add(AskGroups(book, GateKind.Egress, RuleDirection.Egress, from, from, to, traffic));
        if (!to.Groups.IsDefaultOrEmpty)
            gates.Add(AskGroups(book, GateKind.Ingress, RuleDirection.Ingress, to, from, to, traffic));
        if (crossing is { Rule: null })
            gates.Add(crossing);
        var verdict = from.Network != to.Network && !joined ? Verdict.NoRoute
            : gates.All(gate => gate.Passes) ? Verdict.Allowed
            : Verdict.Denied;
        return new(verdict, gates.ToImmutable());
    }

    /// <summary>Whether a rule of a policy or security group fits a connection.</summary>
    /// <param name="set">Of the rule.</param>
    public static bool Fits(NodeRuleSet set, RuleSpec rule, Party from, Party to, Traffic traffic)
    {
        if (rule.Family is { } family && from.Address.AddressFamily != family || !FitsTraffic(rule, traffic))
            return false;
        return rule.Direction switch
        {
            RuleDirection.OneWay => Holds(set, rule.From, from) && Holds(set, rule.To, to),
            RuleDirection.BothWays => Holds(set, rule.From, from) && Holds(set, rule.To, to)
                || Holds(set, rule.From, to) && Holds(set, rule.To, from),
            RuleDirection.Ingress => to.Groups.Contains(set.Uid) && Holds(set, rule.From, from),
            _ => from.Groups.Contains(set.Uid) && Holds(set, rule.To, to),
        };
    }

    /// <summary>An external network is nobody's: only the other side's project is asked.</summary>
    static GateAnswer AskCrossing(RuleBook book, Party from, Party to, Traffic traffic, bool published) =>
        AskPolicies(book, from.IsOutside ? to.Project : from.Project, from, to, traffic) with
        {
            Permission = to.IsOutside ? OutsidePermission.WayOut : published ? OutsidePermission.Published : OutsidePermission.None,
        };

    static GateAnswer AskPolicies(RuleBook book, string project, Party from, Party to, Traffic traffic) =>
        new(GateKind.Policy, project, First(
            book.PoliciesOf(project, from.Network, to.Network), rule => rule.Direction is RuleDirection.OneWay or RuleDirection.BothWays, from, to, traffic));

    static GateAnswer AskGroups(
        RuleBook book, GateKind kind, RuleDirection direction, Party member, Party from, Party to, Traffic traffic) =>
        new(kind, member.Project, First(
            book.GroupsOf(member.Groups), rule => rule.Direction == direction, from, to, traffic));

    static RuleAnswer? First(
        IReadOnlyList<RuleSet> sets, Func<RuleSpec, bool> isAsked, Party from, Party to, Traffic traffic)
    {
        foreach (var set in sets)
        {
            for (var position = 0; position < set.Rules.Length; position++)
            {
                var rule = set.Rules[position];
                if (isAsked(rule.Spec) && Fits(set.Record, rule.Spec, from, to, traffic))
                    return new(set.Record, rule.Key.Id, position, rule.Spec);
            }
        }
        return null;
    }

    static bool Holds(NodeRuleSet set, RuleEndpoint endpoint, Party party) =>
        (endpoint.Network is { } network ? party.Network == network : set.IsGroup || set.Networks.Contains(party.Network))
        && (endpoint.Prefix is not { } prefix || prefix.Contains(party.Address))
        && (endpoint.Group is not { } group || party.Groups.Contains(group))
        && (endpoint.Labels.IsDefault || endpoint.Labels.All(party.Labels.Contains));

    static bool FitsTraffic(RuleSpec rule, Traffic traffic) =>
        (rule.Protocol is not { } protocol || protocol == traffic.Protocol)
        && Covers(rule.Ports, IpProtocols.HasPorts(traffic.Protocol), traffic.DestinationPort)
        && Covers(rule.SourcePorts, IpProtocols.HasPorts(traffic.Protocol), traffic.SourcePort)
        && (rule.IcmpTypes.IsDefaultOrEmpty || IpProtocols.HasIcmpTypes(traffic.Protocol) && rule.IcmpTypes.Contains(traffic.IcmpType));

    static bool Covers(ImmutableArray<PortRange> ranges, bool hasPorts, ushort port) =>
        ranges.IsDefaultOrEmpty || hasPorts && ranges.Any(range => range.Contains(port));
}
