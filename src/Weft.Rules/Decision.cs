using System.Collections.Immutable;
using Weft.Model.State;

namespace Weft.Rules;

/// <summary>What becomes of a connection.</summary>
public enum Verdict
{
    Allowed,

    /// <summary>A gate did not let it pass.</summary>
    Denied,

    /// <summary>The networks are not joined: to the source the destination does not exist.</summary>
    NoRoute,
}

/// <summary>What asks about a connection.</summary>
public enum GateKind
{
    /// <summary>The policies of one project.</summary>
    Policy,

    /// <summary>The security groups of the source port.</summary>
    Egress,

    /// <summary>The security groups of the destination port.</summary>
    Ingress,
}

/// <summary>Why a connection is denied; the drop reasons of the vrouter.</summary>
public enum DenyReason
{
    /// <summary>It is not.</summary>
    None,

    /// <summary>A rule of a policy denies it.</summary>
    PolicyDenied,

    /// <summary>No rule of the project's policies fits it.</summary>
    PolicyNoRule,

    /// <summary>No rule of the port's security groups fits it.</summary>
    GroupDenied,
}

/// <summary>A rule that fitted, and where it stands.</summary>
/// <param name="Set">Its policy or security group.</param>
/// <param name="Id">Its id there.</param>
/// <param name="Position">In the list of rules, from 0.</param>
public sealed record RuleAnswer(NodeRuleSet Set, uint Id, int Position, RuleSpec Spec);

/// <summary>What lets a connection to or from outside pass where no rule fits.</summary>
public enum OutsidePermission
{
    None,

    /// <summary>It is opened outwards, and the network has a way out.</summary>
    WayOut,

    /// <summary>It comes by a published port, or an open mapping of a floating IP.</summary>
    Published,
}

/// <summary>What one gate says.</summary>
/// <param name="Project">Whose policies or ports these are.</param>
/// <param name="Rule">That decided; null: none fits.</param>
public sealed record GateAnswer(GateKind Kind, string Project, RuleAnswer? Rule)
{
    /// <summary>What stands in for a rule; asked only where none fits.</summary>
    public OutsidePermission Permission { get; init; }

    public bool Passes => Rule is null ? Permission != OutsidePermission.None : Rule.Spec.Action == RuleAction.Allow;
}

/// <summary>What all gates say about a connection together.</summary>
/// <param name="Gates">
/// Those that concern it: policies (the source's project first), egress, ingress; and last, when one side is outside, policies of
/// which no rule fits.
/// </param>
public sealed record Decision(Verdict Verdict, ImmutableArray<GateAnswer> Gates)
{
    /// <summary>
    /// The gate that names the decision. Denied: the first that does not pass. Allowed: the first policy gate whose rule
    /// logs, else the first policy gate, else ingress, else egress. Null when no gate concerns it, or without a route.
    /// </summary>
    public GateAnswer? Deciding { get; } = Verdict switch
    {
        Verdict.NoRoute => null,
        Verdict.Denied => Gates.First(gate => !gate.Passes),
        _ => Gates.FirstOrDefault(gate => gate is { Kind: GateKind.Policy, Rule.Spec.Log: true })
            ?? Gates.FirstOrDefault(gate => gate.Kind == GateKind.Policy)
            ?? Gates.FirstOrDefault(gate => gate.Kind == GateKind.Ingress)
            ?? Gates.FirstOrDefault(),
    };

    public DenyReason Reason => Verdict != Verdict.Denied ? DenyReason.None
        : Deciding!.Kind != GateKind.Policy ? DenyReason.GroupDenied
        : Deciding.Rule is null ? DenyReason.PolicyNoRule
        : DenyReason.PolicyDenied;

    /// <summary>The rule that decided; null: none.</summary>
    public RuleAnswer? Rule => Deciding?.Rule;

    /// <summary>The sender is told.</summary>
    public bool Reject => Rule?.Spec.Action == RuleAction.Reject;

    /// <summary>The decision is told to the agent's log.</summary>
    public bool Log => Rule?.Spec.Log == true;
}
