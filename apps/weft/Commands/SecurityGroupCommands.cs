using System.Text.Json;
using System.Text.Json.Nodes;
using Weft.Cli.Documents;
using Weft.Model.Json;
using Weft.Model.Resources;

namespace Weft.Cli.Commands;

static class SecurityGroupCommands
{
    public static CliCommand Create(CommandContext context) => ResourceCommands.Group(
        Kinds.SecurityGroup, "Security groups: what ports may open and accept",
        CreateGroup(context),
        ResourceCommands.List(context, Kinds.SecurityGroup),
        ResourceCommands.Show(context, Kinds.SecurityGroup),
        Update(context),
        RuleOptions.Commands(context, Kinds.SecurityGroup, RuleOptions.OfGroups, """
            weft security-group rule add web "ingress tcp 8080 from group proxy"
            weft security-group rule add web "ingress ipv6 icmpv6 from any"
            """),
        ResourceCommands.Delete(context, Kinds.SecurityGroup));

    static CliCommand CreateGroup(CommandContext context)
    {
        var name = FieldOptions.Name("Name of the group, a DNS label");
        var rules = RuleOptions.OfGroups.Many("What it allows");
        var file = RuleOptions<SecurityGroupRule>.File();
        var description = FieldOptions.Text("--description", "What it is for", "TEXT");
        var labels = FieldOptions.Labels();
        return new CliCommand("create", "Create a security group", """
            weft security-group create web --rule "ingress tcp 80,443" --rule "egress any"
            weft security-group create db --rule "ingress tcp 5432 from group web" --rule "egress udp 53 to 10.0.0.0/8"
            """)
            .With(name, rules, file, description, labels)
            .Runs(context, (session, cancel) =>
            {
                var group = new SecurityGroup
                {
                    Name = session.Value(name)!,
                    Project = session.Project,
                    Description = session.Value(description),
                    Labels = ResourceCommands.Labels(session.Value(labels)),
                };
                var document = ((JsonObject)JsonSerializer.SerializeToNode(group, WeftJson.Default.SecurityGroup)!).AsNew();
                document["rules"] = RuleOptions.OfGroups.Read(session, rules, file);
                return ResourceCommands.CreateAsync(session, Kinds.SecurityGroup, document, cancel);
            });
    }

    static CliCommand Update(CommandContext context)
    {
        var name = FieldOptions.Name("Name of the group").Completes(context, Kinds.SecurityGroup);
        var rules = RuleOptions.OfGroups.Many("What it allows; all are replaced");
        var file = RuleOptions<SecurityGroupRule>.File();
        var description = FieldOptions.Text("--description", "What it is for", "TEXT");
        var labels = FieldOptions.Labels();
        var removed = FieldOptions.RemovedLabels();
        return new CliCommand("update", "Change a security group",
            "weft security-group update web --description 'Behind the proxy' --rule 'ingress tcp 8080 from group proxy'")
            .With(name, rules, file, description, labels, removed)
            .Runs(context, (session, cancel) =>
            {
                var given = RuleOptions.OfGroups.Read(session, rules, file);
                return ResourceCommands.UpdateAsync(session, Kinds.SecurityGroup, session.Value(name)!, document =>
                {
                    if (given is not null)
                        document["rules"] = given;
                    if (session.IsGiven(description))
                        document["description"] = session.Value(description);
                    ResourceCommands.ChangeLabels(document, session.Value(labels), session.Value(removed));
                }, cancel);
            });
    }
}
