using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Weft.Cli.Documents;
using Weft.Model.Json;
using Weft.Model.Resources;

namespace Weft.Cli.Commands;

static class PolicyCommands
{
    const string CreateExamples = """
        weft policy create logs --network frontend --network management --rule "allow tcp frontend -> management 514"
        weft policy create shop --network web --rule "allow tcp web -> acme/api 443,8000-8100" --rule "deny any web -> acme/api reject log"
        weft policy create tiers --network web --network db --rule "allow tcp label tier=web -> db group postgres 5432"
        weft policy create site --network frontend --rule "allow tcp from external:internet to frontend port 80,443" --rule "deny any external internet 198.51.100.0/24 -> frontend"
        weft policy create many --network web --network db --rule-file rules.txt --priority 50
        """;

    public static CliCommand Create(CommandContext context) => ResourceCommands.Group(
        Kinds.Policy, "Policies: who may open connections between networks",
        CreatePolicy(context),
        ResourceCommands.List(context, Kinds.Policy),
        ResourceCommands.Show(context, Kinds.Policy),
        Update(context),
        RuleOptions.Commands(context, Kinds.Policy, RuleOptions.OfPolicies, """
            weft policy rule add logs "allow icmp frontend -> management type echo-request"
            weft policy rule add logs "deny tcp frontend -> management 22 reject log" --position 0
            """),
        LintCommand.Create(context),
        ResourceCommands.Delete(context, Kinds.Policy));

    static CliCommand CreatePolicy(CommandContext context)
    {
        var name = FieldOptions.Name("Name of the policy, a DNS label");
        var networks = Networks(context, "Network that it is attached to; may be repeated");
        var rules = RuleOptions.OfPolicies.Many("Rule");
        var file = RuleOptions<PolicyRule>.File();
        var priority = Priority();
        var description = FieldOptions.Text("--description", "What it is for", "TEXT");
        var labels = FieldOptions.Labels();
        return new CliCommand("create", "Create a policy", CreateExamples)
            .With(name, networks, rules, file, priority, description, labels)
            .Runs(context, (session, cancel) =>
            {
                var policy = new Policy
                {
                    Name = session.Value(name)!,
                    Project = session.Project,
                    Description = session.Value(description),
                    Priority = session.Value(priority),
                    Networks = session.Value(networks) is { Length: > 0 } given ? given : null,
                    Labels = ResourceCommands.Labels(session.Value(labels)),
                };
                var document = ((JsonObject)JsonSerializer.SerializeToNode(policy, WeftJson.Default.Policy)!).AsNew();
                document["rules"] = RuleOptions.OfPolicies.Read(session, rules, file);
                return ResourceCommands.CreateAsync(session, Kinds.Policy, document, cancel);
            });
    }

    static CliCommand Update(CommandContext context)
    {
        var name = FieldOptions.Name("Name of the policy").Completes(context, Kinds.Policy);
        var networks = Networks(context, "Network that it is attached to; all are replaced; may be repeated");
        var rules = RuleOptions.OfPolicies.Many("Rule; all are replaced");
        var file = RuleOptions<PolicyRule>.File();
        var priority = Priority();
        var description = FieldOptions.Text("--description", "What it is for", "TEXT");
        var labels = FieldOptions.Labels();
        var removed = FieldOptions.RemovedLabels();
        return new CliCommand("update", "Change a policy", """
            weft policy update logs --network frontend --network backend --network management
            weft policy update logs --priority 10
            """)
            .With(name, networks, rules, file, priority, description, labels, removed)
            .Runs(context, (session, cancel) =>
            {
                var given = RuleOptions.OfPolicies.Read(session, rules, file);
                return ResourceCommands.UpdateAsync(session, Kinds.Policy, session.Value(name)!, document =>
                {
                    if (session.IsGiven(networks))
                        document["networks"] = ResourceCommands.Texts(session.Value(networks)!);
                    if (given is not null)
                        document["rules"] = given;
                    if (session.IsGiven(priority))
                        document["priority"] = session.Value(priority);
                    if (session.IsGiven(description))
                        document["description"] = session.Value(description);
                    ResourceCommands.ChangeLabels(document, session.Value(labels), session.Value(removed));
                }, cancel);
            });
    }

    static Option<string[]> Networks(CommandContext context, string description) =>
        new Option<string[]>("--network") { Description = description, HelpName = "NETWORK" }.Completes(context, Kinds.Network);

    static Option<int> Priority() =>
        FieldOptions.Number("--priority", "Policies of lower priority are asked first; 100 when not given", 1, 65535);
}
