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
        var labels = FieldOptions.Labels();
        return new CliCommand("create", "Create a port, attached nowhere yet", """
            weft port create web-1 --network frontend
            weft port create db --network backend --address 10.2.0.10 --alias postgres
            """)
            .With(name, network, addresses, mac, aliases, labels)
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
        var labels = FieldOptions.Labels();
        var removed = FieldOptions.RemovedLabels();
        return new CliCommand("update", "Change a port",
            "weft port update web-1 --alias www --alias shop --label tier=web")
            .With(name, aliases, labels, removed)
            .Runs(context, (session, cancel) =>
                ResourceCommands.UpdateAsync(session, Kinds.Port, session.Value(name)!, document =>
                {
                    if (session.IsGiven(aliases))
                        document["aliases"] = new JsonArray(
                            [.. session.Value(aliases)!.Select(alias => JsonValue.Create(alias))]);
                    ResourceCommands.ChangeLabels(document, session.Value(labels), session.Value(removed));
                }, cancel));
    }
}
