using System.Net;
using Weft.Model.Resources;

namespace Weft.Model.Validation;

/// <summary>What can be said about a way out, of a network or a router, from its document.</summary>
static class GatewayRules
{
    /// <summary>Of one node.</summary>
    const int MostEgressAddresses = 16;

    const string Path = "externalGateway";

    public static void Check(ExternalGateway? gateway, Faults faults)
    {
        if (gateway is null)
            return;
        if (gateway.ExternalNetwork is { } external)
            NameRules.CheckName(external, faults, $"{Path}.externalNetwork");
        var seen = new HashSet<IPAddress>();
        foreach (var (node, addresses) in gateway.EgressAddresses ?? new Dictionary<string, IReadOnlyList<IPAddress>>())
        {
            var path = $"{Path}.egressAddresses['{NameRules.Shown(node)}']";
            if (!NameRules.IsNetworkName(node))
                faults.Add(path, "is not the name of a node");
            if (addresses is not { Count: > 0 and <= MostEgressAddresses })
                faults.Add(path, addresses is { Count: > 0 }
                    ? $"are {addresses.Count}; at most {MostEgressAddresses} are allowed"
                    : "is empty; leave it out for the node's own address");
            CheckAddresses(addresses ?? [], seen, path, faults);
        }
    }

    static void CheckAddresses(IReadOnlyList<IPAddress> addresses, HashSet<IPAddress> seen, string path, Faults faults)
    {
        for (var i = 0; i < addresses.Count; i++)
        {
            if (addresses[i] is null)
                faults.Add($"{path}[{i}]", "is null");
            else if (!seen.Add(addresses[i]))
                faults.Add($"{path}[{i}]", $"{addresses[i]} is given twice; an address is on one node");
        }
    }
}
