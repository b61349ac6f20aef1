using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Weft.Cli.Documents;
using Weft.Model.Json;
using Weft.Model.Resources;

namespace Weft.Cli.Commands;

static class NetworkCommands
{
    const string CreateExamples = """
        weft network create frontend
        weft network create frontend --subnet 10.1.0.0/24 --subnet fd00:1::/64
        weft network create backend --subnet 10.2.0.0/24 --gateway 10.2.0.254 --pool 10.2.0.10-10.2.0.99
        weft network create management --subnet 10.3.0.0/24 --internal --mtu 1400 --label tier=ops --project acme
        weft network create web --egress
        weft network create mail --egress=internet --egress-address h1=203.0.113.9
        """;

    public static CliCommand Create(CommandContext context) => ResourceCommands.Group(
        Kinds.Network, "Networks: isolated address spaces that span hosts",
        CreateNetwork(context),
        ResourceCommands.List(context, Kinds.Network),
        ResourceCommands.Show(context, Kinds.Network),
        Update(context),
        ResourceCommands.Delete(context, Kinds.Network));

    static CliCommand CreateNetwork(CommandContext context)
    {
        var name = FieldOptions.Name("Name of the network, a DNS label");
        var subnets = new SubnetOptions("Gateway of the subnet it lies in; its first address when not given");
        var vni = FieldOptions.Number("--vni", "VXLAN network identifier; chosen when not given", 1u, 16777215u);
        var isInternal = FieldOptions.Flag("--internal", "No way out, ever");
        var egress = new EgressOptions(context);
        var mtu = FieldOptions.Mtu();
        var labels = FieldOptions.Labels();
        return new CliCommand("create", "Create a network", CreateExamples)
            .With(name, subnets.Prefixes, subnets.Gateways, subnets.Pools, vni, isInternal, egress.Given, egress.Addresses, mtu, labels)
            .Runs(context, (session, cancel) =>
            {
                var network = new Network
                {
                    Name = session.Value(name)!,
                    Project = session.Project,
                    Subnets = subnets.Read(session) is { Length: > 0 } given ? given : null,
                    Vni = session.Value(vni),
                    Internal = session.Value(isInternal),
                    ExternalGateway = egress.Read(session),
                    Mtu = session.Value(mtu),
                    Labels = ResourceCommands.Labels(session.Value(labels)),
                };
                var document = (JsonObject)JsonSerializer.SerializeToNode(network, WeftJson.Default.Network)!;
                return ResourceCommands.CreateAsync(session, Kinds.Network, document.AsNew(), cancel);
            });
    }

    static CliCommand Update(CommandContext context)
    {
        var name = FieldOptions.Name("Name of the network").Completes(context, Kinds.Network);
        var subnets = new SubnetOptions("Gateway of the subnet it lies in; its first address when not given");
        var isInternal = new Option<bool?>("--internal")
        {
            Description = "No way out, ever: true or false",
            HelpName = "BOOL",
        };
        var egress = new EgressOptions(context);
        var noEgress = FieldOptions.Flag("--no-egress", "No way out of its own");
        var mtu = FieldOptions.Mtu();
        var labels = FieldOptions.Labels();
        var removed = FieldOptions.RemovedLabels();
        return new CliCommand("update", "Change a network; subnets that are given are added", """
            weft network update frontend --subnet fd00:1::/64
            weft network update frontend --mtu 1400 --label tier=web
            weft network update frontend --egress=internet
            """)
            .With(name, subnets.Prefixes, subnets.Gateways, subnets.Pools, isInternal, egress.Given, egress.Addresses, noEgress, mtu, labels, removed)
            .Runs(context, (session, cancel) =>
                ResourceCommands.UpdateAsync(session, Kinds.Network, session.Value(name)!, document =>
                {
                    SubnetOptions.Add(document, subnets.Read(session));
                    if (session.Value(isInternal) is { } value)
                        document["internal"] = value;
                    egress.Change(session, document, remove: session.Value(noEgress));
                    if (session.IsGiven(mtu))
                        document["mtu"] = session.Value(mtu);
                    ResourceCommands.ChangeLabels(document, session.Value(labels), session.Value(removed));
                }, cancel));
    }
}
