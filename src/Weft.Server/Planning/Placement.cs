using System.Net;
using System.Net.Sockets;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Model.Validation;
using Weft.Server.Commits;

namespace Weft.Server.Planning;

/// <summary>Where in a network an address may be.</summary>
static class Placement
{
    /// <returns>False, with a fault, when no port may have the address.</returns>
    public static bool Check(IPAddress address, Network network, string path, Faults faults) =>
        Check(address, network.Subnets ?? [], $"network {network.Name}", path, faults);

    /// <param name="address">What is asked for.</param>
    /// <param name="subnets">Where it may be.</param>
    /// <param name="whose">For the message: <c>network frontend</c>.</param>
    /// <param name="path">For the fault.</param>
    /// <param name="faults">Gets it.</param>
    /// <returns>False, with a fault, when no port and no floating IP may have the address.</returns>
    public static bool Check(IPAddress address, IReadOnlyList<Subnet> subnets, string whose, string path, Faults faults)
    {
        var subnet = subnets.FirstOrDefault(subnet => subnet.Prefix.Contains(address));
        var wrong = subnet switch
        {
            null when subnets.Count == 0 => $"cannot be given: {whose} has no subnets",
            null => $"is in no subnet of {whose} ({string.Join(", ", subnets.Select(s => s.Prefix))})",
            { Gateway: { } gateway } when gateway.Equals(address) => $"is the gateway of {subnet.Prefix}",
            _ when !SubnetRules.IsHost(subnet.Prefix, address) => $"is not the address of a host in {subnet.Prefix}",
            _ => null,
        };
        if (wrong is not null)
            faults.Add(path, $"{address} {wrong}");
        return wrong is null;
    }

    public static Outcome.Exhausted Exhausted(Network network, AddressFamily family, string path)
    {
        var subnets = (network.Subnets ?? []).Where(subnet => subnet.Prefix.BaseAddress.AddressFamily == family);
        return new(new(path, $"no address is left in {string.Join(", ", subnets.Select(subnet => subnet.Prefix))} of "
            + $"{Words.Of(ResourceKey.Of(network))}: delete ports, widen the pools or add a subnet"));
    }
}
