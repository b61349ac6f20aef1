using System.Net;
using System.Net.Sockets;
using Weft.Compiler;
using Weft.Model.Resources;
using Weft.Model.Rules;
using Weft.Model.State;
using Weft.Model.Validation;
using Weft.Rules;
using Weft.Rules.Explaining;
using Weft.Server.Access;
using Weft.Server.Planning;

namespace Weft.Server.Advice;

/// <summary>Answers why a connection passes or not, as far as the caller may know.</summary>
static class Explanations
{
    /// <returns>Null, with faults, when the question names what is not there.</returns>
    public static Explanation? Make(ExplainRequest request, Snapshot snapshot, Caller caller, Faults faults)
    {
        var project = request.Project ?? ProjectResource.DefaultProject;
        var sides = new ExplainSides(snapshot, caller, project, faults);
        var from = sides.Find(request.From, "from");
        var to = sides.Find(request.To, "to");
        var traffic = ExplainTraffic.Of(request, faults);
        if (faults.Any || from is null || to is null)
            return null;
        if (!IsOwn(from, caller) && !IsOwn(to, caller))
        {
            faults.Add("to", $"neither side is of a project that the token '{caller.Name}' may use");
            return null;
        }
        if (Family(from, to, traffic, faults) is not { } family)
            return null;
        var (source, destination) = (from.Of(family)!, to.Of(family)!);
        var foreign = !from.MayBeSeenBy(caller) ? from : !to.MayBeSeenBy(caller) ? to : null;
        if (foreign is not null && (from.External ?? to.External) is not null)
        {
            faults.Add(foreign == from ? "from" : "to", $"is of a project that the token '{caller.Name}' may not use");
            return null;
        }
        if (foreign is not null && !AreJoined(from, to, snapshot))
            return Redaction.Unjoined(from, to, source, destination, traffic);
        var explanation = Explain(from, to, source, destination, traffic, snapshot);
        return foreign is null ? explanation : Redaction.Of(explanation, foreign.Name.Project);
    }

    static Explanation Explain(
        ExplainSide from, ExplainSide to, IPAddress source, IPAddress destination, Traffic traffic, Snapshot snapshot)
    {
        var groups = GroupsOf(from, snapshot).Concat(GroupsOf(to, snapshot));
        ResourceKey[] networks = [.. ((ExplainSide[])[from, to]).Where(side => side.External is null).Select(KeyOf)];
        var scene = RuleScene.Around(snapshot, networks, groups);
        return Explainer.Explain(scene.Book, Subject(from, source, scene), Subject(to, destination, scene), traffic, scene.NameOf);
    }

    /// <summary>The family that both have an address of, and that the protocol is of.</summary>
    internal static AddressFamily? Family(ExplainSide from, ExplainSide to, Traffic traffic, Faults faults)
    {
        AddressFamily[] possible = traffic.Protocol switch
        {
            IpProtocols.Icmp => [AddressFamily.InterNetwork],
            IpProtocols.IcmpV6 => [AddressFamily.InterNetworkV6],
            _ => [AddressFamily.InterNetwork, AddressFamily.InterNetworkV6],
        };
        foreach (var family in possible)
        {
            if (from.Of(family) is not null && to.Of(family) is not null)
                return family;
        }
        faults.Add("to", $"there are no addresses of one family for {IpProtocols.NameOf(traffic.Protocol)}: "
            + $"from {string.Join(", ", from.Addresses)}, to {string.Join(", ", to.Addresses)}");
        return null;
    }

    static bool AreJoined(ExplainSide from, ExplainSide to, Snapshot snapshot)
    {
        if (from.Network is null || to.Network is null)
            return false;
        var pair = new NamedPair(from.Name, to.Name);
        return new[] { from.Name.Project, to.Name.Project }.All(project =>
            snapshot.InProject<Policy>(project).Any(policy => Joins.AskedBy(policy).ContainsKey(pair)));
    }

    static ExplainSubject Subject(ExplainSide side, IPAddress address, RuleScene scene)
    {
        if (side.External is { } external)
            return ExplainSubject.Outside(OutsideSpecs.Of(external, ""), address);
        var network = scene.Networks[side.Network!.Uid];
        return side.Port is { } port
            ? ExplainSubject.Of(scene.RecordOf(port, network.Uid), network, address, port.Node) with
            {
                Floatings = [.. WaysOut.Of(scene.Snapshot).To(port.Uid)],
            }
            : new(new(network.Uid, network.Project, address, [], []), network, null, null);
    }

    static IEnumerable<SecurityGroup> GroupsOf(ExplainSide side, Snapshot snapshot) => (side.Port?.SecurityGroups ?? [])
        .Select(name => snapshot.Find<SecurityGroup>(ResourceKey.SecurityGroup(side.Name.Project, name))).OfType<SecurityGroup>();

    static bool IsOwn(ExplainSide side, Caller caller) => side.External is null && caller.MayUse(side.Name.Project);

    static ResourceKey KeyOf(ExplainSide side) => ResourceKey.Network(side.Name.Project, side.Name.Name);
}
