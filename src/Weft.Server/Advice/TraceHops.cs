using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Protocol.V1;
using Weft.Server.Access;
using Weft.Server.Sync;

namespace Weft.Server.Advice;

/// <summary>Turns what nodes tell of a traced packet into words, as far as the caller may know.</summary>
sealed class TraceHops(Caller caller, Snapshot snapshot)
{
    const string Hidden = "another node";

    /// <param name="isSource">The sender's node; of others a caller knows the name when it may use the port there.</param>
    public TracedHop Of(TraceAnswer answer, bool isSource)
    {
        var report = answer.Report;
        var rule = RuleOf(report.Rule);
        var port = report.Port.Length > 0 && MaySee(report.Port) ? report.Port : null;
        var decision = report.Action switch
        {
            "local" => "deliver",
            "remote" or "uplink" => "send",
            "gateway" or "service" => "answer",
            _ => "drop",
        };
        var because = rule is null ? "" : $", by {Words(rule)}";
        var text = report.Action switch
        {
            "local" => $"would be delivered to {(port is null ? "a port" : $"port {port}")}{because}",
            "remote" => $"sent to node {report.NextNode}{because}",
            "uplink" => $"would leave by the uplink{because}",
            "gateway" => "would be answered by the gateway",
            "service" => "would be answered by the node's services",
            _ => $"would be dropped: {report.DropReason}{because}{(report.Reject ? "; the sender would be told" : "")}",
        };
        var known = !report.FlowKnown ? null : report.FlowOutdated ? "outdated" : "valid";
        return new(isSource || port is not null || caller.IsAdmin ? answer.Node : Hidden, report.Hook, decision, text)
        {
            Network = report.Network.Length > 0 && MaySee(report.Network) ? report.Network : null,
            Port = port,
            NextHop = report.NextNode.Length > 0 ? report.NextNode : null,
            DropReason = report.DropReason.Length > 0 ? report.DropReason : null,
            Rule = rule,
            Flow = known,
            FlowRule = RuleOf(report.FlowRule),
        };
    }

    TracedRule? RuleOf(TraceReport.Types.RuleRef? rule) => rule is null ? null : new(
        KindOf(rule), rule.Project,
        rule.Name.Length > 0 && caller.MayUse(rule.Project) ? rule.Name : null, rule.Id);

    /// <summary>Nodes know routers as policies that come last.</summary>
    string KindOf(TraceReport.Types.RuleRef rule) =>
        rule.IsGroup ? SecurityGroup.KindName
        : snapshot.Find<Policy>(ResourceKey.Policy(rule.Project, rule.Name)) is null
            && snapshot.Find<Router>(ResourceKey.Router(rule.Project, rule.Name)) is not null ? Router.KindName
        : Policy.KindName;

    static string Words(TracedRule rule) => rule.Set is null
        ? $"a rule of project {rule.Project}"
        : $"{rule.Kind.Replace('-', ' ')} {rule.Project}/{rule.Set} rule {rule.Id}";

    bool MaySee(string name) => caller.MayUse(name[..name.IndexOf('/', StringComparison.Ordinal)]);
}
