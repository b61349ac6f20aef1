using System.Net;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Model.Validation;

namespace Weft.Server.Planning;

/// <summary>Ways out of networks and routers: what they name, and the addresses that they take.</summary>
static class Gateways
{
    const string Path = "externalGateway";

    /// <summary>
    /// The gateway as it is stored: with the name of the external network that it leads to. Like a port's default group, the
    /// default is chosen once: another default later changes nothing that is there.
    /// </summary>
    /// <param name="gateway">As the document has it.</param>
    /// <param name="existing">As it is stored.</param>
    /// <param name="owner">Who has it.</param>
    /// <param name="bench">Where names and addresses are looked up.</param>
    /// <param name="faults">Get what is wrong.</param>
    /// <param name="conflicts">Get what belongs to others.</param>
    public static ExternalGateway? Complete(
        ExternalGateway? gateway, ExternalGateway? existing, ResourceKey owner, Workbench bench, Faults faults, Faults conflicts)
    {
        if (gateway is null)
            return null;
        if (ExternalNetworks.Find(gateway.ExternalNetwork ?? existing?.ExternalNetwork, $"{Path}.externalNetwork", bench, faults) is not { } external)
            return gateway;
        CheckEgress(gateway, external, owner, bench, faults, conflicts);
        return new()
        {
            ExternalNetwork = external.Name,
            EgressAddresses = gateway.EgressAddresses is { Count: > 0 } egress
                ? new SortedDictionary<string, IReadOnlyList<IPAddress>>(egress.ToDictionary(), StringComparer.Ordinal) : null,
        };
    }

    static void CheckEgress(
        ExternalGateway gateway, ExternalNetwork external, ResourceKey owner, Workbench bench, Faults faults, Faults conflicts)
    {
        foreach (var (node, addresses) in gateway.EgressAddresses ?? new Dictionary<string, IReadOnlyList<IPAddress>>())
        {
            for (var i = 0; i < (addresses?.Count ?? 0); i++)
            {
                if (addresses![i] is { } address)
                    FloatingIps.CheckAddress(
                        address, external, owner, $"{Path}.egressAddresses['{NameRules.Shown(node)}'][{i}]", bench, faults, conflicts);
            }
        }
    }
}
