using System.CommandLine;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Weft.Model.Addressing;
using Weft.Model.Json;
using Weft.Model.Resources;
using Weft.Model.Validation;

namespace Weft.Cli.Commands;

/// <summary>Subnets, with gateways and pools that belong to the subnet that they lie in, in whatever order they are given.</summary>
/// <param name="gateway">What a gateway is.</param>
/// <param name="withoutSubnet">What becomes of a document without any.</param>
sealed class SubnetOptions(string gateway, string withoutSubnet = "chosen when not given")
{
    public Option<IPNetwork[]> Prefixes { get; } =
        FieldOptions.Prefixes("--subnet", $"Prefix of the network; may be repeated; {withoutSubnet}");

    public Option<IPAddress[]> Gateways { get; } = FieldOptions.Addresses("--gateway", gateway);

    public Option<AddressRange[]> Pools { get; } = FieldOptions.Ranges(
        "--pool", "Where addresses of the subnet it lies in are taken from; may be repeated");

    public Subnet[] Read(Session session)
    {
        var subnets = (session.Value(Prefixes) ?? []).Select(prefix => new Subnet { Prefix = prefix }).ToArray();
        var faults = new List<Fault>();
        foreach (var gateway in session.Value(Gateways) ?? [])
        {
            var i = IndexOf(subnets, gateway);
            if (i < 0 || subnets[i].Gateway is not null)
                faults.Add(new("--gateway", $"{gateway} {(i < 0 ? "lies in none of the subnets" : "is a second gateway of its subnet")}"));
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
        return faults.Count == 0 ? subnets : throw new CliException(ExitCodes.Usage, "the subnets do not fit together", faults);
    }

    /// <summary>Adds what was given to those that the document has.</summary>
    public static void Add(JsonObject document, Subnet[] given)
    {
        if (given.Length == 0)
            return;
        var all = document["subnets"] as JsonArray ?? [];
        foreach (var subnet in given)
            all.Add(JsonSerializer.SerializeToNode(subnet, WeftJson.Default.Subnet));
        document["subnets"] = all.DeepClone();
    }

    static int IndexOf(Subnet[] subnets, IPAddress address) =>
        Array.FindIndex(subnets, subnet => subnet.Prefix.BaseAddress.AddressFamily == address.AddressFamily
            && subnet.Prefix.Contains(address));
}
