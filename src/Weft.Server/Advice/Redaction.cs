using System.Net;
using Weft.Model.Rules;
using Weft.Rules;
using Weft.Rules.Explaining;

namespace Weft.Server.Advice;

/// <summary>Leaves out of an explanation what the caller may not see: the other project's ports, rules and nodes.</summary>
/// <remarks>What is left is what the caller's own packets tell it: that they pass, or that they do not.</remarks>
static class Redaction
{
    const string Hidden = "another node";

    /// <summary>The same words whether the other side's network exists, is not joined, or has no such address.</summary>
    public static Explanation Unjoined(ExplainSide from, ExplainSide to, IPAddress source, IPAddress destination, Traffic traffic)
    {
        var summary = $"No route: networks {from.Name} and {to.Name} are not joined.";
        return new()
        {
            Summary = summary,
            Verdict = Verdict.NoRoute,
            From = Side(from, source),
            To = Side(to, destination),
            Traffic = Words(traffic),
            Gates = [],
            Route = new("none", null, $"network {from.Name} has no route to {destination}"),
            Nodes = [],
            Changes =
            [
                new(from.Name.Project, "policy", null, $"in project {from.Name.Project}, attach to network {from.Name.Name} a policy that allows it"),
                new(to.Name.Project, "policy", null, $"in project {to.Name.Project}, attach to network {to.Name.Name} a policy that allows it"),
            ],
        };
    }

    /// <param name="project">That the caller may not use.</param>
    public static Explanation Of(Explanation explanation, string project)
    {
        var deciding = explanation.DecidingGate is { } index ? explanation.Gates[index] : null;
        var summary = explanation.Verdict switch
        {
            Verdict.Allowed => "Allowed, by the rules of both projects.",
            Verdict.NoRoute => $"No route: nothing can be reached at {explanation.To.Address} from {explanation.From.Address}.",
            _ when deciding is not null && deciding.Project != project => explanation.Summary,
            _ => $"Denied by project {project}, whose rules this token may not see.",
        };
        var own = explanation.From.Project == project ? explanation.To.Node : explanation.From.Node;
        return explanation with
        {
            Summary = summary,
            From = Side(explanation.From, project),
            To = Side(explanation.To, project),
            Gates = [.. explanation.Gates.Select(gate => gate.Project != project ? gate : gate with
            {
                Gate = gate.Kind == GateKind.Policy ? gate.Gate : "the security groups of the other port",
                Rule = null,
                Asked = [],
            })],
            Route = explanation.Route.NextHop is { } hop
                ? explanation.Route with { NextHop = Node(hop, own), Text = hop == own ? "delivered on the same node" : "sent to the other node" }
                : explanation.Route with { Text = summary },
            Nodes = [.. explanation.Nodes.Select(node => node with { Node = Node(node.Node, own), Text = summary })],
            Changes = [.. explanation.Changes.Select(change => change.Project != project ? change
                : new(project, change.Kind, null, $"project {project} would have to allow it"))],
        };
    }

    static string Node(string node, string? own) => node == own ? node : Hidden;

    static ExplainedSide Side(ExplainedSide side, string project) => side.Project != project
        ? side
        : side with { Port = null, Node = null, SecurityGroups = [], Labels = [] };

    static ExplainedSide Side(ExplainSide side, IPAddress address) =>
        new(side.Name.Project, side.Name.Name, null, address.ToString(), null, [], []);

    static ExplainedTraffic Words(Traffic traffic) => new(
        IpProtocols.NameOf(traffic.Protocol),
        traffic.SourcePort == 0 ? null : traffic.SourcePort,
        IpProtocols.HasPorts(traffic.Protocol) ? traffic.DestinationPort : null,
        IpProtocols.HasIcmpTypes(traffic.Protocol) ? IcmpTypes.NameOf(traffic.Protocol, traffic.IcmpType) : null);
}
