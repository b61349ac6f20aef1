using System.Collections.Immutable;
using System.Globalization;
using Weft.Model.Rules;

namespace Weft.Rules.Explaining;

/// <summary>What would have to change for a connection to pass.</summary>
sealed class ChangeAdvice(
    RuleBook book, ExplainSubject from, ExplainSubject to, Traffic traffic, Decision decision, Func<Guid, string> networkName)
{
    /// <summary>One for each gate that does not pass: together they let it pass.</summary>
    internal ImmutableArray<ExplainedChange> All() =>
    [
        .. decision.Gates.Where(gate => !gate.Passes)
            .Select(gate => gate.Kind == GateKind.Policy ? OfPolicy(gate) : OfGroups(gate)),
    ];

    ExplainedChange OfPolicy(GateAnswer gate)
    {
        var rule = $"allow {What()} from {Place(from, gate.Project)} to {Place(to, gate.Project)}{Where()}";
        if (gate.Rule is { } denies)
            return new(gate.Project, "policy", denies.Set.Name, string.Create(
                CultureInfo.InvariantCulture,
                $"put before rules[{denies.Position}] of policy {denies.Set.Name} in project {gate.Project}: {rule}"));
        var policies = book.PoliciesOf(gate.Project, from.Party.Network, to.Party.Network).Where(set => !set.Record.IsRouter).ToList();
        // What is added at the very end comes before nothing.
        return policies is [.., var last]
            ? new(gate.Project, "policy", last.Record.Name, $"add to policy {last.Record.Name} in project {gate.Project}: {rule}")
            : new(gate.Project, "policy", null,
                $"attach to {Place(from.Party.Project == gate.Project ? from : to, gate.Project)} in project {gate.Project} a policy with: {rule}");
    }

    ExplainedChange OfGroups(GateAnswer gate)
    {
        var (member, word) = gate.Kind == GateKind.Egress ? (from, "egress") : (to, "ingress");
        var remote = gate.Kind == GateKind.Egress ? to.Party.Address : from.Party.Address;
        var port = ExplanationBuilder.NameOf(member);
        var rule = $"{word} {What()} {(word == "egress" ? "to" : "from")} {remote}{Where()}";
        return book.GroupsOf(member.Party.Groups) is [var first, ..]
            ? new(first.Record.Project, "security-group", first.Record.Name,
                $"add to security group {first.Record.Name} of port {port}: {rule}")
            : new(gate.Project, "port", member.Port?.Name, $"give port {port} a security group with: {rule}");
    }

    string What() => IpProtocols.NameOf(traffic.Protocol);

    string Where() =>
        IpProtocols.HasPorts(traffic.Protocol) ? string.Create(CultureInfo.InvariantCulture, $" port {traffic.DestinationPort}")
        : IpProtocols.HasIcmpTypes(traffic.Protocol) ? $" type {IcmpTypes.NameOf(traffic.Protocol, traffic.IcmpType)}"
        : "";

    string Place(ExplainSubject side, string project) =>
        side.Network is { } network ? $"network {RuleText.Short(networkName(network.Uid), project)}" : side.Place;
}
