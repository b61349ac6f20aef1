using Weft.Agent.Attachments;
using Weft.Agent.Runtime;
using Weft.Agent.State;
using Weft.Dataplane.Abi;
using Weft.Model.State;
using Weft.Protocol.V1;

namespace Weft.Agent.Tracing;

/// <summary>Turns numbers of the kernel into names of the cluster.</summary>
static class TraceReports
{
    internal static TraceReport Of(TraceEvent told, StateIndex index, PortRegistry ports)
    {
        var state = index.State;
        var action = (FlowAction)told.Action;
        var flags = (TraceFlags)told.Flags;
        var report = new TraceReport
        {
            Id = told.Id,
            Hook = Reasons.Kebab(((TraceHook)told.Hook).ToString()),
            Action = Reasons.Kebab(action.ToString()),
            DropReason = told.DropReason == 0 ? "" : Reasons.NameOf((DropReason)told.DropReason),
            Reject = flags.HasFlag(TraceFlags.Reject),
            Rule = RuleOf(state, told.Policy, told.Rule),
            Network = NetworkOf(state, told.Vni),
            FlowKnown = flags.HasFlag(TraceFlags.Known),
            FlowOutdated = flags.HasFlag(TraceFlags.Outdated),
            FlowRule = flags.HasFlag(TraceFlags.Known) ? RuleOf(state, told.FlowPolicy, told.FlowRule) : null,
        };
        if (action == FlowAction.Local)
            report.Port = PortOf(state, ports, told.ToIfindex);
        if (action == FlowAction.Remote)
            report.NextNode = state.Peers.TryGetValue(told.Node, out var peer) ? peer.Name : $"#{told.Node}";
        return report;
    }

    static TraceReport.Types.RuleRef? RuleOf(NodeState state, uint number, uint rule)
    {
        if (number == 0)
            return null;
        var set = state.RuleSets.Values.FirstOrDefault(set => set.Number == number);
        return new()
        {
            IsGroup = set?.IsGroup ?? false,
            Project = set?.Project ?? "",
            Name = set?.Name ?? "",
            Id = rule,
        };
    }

    static string NetworkOf(NodeState state, uint vni) =>
        state.Networks.Values.FirstOrDefault(network => network.Vni == vni) is { } network ? $"{network.Project}/{network.Name}" : "";

    static string PortOf(NodeState state, PortRegistry ports, uint ifindex)
    {
        var local = ports.Locals.Values.FirstOrDefault(local => local.Ifindex == ifindex);
        return local is not null && state.Ports.TryGetValue(local.Uid, out var port) ? $"{port.Project}/{port.Name}" : "";
    }
}
