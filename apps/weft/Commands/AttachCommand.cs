using System.CommandLine;
using System.Text.Json.Nodes;
using Weft.Cli.Output;

namespace Weft.Cli.Commands;

/// <summary><c>weft port attach</c>: asks this host's agent to give a namespace an interface in a network.</summary>
static class AttachCommand
{
    const string Examples = """
        weft port attach --network frontend --container web
        weft port attach --network frontend --netns blue --name blue-1 --interface eth0
        weft port attach --network backend --container db-1 --security-group db --label tier=db
        weft port attach --network backend --pid 4711 --address 10.2.0.10 --mac 02:42:ac:11:00:02 --alias db
        """;

    public static CliCommand Create(CommandContext context)
    {
        var network = FieldOptions.Text("--network", "Network to attach to", "NETWORK")
            .Completes(context, Kinds.Network);
        network.Required = true;
        var netns = FieldOptions.Text("--netns", "Network namespace: a path, or a name under /run/netns", "NS");
        var pid = FieldOptions.Number("--pid", "Process whose network namespace is meant", 1, int.MaxValue);
        var container = FieldOptions.Text("--container", "Running container of this host, by name or id", "CONTAINER");
        var name = FieldOptions.Text("--name",
            "Name of the port; one that exists and is nowhere is used; chosen when not given", "PORT");
        var nic = FieldOptions.Text("--interface",
            "Name inside the namespace; the first free of eth0, eth1, … when not given", "NAME");
        var addresses = FieldOptions.Addresses("--address",
            "Address of a subnet of the network; one for each family is chosen when not given");
        var mac = FieldOptions.Mac();
        var aliases = FieldOptions.Aliases();
        var groups = new Option<string[]>("--security-group")
        {
            Description = "Security group; may be repeated; the project's default one when not given",
            HelpName = "GROUP",
        }.Completes(context, Kinds.SecurityGroup);
        var labels = FieldOptions.Labels();
        var attach = new CliCommand("attach", "Attach a container, namespace or process of this host to a network",
            Examples)
            .With(network, netns, pid, container, name, nic, addresses, mac, aliases, groups, labels);
        attach.Validators.Add(result =>
        {
            if (new Option[] { netns, pid, container }.Count(option =>
                result.GetResult(option) is { Implicit: false }) != 1)
                result.AddError("say what to attach: exactly one of --container, --netns and --pid");
        });
        return attach.Runs(context, (session, cancel) => AttachAsync(session, new()
        {
            ["project"] = session.Project,
            ["network"] = session.Value(network),
            ["netns"] = session.Value(netns),
            ["pid"] = session.IsGiven(pid) ? session.Value(pid) : null,
            ["container"] = session.Value(container),
            ["name"] = session.Value(name),
            ["interface"] = session.Value(nic),
            ["addresses"] = Texts(session.Value(addresses)?.Select(address => address.ToString())),
            ["macAddress"] = session.Value(mac)?.ToString(),
            ["aliases"] = Texts(session.Value(aliases)),
            ["securityGroups"] = Texts(session.Value(groups)),
            ["labels"] = ResourceCommands.Labels(session.Value(labels)) is { } given
                ? new JsonObject(given.Select(label => KeyValuePair.Create(label.Key, (JsonNode?)label.Value))) : null,
        }, cancel));
    }

    static async Task AttachAsync(Session session, JsonObject request, CancellationToken cancel)
    {
        foreach (var (field, value) in request.ToArray())
        {
            if (value is null)
                request.Remove(field);
        }
        var work = session.Agent.SendAsync(HttpMethod.Post, "/v1/attachments", request, cancel);
        var (attachment, _) = await session.Terminal.WithProgressAsync("Attaching", work, cancel);
        Print(session, (JsonObject)attachment!);
    }

    static void Print(Session session, JsonObject attachment)
    {
        if (session.IsForPrograms)
            Printer.Details(session, Kinds.Port, attachment);
        else
        {
            var addresses = attachment.Objects("addresses")
                .Select(a => $"{a.Text("address")}/{a.Text("prefixLength")}");
            session.Out.WriteLine(
                $"port/{attachment.Text("name")} attached to {attachment.Text("network")} as "
                + $"{attachment.Text("interface")}: {string.Join(", ", addresses)}");
        }
    }

    static JsonArray? Texts(IEnumerable<string>? values) =>
        values?.Select(value => (JsonNode?)JsonValue.Create(value)).ToArray() is { Length: > 0 } nodes
            ? new(nodes)
            : null;
}
