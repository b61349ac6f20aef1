using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Model.Validation;

namespace Weft.Server.Planning;

static class Projects
{
    public static Plan Put(Project document, Project? existing, Workbench bench)
    {
        var faults = new Faults();
        NameRules.CheckName(document.Name, faults);
        NameRules.CheckLabels(document.Labels, faults);
        NameRules.CheckText(document.Description, "description", 1024, faults);
        if (document.DefaultSecurityGroup is { } group)
        {
            NameRules.CheckName(group, faults, "defaultSecurityGroup");
            SecurityGroups.CheckExists(group, document.Name, "defaultSecurityGroup", bench, faults);
        }
        if (Planner.Refusal(faults) is { } refused)
            return new(ResourceKey.Of(document), refused);
        ResourceKey[] relies = document.DefaultSecurityGroup is { } named ? [ResourceKey.SecurityGroup(document.Name, named)] : [];
        return Workbench.Write(existing, bench.Stamp(document, existing), [], relies);
    }

    /// <summary>The change that makes a project, for those who ask for it in passing.</summary>
    public static Change Make(string name, Workbench bench)
    {
        var project = bench.Stamp(new Project { Name = name }, null);
        return new(ResourceKey.Of(project), null, project);
    }

    /// <summary>A fault when there is no such project.</summary>
    public static void CheckExists(string project, Workbench bench, Faults faults)
    {
        if (!NameRules.IsDnsLabel(project))
            faults.Add("project", $"'{NameRules.Shown(project)}' is not a name: 1 to 63 lower-case letters, digits and inner hyphens");
        else if (bench.Snapshot.Find<Project>(ResourceKey.OfProject(project)) is null)
            faults.Add("project", $"there is no project '{project}'; create it first: weft project create {project}");
    }
}
