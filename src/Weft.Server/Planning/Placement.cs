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

    /// <summary>Whether each of the addresses may be <paramref name="key"/>'s.</summary>
    /// <param name="addresses">Named <c>addresses[i]</c> in faults.</param>
    /// <param name="key">Who is to have them.</param>
    /// <param name="node">Whose reservations it may use, besides those of no node; null: no other.</param>
    /// <param name="network">In which they are.</param>
    /// <param name="bench">What there is.</param>
    /// <param name="faults">Gets addresses that nobody may have.</param>
    /// <param name="conflicts">Gets those that somebody else has.</param>
    /// <param name="consumed">Gets the ends of reservations that become its own.</param>
    public static void CheckFree(
        IReadOnlyList<IPAddress> addresses, ResourceKey key, string? node, Network network, Workbench bench,
        Faults faults, Faults conflicts, List<Change> consumed)
    {
        var book = bench.Addresses.Of(network, bench.Snapshot);
        for (var i = 0; i < addresses.Count; i++)
        {
            if (addresses[i] is not { } address || !Check(address, network, $"addresses[{i}]", faults))
                continue;
            if (!book.IsTaken(address, out var holder) || holder == key)
                continue;
            if (bench.Snapshot.Find<AddressReservation>(holder) is { } held && (held.Node is null || held.Node == node))
                consumed.Add(new(holder, held, null));
            else
                conflicts.Add($"addresses[{i}]", $"{address} is taken by {Words.Holder(bench.Snapshot, holder)}");
        }
    }

    public static Outcome.Exhausted Exhausted(Network network, AddressFamily family, string path)
    {
        var subnets = (network.Subnets ?? []).Where(subnet => subnet.Prefix.BaseAddress.AddressFamily == family);
        return new(new(path, $"no address is left in {string.Join(", ", subnets.Select(subnet => subnet.Prefix))} of "
            + $"{Words.Of(ResourceKey.Of(network))}: delete ports, widen the pools or add a subnet"));
    }
}
