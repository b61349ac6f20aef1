using System.Collections.Immutable;

namespace Weft.Rules.Explaining;

/// <summary>Why a connection passes or not, for people and programs; every word is ready to be shown.</summary>
public sealed record Explanation
{
    /// <summary>One sentence: what becomes of it and why.</summary>
    public required string Summary { get; init; }

    public required Verdict Verdict { get; init; }

    public required ExplainedSide From { get; init; }

    public required ExplainedSide To { get; init; }

    public required ExplainedTraffic Traffic { get; init; }

    /// <summary>In the order in which they are asked.</summary>
    public required ImmutableArray<ExplainedGate> Gates { get; init; }

    /// <summary>The gate that decided, of <see cref="Gates"/>; null: none.</summary>
    public int? DecidingGate { get; init; }

    public required ExplainedRoute Route { get; init; }

    /// <summary>What the sender's and the receiver's node do with the first packet; one node when both are on it.</summary>
    public required ImmutableArray<ExplainedNode> Nodes { get; init; }

    /// <summary>The sender of a denied packet is told.</summary>
    public bool Reject { get; init; }

    /// <summary>What would have to change for it to pass, all of it together; empty when it passes.</summary>
    public required ImmutableArray<ExplainedChange> Changes { get; init; }
}

/// <summary>One side of the connection.</summary>
/// <param name="Project">Empty: it is outside.</param>
/// <param name="Network">Its network, or external network.</param>
/// <param name="Port"><c>project/name</c>; null: no port has the address.</param>
/// <param name="Node">That its port is on; null: none.</param>
public sealed record ExplainedSide(
    string Project, string Network, string? Port, string Address, string? Node,
    ImmutableArray<string> SecurityGroups, ImmutableArray<string> Labels);

/// <param name="Protocol">Its name, or its number.</param>
public sealed record ExplainedTraffic(string Protocol, int? SourcePort, int? DestinationPort, string? IcmpType);

/// <param name="Gate"><c>policy of project acme</c>, <c>egress of port acme/web-1</c>.</param>
/// <param name="Rule">Null: no rule fits, which denies.</param>
public sealed record ExplainedGate(GateKind Kind, string Gate, string Project, bool Passes, ExplainedRule? Rule)
{
    /// <summary>Policies or security groups that were asked, by name, in order.</summary>
    public ImmutableArray<string> Asked { get; init; } = [];
}

/// <param name="Set">Name of the policy or security group.</param>
/// <param name="Number">What flows and counters call the set.</param>
/// <param name="Id">What flows and counters call the rule.</param>
/// <param name="Position">In its list, from 0, as in a document's path.</param>
/// <param name="Text">The rule, in one line.</param>
public sealed record ExplainedRule(
    string Kind, string Project, string Set, uint Number, uint Id, int Position, string Action, string Text);

/// <param name="Kind"><c>inside</c> one network, <c>joined</c> networks, <c>outside</c>, or <c>none</c>.</param>
/// <param name="NextHop">Node that the sender's node sends to; null: none. Its own name: delivered there.</param>
public sealed record ExplainedRoute(string Kind, string? NextHop, string Text);

/// <param name="Role"><c>sender</c>, <c>receiver</c> or <c>both</c>.</param>
/// <param name="Verdict"><c>allowed</c>, <c>denied</c>, <c>no-route</c> or <c>not-asked</c>.</param>
public sealed record ExplainedNode(string Node, string Role, string Verdict, string Text);

/// <param name="Project">Where to change it.</param>
/// <param name="Kind">Of the document: <c>policy</c>, <c>security-group</c>, <c>port</c>.</param>
/// <param name="Name">Of the document; null: a new one.</param>
/// <param name="Text">What to do, in one sentence.</param>
public sealed record ExplainedChange(string Project, string Kind, string? Name, string Text);
