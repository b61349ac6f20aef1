using System.CommandLine;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Weft.Model.Addressing;
using Weft.Cli.Documents;
using Weft.Model.Json;
using Weft.Model.Resources;
using Weft.Model.Validation;

namespace Weft.Cli.Commands;

static class NetworkCommands
{
    const string CreateExamples = """
        weft network create frontend
        weft network create frontend --subnet 10.1.0.0/24 --subnet fd00:1::/64
        weft network create backend --subnet 10.2.0.0/24 --gateway 10.2.0.254 --pool 10.2.0.10-10.2.0.99
        weft network create management --subnet 10.3.0.0/24 --internal --mtu 1400 --label tier=ops --project acme
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
        var subnets = new SubnetOptions();
        var vni = FieldOptions.Number("--vni", "VXLAN network identifier; chosen when not given", 1u, 16777215u);
        var isInternal = FieldOptions.Flag("--internal", "No way out, ever");
        var mtu = FieldOptions.Mtu();
        var labels = FieldOptions.Labels();
        return new CliCommand("create", "Create a network", CreateExamples)
            .With(name, subnets.Prefixes, subnets.Gateways, subnets.Pools, vni, isInternal, mtu, labels)
            .Runs(context, (session, cancel) =>
            {
                var network = new Network
                {
                    Name = session.Value(name)!,
                    Project = session.Project,
                    Subnets = subnets.Read(session) is { Length: > 0 } given ? given : null,
                    Vni = session.Value(vni),
                    Internal = session.Value(isInternal),
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
        var subnets = new SubnetOptions();
        var isInternal = new Option<bool?>("--internal")
        {
            Description = "No way out, ever: true or false",
            HelpName = "BOOL",
        };
        var mtu = FieldOptions.Mtu();
        var labels = FieldOptions.Labels();
        var removed = FieldOptions.RemovedLabels();
        return new CliCommand("update", "Change a network; subnets that are given are added", """
            weft network update frontend --subnet fd00:1::/64
            weft network update frontend --mtu 1400 --label tier=web
            """)
            .With(name, subnets.Prefixes, subnets.Gateways, subnets.Pools, isInternal, mtu, labels, removed)
            .Runs(context, (session, cancel) =>
                ResourceCommands.UpdateAsync(session, Kinds.Network, session.Value(name)!, document =>
                {
                    AddSubnets(document, subnets.Read(session));
                    if (session.Value(isInternal) is { } value)
                        document["internal"] = value;
                    if (session.IsGiven(mtu))
                        document["mtu"] = session.Value(mtu);
                    ResourceCommands.ChangeLabels(document, session.Value(labels), session.Value(removed));
                }, cancel));
    }

    static void AddSubnets(JsonObject document, Subnet[] given)
    {
        var all = document["subnets"] as JsonArray ?? [];
        foreach (var subnet in given)
            all.Add(JsonSerializer.SerializeToNode(subnet, WeftJson.Default.Subnet));
        document["subnets"] = all.DeepClone();
    }

    /// <summary>Gateways and pools belong to the subnet that they lie in, in whatever order they are given.</summary>
    sealed class SubnetOptions
    {
        public Option<IPNetwork[]> Prefixes { get; } = FieldOptions.Prefixes("--subnet",
            "Prefix of the network; may be repeated; chosen when not given");

        public Option<IPAddress[]> Gateways { get; } = FieldOptions.Addresses("--gateway",
            "Gateway of the subnet it lies in; its first address when not given");

        public Option<AddressRange[]> Pools { get; } = FieldOptions.Ranges("--pool",
            "Where addresses of the subnet it lies in are taken from; may be repeated");

        public Subnet[] Read(Session session)
        {
            var subnets = (session.Value(Prefixes) ?? []).Select(prefix => new Subnet { Prefix = prefix }).ToArray();
            var faults = new List<Fault>();
            foreach (var gateway in session.Value(Gateways) ?? [])
            {
                var i = IndexOf(subnets, gateway);
                if (i < 0 || subnets[i].Gateway is not null)
                    faults.Add(new("--gateway",
                        $"{gateway} {(i < 0 ? "lies in none of the subnets" : "is a second gateway of its subnet")}"));
                else
                    subnets[i] = subnets[i] with { Gateway = gateway };
            }
            foreach (var pool in session.Value(Pools) ?? [])
            {
                var i = IndexOf(subnets, pool.Start);
                if (i < 0 || i != IndexOf(subnets, pool.End))
                    faults.Add(new("--pool", $"{pool.Start}-{pool.End} lies in none of the subnets"));
                else
                    subnets[i] = subnets[i] with { Pools = [.. subnets[i].Pools ?? [], pool] };
            }
            return faults.Count == 0 ? subnets
                : throw new CliException(ExitCodes.Usage, "the subnets do not fit together", faults);
        }

        static int IndexOf(Subnet[] subnets, IPAddress address) =>
            Array.FindIndex(subnets, subnet => subnet.Prefix.BaseAddress.AddressFamily == address.AddressFamily
                && subnet.Prefix.Contains(address));
    }
}
