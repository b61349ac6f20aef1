using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Weft.Cli.Documents;
using Weft.Model.Json;
using Weft.Model.Resources;

namespace Weft.Cli.Commands;

static class PortCommands
{
    public static CliCommand Create(CommandContext context) => ResourceCommands.Group(
        Kinds.Port, "Ports: attachment points of networks, with their addresses",
        CreatePort(context),
        ResourceCommands.List(context, Kinds.Port),
        ResourceCommands.Show(context, Kinds.Port),
        Update(context),
        ResourceCommands.Delete(context, Kinds.Port),
        AttachCommand.Create(context),
        DetachCommand.Create(context));

    static CliCommand CreatePort(CommandContext context)
    {
        var name = FieldOptions.Name("Name of the port, a DNS label; chosen when not given");
        name.Arity = ArgumentArity.ZeroOrOne;
        var network = FieldOptions.Text("--network", "Network of the port", "NETWORK")
            .Completes(context, Kinds.Network);
        network.Required = true;
        var addresses = FieldOptions.Addresses("--address",
            "Address of a subnet of the network; one for each family is chosen when not given");
        var mac = FieldOptions.Mac();
        var aliases = FieldOptions.Aliases();
        var groups = new GroupOptions(context, "Security group; may be repeated; the project's default one when not given");
        var published = Published("Port of its node's own addresses that leads to it; may be repeated");
        var labels = FieldOptions.Labels();
        return new CliCommand("create", "Create a port, attached nowhere yet", """
            weft port create web-1 --network frontend
            weft port create db --network backend --address 10.2.0.10 --alias postgres --security-group db
            """)
            .With(name, network, addresses, mac, aliases, groups.Given, groups.None, published, labels)
            .Runs(context, (session, cancel) =>
            {
                var port = new Port
                {
                    Name = session.Value(name) ?? "",
                    Project = session.Project,
                    Network = session.Value(network)!,
                    Addresses = session.Value(addresses) is { Length: > 0 } given ? given : null,
                    MacAddress = session.Value(mac),
                    Aliases = session.Value(aliases) is { Length: > 0 } more ? more : null,
                    SecurityGroups = groups.Read(session),
                    Published = session.Value(published) is { Length: > 0 } mappings ? mappings : null,
                    Labels = ResourceCommands.Labels(session.Value(labels)),
                };
                var document = (JsonObject)JsonSerializer.SerializeToNode(port, WeftJson.Default.Port)!;
                return ResourceCommands.CreateAsync(session, Kinds.Port, document.AsNew(), cancel);
            });
    }

    static CliCommand Update(CommandContext context)
    {
        var name = FieldOptions.Name("Name of the port").Completes(context, Kinds.Port);
        var aliases = FieldOptions.Aliases();
        aliases.Description = "Name that resolves to the port in its network; all are replaced; may be repeated";
        var groups = new GroupOptions(context, "Security group; all are replaced; may be repeated");
        var published = Published("Port of its node's own addresses that leads to it; all are replaced; may be repeated");
        var unpublish = FieldOptions.Flag("--unpublish", "Nothing of its node's leads to it");
        var labels = FieldOptions.Labels();
        var removed = FieldOptions.RemovedLabels();
        return new CliCommand("update", "Change a port", """
            weft port update web-1 --alias www --alias shop --label tier=web
            weft port update web-1 --security-group web --security-group monitored
            weft port update web-1 --publish tcp:8080:80
            """)
            .With(name, aliases, groups.Given, groups.None, published, unpublish, labels, removed)
            .Runs(context, (session, cancel) =>
                ResourceCommands.UpdateAsync(session, Kinds.Port, session.Value(name)!, document =>
                {
                    if (session.IsGiven(aliases))
                        document["aliases"] = ResourceCommands.Texts(session.Value(aliases)!);
                    if (groups.Read(session) is { } chosen)
                        document["securityGroups"] = ResourceCommands.Texts(chosen);
                    if (session.Value(unpublish) && session.IsGiven(published))
                        throw CliException.Usage("--publish and --unpublish do not go together");
                    if (session.Value(unpublish))
                        document.Remove("published");
                    else if (session.IsGiven(published))
                        document["published"] = FieldOptions.ToJson(session.Value(published)!);
                    ResourceCommands.ChangeLabels(document, session.Value(labels), session.Value(removed));
                }, cancel));
    }

    static Option<PortMapping[]> Published(string description) => FieldOptions.Mappings("--publish", description);

    sealed class GroupOptions(CommandContext context, string description)
    {
        public Option<string[]> Given { get; } =
            new Option<string[]>("--security-group") { Description = description, HelpName = "GROUP" }
                .Completes(context, Kinds.SecurityGroup);

        public Option<bool> None { get; } = FieldOptions.Flag("--no-security-groups", "None: the port is not restricted");

        /// <summary>Null: nothing is said of them.</summary>
        public string[]? Read(Session session) =>
            !session.Value(None) ? session.Value(Given) is { Length: > 0 } given ? given : null
            : !session.IsGiven(Given) ? []
            : throw CliException.Usage("--security-group and --no-security-groups do not go together");
    }
}
