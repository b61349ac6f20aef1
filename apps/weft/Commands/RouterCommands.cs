using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Weft.Cli.Documents;
using Weft.Model.Json;
using Weft.Model.Resources;

namespace Weft.Cli.Commands;

static class RouterCommands
{
    public static CliCommand Create(CommandContext context) => ResourceCommands.Group(
        Kinds.Router, "Routers: join networks of a project, and lead out of them",
        CreateRouter(context),
        ResourceCommands.List(context, Kinds.Router),
        ResourceCommands.Show(context, Kinds.Router),
        Update(context),
        ResourceCommands.Delete(context, Kinds.Router));

    static CliCommand CreateRouter(CommandContext context)
    {
        var name = FieldOptions.Name("Name of the router, a DNS label");
        var networks = Networks(context, "Network that it joins to its others; may be repeated");
        var gateway = Gateway(context);
        var egress = Egress();
        var labels = FieldOptions.Labels();
        return new CliCommand("create", "Create a router", """
            weft router create r1 --network a --network b
            weft router create r1 --network a --network b --gateway internet --egress h1=203.0.113.9
            """)
            .With(name, networks, gateway, egress, labels)
            .Runs(context, (session, cancel) =>
            {
                if (session.IsGiven(egress) && !session.IsGiven(gateway))
                    throw CliException.Usage("--egress needs --gateway");
                var router = new Router
                {
                    Name = session.Value(name)!,
                    Project = session.Project,
                    Networks = session.Value(networks) is { Length: > 0 } given ? given : null,
                    ExternalGateway = session.IsGiven(gateway) ? EgressOptions.Gateway(session.Value(gateway), session.Value(egress)) : null,
                    Labels = ResourceCommands.Labels(session.Value(labels)),
                };
                var document = (JsonObject)JsonSerializer.SerializeToNode(router, WeftJson.Default.Router)!;
                return ResourceCommands.CreateAsync(session, Kinds.Router, document.AsNew(), cancel);
            });
    }

    static CliCommand Update(CommandContext context)
    {
        var name = FieldOptions.Name("Name of the router").Completes(context, Kinds.Router);
        var networks = Networks(context, "Network that it joins; all are replaced; may be repeated");
        var gateway = Gateway(context);
        var noGateway = FieldOptions.Flag("--no-gateway", "No way out");
        var egress = Egress();
        var labels = FieldOptions.Labels();
        var removed = FieldOptions.RemovedLabels();
        return new CliCommand("update", "Change a router", """
            weft router update r1 --network a --network b --network c
            weft router update r1 --no-gateway
            """)
            .With(name, networks, gateway, noGateway, egress, labels, removed)
            .Runs(context, (session, cancel) =>
                ResourceCommands.UpdateAsync(session, Kinds.Router, session.Value(name)!, document =>
                {
                    if (session.IsGiven(networks))
                        document["networks"] = ResourceCommands.Texts(session.Value(networks)!);
                    if (session.Value(noGateway) && (session.IsGiven(gateway) || session.IsGiven(egress)))
                        throw CliException.Usage("--gateway and --no-gateway do not go together");
                    if (session.Value(noGateway))
                        document.Remove("externalGateway");
                    else
                        EgressOptions.Change(session.IsGiven(gateway), session.Value(gateway), session.Value(egress), document);
                    ResourceCommands.ChangeLabels(document, session.Value(labels), session.Value(removed));
                }, cancel));
    }

    static Option<string[]> Networks(CommandContext context, string description) =>
        new Option<string[]>("--network") { Description = description, HelpName = "NETWORK" }.Completes(context, Kinds.Network);

    static Option<string> Gateway(CommandContext context) =>
        FieldOptions.Text("--gateway", "External network that its networks have a way out to", "EXTERNAL").Completes(context, Kinds.ExternalNetwork);

    static Option<(string, System.Net.IPAddress)[]> Egress()
    {
        var egress = EgressOptions.AddressOption();
        egress.Aliases.Add("--egress");
        return egress;
    }
}
