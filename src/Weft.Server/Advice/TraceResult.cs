using System.Collections.Immutable;
using System.ComponentModel;
using Weft.Rules.Explaining;

namespace Weft.Server.Advice;

/// <summary>What became of a packet that was sent to see it; every word is ready to be shown.</summary>
sealed record TraceResult
{
    [Description("One sentence: how far it came and why.")]
    public required string Summary { get; init; }

    [Description("`allowed`: it would be delivered or answered; `denied`; `no-route`; `lost`: a node did not tell of it.")]
    public required string Verdict { get; init; }

    public required TracedSide From { get; init; }

    public required TracedSide To { get; init; }

    public required ExplainedTraffic Traffic { get; init; }

    [Description("What each vrouter decided, in the order of the packet's way.")]
    public required ImmutableArray<TracedHop> Hops { get; init; }

    [Description("A node that the packet was sent to and that did not tell of it.")]
    public string? Missing { get; init; }
}

/// <param name="Port"><c>project/name</c>; null: no port has the address, or it may not be told.</param>
sealed record TracedSide(string Network, string? Port, string Address);

/// <summary>What one vrouter decided.</summary>
/// <param name="Hook"><c>from-port</c> or <c>from-overlay</c>.</param>
/// <param name="Decision"><c>deliver</c>, <c>send</c>, <c>answer</c> or <c>drop</c>.</param>
/// <param name="Text">All of it, in one line.</param>
sealed record TracedHop(string Node, string Hook, string Decision, string Text)
{
    [Description("Of the hook, as `project/name`.")]
    public string? Network { get; init; }

    [Description("That it would be delivered to, as `project/name`.")]
    public string? Port { get; init; }

    [Description("Node that it was sent to.")]
    public string? NextHop { get; init; }

    [Description("Why it would be dropped; the names of `weft agent drops`.")]
    public string? DropReason { get; init; }

    [Description("That decided; none: no rule was asked, or none fitted.")]
    public TracedRule? Rule { get; init; }

    [Description("The node has a flow for packets like it: `valid`, or `outdated`: decided anew at the next packet.")]
    public string? Flow { get; init; }

    [Description("By which that flow was opened.")]
    public TracedRule? FlowRule { get; init; }
}

/// <param name="Set">Name of the policy or security group; null: it may not be told.</param>
sealed record TracedRule(string Kind, string Project, string? Set, uint Id);
