using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Weft.Cli.Documents;
using Weft.Model.Json;
using Weft.Model.Resources;

namespace Weft.Cli.Commands;

static class ExternalNetworkCommands
{
    const string Gateway = "Router of the subnet it lies in, which leads further; the hosts' own routes when not given";
    const string NoSubnet = "none: it gives out no floating IPs";

    public static CliCommand Create(CommandContext context) => ResourceCommands.Group(
        Kinds.ExternalNetwork, "External networks: what lies outside, and where floating IPs come from",
        CreateExternal(context),
        ResourceCommands.List(context, Kinds.ExternalNetwork),
        ResourceCommands.Show(context, Kinds.ExternalNetwork),
        Update(context),
        ResourceCommands.Delete(context, Kinds.ExternalNetwork));

    static CliCommand CreateExternal(CommandContext context)
    {
        var name = FieldOptions.Name("Name of the external network, a DNS label");
        var subnets = new SubnetOptions(Gateway, NoSubnet);
        var (uplink, nodeUplinks) = (Uplink(), NodeUplinks(context));
        var isDefault = FieldOptions.Flag("--default", "What is meant where none is named");
        var vni = FieldOptions.Number("--vni", "VXLAN network identifier, for packets between nodes; chosen when not given", 1u, 16777215u);
        var labels = FieldOptions.Labels();
        return new CliCommand("create", "Create an external network", """
            weft external-network create internet --subnet 203.0.113.0/24 --gateway 203.0.113.1 --pool 203.0.113.100-203.0.113.199 --uplink eth1
            weft external-network create lab --subnet 192.168.7.0/24 --subnet fd00:7::/64 --uplink eth2 --node-uplink h3=bond0 --node-uplink h4=
            """)
            .With(name, subnets.Prefixes, subnets.Gateways, subnets.Pools, uplink, nodeUplinks, isDefault, vni, labels)
            .Runs(context, (session, cancel) =>
            {
                var external = new ExternalNetwork
                {
                    Name = session.Value(name)!,
                    Subnets = subnets.Read(session) is { Length: > 0 } given ? given : null,
                    Uplink = session.Value(uplink),
                    NodeUplinks = ResourceCommands.Labels(session.Value(nodeUplinks)),
                    Default = session.Value(isDefault),
                    Vni = session.Value(vni),
                    Labels = ResourceCommands.Labels(session.Value(labels)),
                };
                var document = (JsonObject)JsonSerializer.SerializeToNode(external, WeftJson.Default.ExternalNetwork)!;
                return ResourceCommands.CreateAsync(session, Kinds.ExternalNetwork, document.AsNew(), cancel);
            });
    }

    static CliCommand Update(CommandContext context)
    {
        var name = FieldOptions.Name("Name of the external network").Completes(context, Kinds.ExternalNetwork);
        var subnets = new SubnetOptions(Gateway, "none are added when not given");
        var (uplink, nodeUplinks) = (Uplink(), NodeUplinks(context));
        uplink.Description += "; empty: that again";
        var removedUplinks = new Option<string[]>("--remove-node-uplink")
        {
            Description = "Node that has an uplink like the others again; may be repeated",
            HelpName = "NODE",
        };
        var isDefault = new Option<bool?>("--default") { Description = "What is meant where none is named: true or false", HelpName = "BOOL" };
        var labels = FieldOptions.Labels();
        var removed = FieldOptions.RemovedLabels();
        return new CliCommand("update", "Change an external network; subnets that are given are added", """
            weft external-network update internet --subnet 2001:db8::/64 --gateway 2001:db8::1
            weft external-network update outside --default false
            """)
            .With(name, subnets.Prefixes, subnets.Gateways, subnets.Pools, uplink, nodeUplinks, removedUplinks, isDefault, labels, removed)
            .Runs(context, (session, cancel) =>
                ResourceCommands.UpdateAsync(session, Kinds.ExternalNetwork, session.Value(name)!, document =>
                {
                    SubnetOptions.Add(document, subnets.Read(session));
                    if (session.IsGiven(uplink))
                        document["uplink"] = session.Value(uplink) is { Length: > 0 } given ? given : null;
                    ChangeUplinks(document, session.Value(nodeUplinks) ?? [], session.Value(removedUplinks) ?? []);
                    if (session.Value(isDefault) is { } value)
                        document["default"] = value;
                    ResourceCommands.ChangeLabels(document, session.Value(labels), session.Value(removed));
                }, cancel));
    }

    static void ChangeUplinks(JsonObject document, KeyValuePair<string, string>[] set, string[] remove)
    {
        if (set.Length == 0 && remove.Length == 0)
            return;
        var uplinks = document["nodeUplinks"]?.DeepClone() as JsonObject ?? [];
        foreach (var (node, uplink) in set)
            uplinks[node] = uplink;
        foreach (var node in remove)
            uplinks.Remove(node);
        document["nodeUplinks"] = uplinks;
    }

    static Option<string> Uplink() => FieldOptions.Text(
        "--uplink", "Interface of each node that leads there; that of its default route when not given", "INTERFACE");

    static Option<KeyValuePair<string, string>[]> NodeUplinks(CommandContext context) => FieldOptions.Pairs(
        "--node-uplink", "Where a node's uplink is another one; an empty name: it has none; may be repeated", "NODE=INTERFACE")
        .Completes(context, Kinds.Node);
}
