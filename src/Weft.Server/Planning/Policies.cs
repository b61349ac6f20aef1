using Weft.Model.Resources;
using Weft.Model.Rules;
using Weft.Model.State;
using Weft.Model.Validation;
using Weft.Server.Commits;

namespace Weft.Server.Planning;

static class Policies
{
    const int MostFaults = 100;

    public static Plan Put(Policy document, Policy? existing, Workbench bench)
    {
        var key = ResourceKey.Of(document);
        var faults = new Faults();
        PolicyRules.Check(document, faults);
        Projects.CheckExists(document.Project, bench, faults);
        if (!faults.Any)
            CheckNames(document, bench, faults);
        if (Planner.Refusal(faults) is { } refused)
            return new(key, refused);
        if (Complete(document, existing, bench, out var next) is { } exhausted)
            return new(key, exhausted);
        var conflicts = new Faults();
        Overlaps.Check(next, existing, bench, conflicts);
        return Planner.Refusal(faults, conflicts) is { } conflict
            ? new(key, conflict)
            : Workbench.Write(existing, bench.Stamp(next, existing), [], Relies(next, bench));
    }

    /// <summary>The number, the rules' ids, and one way to write the same.</summary>
    static Outcome.Exhausted? Complete(Policy document, Policy? existing, Workbench bench, out Policy next)
    {
        var last = existing?.LastRuleId ?? 0;
        var rules = (document.Rules ?? []).Select(Ordered).ToList();
        var named = RuleIds.Assign(rules, existing?.Rules ?? [], ref last, rule => rule.Id, (rule, id) => rule with { Id = id });
        next = document with
        {
            Number = existing?.Number ?? bench.RuleSetNumbers.Next() ?? 0,
            Priority = document.Priority == 0 ? Policy.DefaultPriority : document.Priority,
            Networks = document.Networks is { Count: > 0 } networks ? networks : null,
            Rules = named,
            LastRuleId = last,
        };
        return named is null ? new(new("rules", "all rule ids of this policy were in use once; make another policy"))
            : next.Number == 0 ? new(new("number", "all numbers of policies and security groups are in use"))
            : null;
    }

    static PolicyRule Ordered(PolicyRule rule) => rule with { From = Ordered(rule.From), To = Ordered(rule.To) };

    static PolicyEndpoint? Ordered(PolicyEndpoint? endpoint) => endpoint?.Labels is { } labels
        ? endpoint with { Labels = new SortedDictionary<string, string>(labels.ToDictionary(), StringComparer.Ordinal) }
        : endpoint;

    /// <summary>
    /// What is of the same project must be there. Another project's networks may come later, and are no business of
    /// this one's until both agree.
    /// </summary>
    static void CheckNames(Policy policy, Workbench bench, Faults faults)
    {
        for (var i = 0; i < (policy.Networks?.Count ?? 0); i++)
            CheckNetwork(new(policy.Project, policy.Networks![i]), $"networks[{i}]", bench, faults);
        for (var i = 0; i < (policy.Rules?.Count ?? 0) && faults.Count < MostFaults; i++)
        {
            CheckEndpoint(policy.Rules![i].From, policy, $"rules[{i}].from", bench, faults);
            CheckEndpoint(policy.Rules[i].To, policy, $"rules[{i}].to", bench, faults);
        }
    }

    static void CheckEndpoint(PolicyEndpoint? endpoint, Policy policy, string path, Workbench bench, Faults faults)
    {
        if (endpoint?.Network is { } network && NetworkName.Of(network, policy.Project) is var name && name.Project == policy.Project)
            CheckNetwork(name, $"{path}.network", bench, faults);
        if (endpoint?.SecurityGroup is { } group)
            SecurityGroups.CheckExists(group, policy.Project, $"{path}.securityGroup", bench, faults);
        if (endpoint?.ExternalNetwork is { } external)
            ExternalNetworks.CheckExists(external, $"{path}.externalNetwork", bench, faults);
    }

    /// <summary>A fault when there is no such network.</summary>
    public static void CheckNetwork(NetworkName name, string path, Workbench bench, Faults faults)
    {
        if (bench.Snapshot.Find<Network>(ResourceKey.Network(name.Project, name.Name)) is null)
            faults.Add(path, $"there is no network '{NameRules.Shown(name.Name)}' in project {name.Project}");
    }

    static ResourceKey[] Relies(Policy policy, Workbench bench) =>
        [ResourceKey.OfProject(policy.Project), .. References.Of(policy).Where(bench.Snapshot.Resources.ContainsKey)];
}
