using System.Text.Json;
using System.Text.Json.Nodes;
using Weft.Cli.Documents;
using Weft.Model.Json;
using Weft.Model.Resources;

namespace Weft.Cli.Commands;

static class ProjectCommands
{
    public static CliCommand Create(CommandContext context) => ResourceCommands.Group(
        Kinds.Project, "Projects: spaces of names and addresses of their own",
        CreateProject(context),
        ResourceCommands.List(context, Kinds.Project),
        ResourceCommands.Show(context, Kinds.Project),
        Update(context),
        ResourceCommands.Delete(context, Kinds.Project));

    static CliCommand CreateProject(CommandContext context)
    {
        var name = FieldOptions.Name("Name of the project, a DNS label");
        var description = FieldOptions.Text("--description", "What it is for", "TEXT");
        var labels = FieldOptions.Labels();
        return new CliCommand("create", "Create a project",
            "weft project create acme --description 'The shop' --label team=shop")
            .With(name, description, labels)
            .Runs(context, (session, cancel) =>
            {
                var project = new Project
                {
                    Name = session.Value(name)!,
                    Description = session.Value(description),
                    Labels = ResourceCommands.Labels(session.Value(labels)),
                };
                var document = (JsonObject)JsonSerializer.SerializeToNode(project, WeftJson.Default.Project)!;
                return ResourceCommands.CreateAsync(session, Kinds.Project, document.AsNew(), cancel);
            });
    }

    static CliCommand Update(CommandContext context)
    {
        var name = FieldOptions.Name("Name of the project").Completes(context, Kinds.Project);
        var description = FieldOptions.Text("--description", "What it is for", "TEXT");
        var labels = FieldOptions.Labels();
        var removed = FieldOptions.RemovedLabels();
        var group = FieldOptions.Text("--default-security-group", "What ports made without any get from then on; '' for none", "GROUP");
        return new CliCommand("update", "Change a project", """
            weft project update acme --description 'The new shop' --remove-label team
            weft project update acme --default-security-group base
            """)
            .With(name, description, group, labels, removed)
            .Runs(context, (session, cancel) =>
                ResourceCommands.UpdateAsync(session, Kinds.Project, session.Value(name)!, document =>
                {
                    if (session.IsGiven(description))
                        document["description"] = session.Value(description);
                    if (session.IsGiven(group))
                        document["defaultSecurityGroup"] = session.Value(group) is { Length: > 0 } chosen ? chosen : null;
                    ResourceCommands.ChangeLabels(document, session.Value(labels), session.Value(removed));
                }, cancel));
    }
}
