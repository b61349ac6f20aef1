using System.Text.Json;
using Weft.Model.Resources;
using Weft.Model.Rules;
using Weft.Model.State;
using Weft.Model.Validation;
using Weft.Rules.Linting;
using Weft.Server.Planning;

namespace Weft.Server.Advice;

/// <summary>What is valid in a document and probably not meant.</summary>
static class Advisor
{
    const string Egress = "externalGateway.egressAddresses";

    public static Warning[] Of(Resource resource, Snapshot snapshot, DateTimeOffset now) => resource switch
    {
        Certificate certificate => CertificateRules.Expiry(certificate, now) is { } expiry ? [expiry] : [],
        Policy policy => OfPolicy(policy, snapshot),
        ExternalNetwork external => UnknownNodes(external.NodeUplinks?.Keys, "nodeUplinks", snapshot),
        Network network => UnknownNodes(network.ExternalGateway?.EgressAddresses?.Keys, Egress, snapshot),
        Router router => UnknownNodes(router.ExternalGateway?.EgressAddresses?.Keys, Egress, snapshot),
        SecurityGroup group => Lint(group, RuleScene.Around(snapshot, NetworksOf(group.Project, snapshot), [group])),
        _ => [],
    };

    static Warning[] OfPolicy(Policy policy, Snapshot snapshot)
    {
        ResourceKey[] networks = [.. References.Of(policy).Where(key => key.Kind == Network.KindName)];
        var oneSided = OneSided(policy, snapshot);
        var waiting = oneSided.SelectMany(pair => pair.Rules).Select(rule => $"rules[{rule}]").ToHashSet();
        var foreign = ForeignSides(policy).ToHashSet();
        return
        [
            .. oneSided.Select(pair => pair.Warning),
            // What waits for another project does nothing yet; more must not be told of that project.
            .. Lint(policy, RuleScene.Around(snapshot, networks, [])).Where(warning => !waiting.Contains(RuleIn(warning.Path))
                && warning.Code != CodeOf(RuleWarningCode.OneSided) && !foreign.Contains(warning.Path)),
        ];
    }

    /// <summary>Nodes may join later; more often a name is wrong.</summary>
    static Warning[] UnknownNodes(IEnumerable<string>? names, string field, Snapshot snapshot) =>
    [
        .. (names ?? []).Where(name => snapshot.Find<Node>(ResourceKey.Node(name)) is null)
            .Select(name => new Warning($"{field}['{name}']", "unknown-node", $"there is no node '{name}': this says nothing until one of that name joins")),
    ];

    static Warning[] Lint(Resource resource, RuleScene scene)
    {
        if (!scene.Book.Sets.TryGetValue(resource.Uid, out var set))
            return resource is Policy ? [new("networks", CodeOf(RuleWarningCode.NoEffect), "is attached to no network, so it is never asked")] : [];
        return
        [
            .. Linter.Lint(set, new(scene.Book, scene.Networks, scene.Ports, scene.Externals, scene.Floatings))
                .Select(warning => new Warning(warning.Path, CodeOf(warning.Code), warning.Message)),
        ];
    }

    /// <summary>
    /// Other projects' networks that the policy would join, and that their project does not join in turn. The words are
    /// the same whether or not there is such a network: that is not this project's to know.
    /// </summary>
    static List<(Warning Warning, List<int> Rules)> OneSided(Policy policy, Snapshot snapshot)
    {
        var agreed = snapshot.All<Policy>().Where(other => other.Project != policy.Project)
            .SelectMany(other => Joins.AskedBy(other).Keys.Select(pair => (other.Project, Pair: pair))).ToHashSet();
        var found = new List<(Warning, List<int>)>();
        foreach (var (pair, first) in Joins.AskedBy(policy))
        {
            var theirs = pair.First.Project == policy.Project ? pair.Second : pair.First;
            if (theirs.Project == policy.Project || agreed.Contains((theirs.Project, pair)))
                continue;
            found.Add((
                new($"rules[{first}]", CodeOf(RuleWarningCode.OneSided),
                    $"joins nothing until project {theirs.Project} agrees: a policy of it, attached to its network {theirs.Name}, must allow "
                    + $"connections with {pair.Other(theirs)} too"),
                [.. RulesNaming(policy, theirs)]));
        }
        return found;
    }

    /// <summary>Sides in another project, whose ports are not to be told of.</summary>
    static IEnumerable<string> ForeignSides(Policy policy)
    {
        var rules = policy.Rules ?? [];
        for (var i = 0; i < rules.Count; i++)
        {
            if (IsForeign(rules[i].From))
                yield return $"rules[{i}].from";
            if (IsForeign(rules[i].To))
                yield return $"rules[{i}].to";
        }

        bool IsForeign(PolicyEndpoint? endpoint) =>
            endpoint?.Network is { } text && NetworkName.Of(text, policy.Project).Project != policy.Project;
    }

    static IEnumerable<int> RulesNaming(Policy policy, NetworkName network)
    {
        var rules = policy.Rules ?? [];
        for (var i = 0; i < rules.Count; i++)
        {
            if (Names(rules[i].From) || Names(rules[i].To))
                yield return i;
        }

        bool Names(PolicyEndpoint? endpoint) => endpoint?.Network is { } text && NetworkName.Of(text, policy.Project) == network;
    }

    static string RuleIn(string path) => path.Split('.')[0];

    static ResourceKey[] NetworksOf(string project, Snapshot snapshot) =>
        [.. snapshot.InProject<Network>(project).Select(ResourceKey.Of)];

    static string CodeOf(RuleWarningCode code) => JsonNamingPolicy.KebabCaseLower.ConvertName(code.ToString());
}
