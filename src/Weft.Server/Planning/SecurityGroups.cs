using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Model.Validation;
using Weft.Server.Commits;

namespace Weft.Server.Planning;

static class SecurityGroups
{
    const int MostFaults = 100;

    public static Plan Put(SecurityGroup document, SecurityGroup? existing, Workbench bench)
    {
        var key = ResourceKey.Of(document);
        var faults = new Faults();
        SecurityGroupRules.Check(document, faults);
        Projects.CheckExists(document.Project, bench, faults);
        if (!faults.Any)
            CheckRemotes(document, bench, faults);
        if (Planner.Refusal(faults) is { } refused)
            return new(key, refused);
        return Complete(document, existing, bench, out var next) is { } exhausted
            ? new(key, exhausted)
            : Workbench.Write(existing, bench.Stamp(next, existing), [], [ResourceKey.OfProject(next.Project), .. References.Of(next)]);
    }

    /// <summary>A fault when the project has no such group. What is no name at all is told by the document's own check.</summary>
    public static void CheckExists(string group, string project, string path, Workbench bench, Faults faults)
    {
        if (NameRules.IsDnsLabel(group) && bench.Snapshot.Find<SecurityGroup>(ResourceKey.SecurityGroup(project, group)) is null)
            faults.Add(path, $"there is no security group '{group}' in project {NameRules.Shown(project)}");
    }

    static Outcome.Exhausted? Complete(SecurityGroup document, SecurityGroup? existing, Workbench bench, out SecurityGroup next)
    {
        var last = existing?.LastRuleId ?? 0;
        var rules = RuleIds.Assign(
            document.Rules ?? [], existing?.Rules ?? [], ref last, rule => rule.Id, (rule, id) => rule with { Id = id });
        next = document with
        {
            Number = existing?.Number ?? bench.RuleSetNumbers.Next() ?? 0,
            Rules = rules,
            LastRuleId = last,
        };
        return rules is null ? new(new("rules", "all rule ids of this group were in use once; make another group"))
            : next.Number == 0 ? new(new("number", "all numbers of policies and security groups are in use"))
            : null;
    }

    /// <summary>A group may name itself, also while it is being made.</summary>
    static void CheckRemotes(SecurityGroup group, Workbench bench, Faults faults)
    {
        for (var i = 0; i < (group.Rules?.Count ?? 0) && faults.Count < MostFaults; i++)
        {
            if (group.Rules![i].RemoteGroup is { } remote && remote != group.Name)
                CheckExists(remote, group.Project, $"rules[{i}].remoteGroup", bench, faults);
        }
    }
}
