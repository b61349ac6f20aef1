using System.Net;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Server.Ipam;

/// <summary>
/// The addresses of every external network that floating IPs and egress take, as an index of a snapshot that follows its
/// changes. As in <see cref="AddressBook"/>, the order of releases may be lost.
/// </summary>
sealed class ExternalBook
{
    readonly Dictionary<string, ExternalAddresses> externals = new(StringComparer.Ordinal);

    public ExternalAddresses Of(ExternalNetwork external, Snapshot snapshot)
    {
        if (externals.TryGetValue(external.Name, out var addresses))
            return addresses;
        externals[external.Name] = addresses = new(external);
        IEnumerable<Resource> users = [.. snapshot.All<FloatingIp>(), .. snapshot.All<Network>(), .. snapshot.All<Router>()];
        foreach (var user in users)
        {
            foreach (var (name, address) in TakenBy(user))
            {
                if (name == external.Name)
                    addresses.Take(address, ResourceKey.Of(user));
            }
        }
        return addresses;
    }

    /// <summary>Follows <paramref name="changes"/>, which lead to the snapshot that is asked about next.</summary>
    public void Follow(IEnumerable<Change> changes)
    {
        // Releases come first: an address may go from one to another in one commit.
        foreach (var change in changes)
        {
            foreach (var (name, address) in change.Before is { } before ? TakenBy(before) : [])
                externals.GetValueOrDefault(name)?.Release(address);
        }
        foreach (var change in changes)
        {
            foreach (var (name, address) in change.After is { } after ? TakenBy(after) : [])
                externals.GetValueOrDefault(name)?.Take(address, change.Key);
            if (change.Key.Kind == ExternalNetwork.KindName && !KeepsPools(change))
                externals.Remove(change.Key.Name);
        }
    }

    public void Forget() => externals.Clear();

    /// <summary>What a document takes, each with the name of its external network.</summary>
    public static IEnumerable<(string External, IPAddress Address)> TakenBy(Resource resource) => resource switch
    {
        FloatingIp { ExternalNetwork: { } external, Address: { } address } => [(external, address)],
        Network network => OfGateway(network.ExternalGateway),
        Router router => OfGateway(router.ExternalGateway),
        _ => [],
    };

    static IEnumerable<(string, IPAddress)> OfGateway(ExternalGateway? gateway) =>
        gateway is { ExternalNetwork: { } external, EgressAddresses: { } egress }
            ? egress.Values.SelectMany(addresses => addresses).Select(address => (external, address))
            : [];

    static bool KeepsPools(Change change) =>
        change is { Before: ExternalNetwork before, After: ExternalNetwork after }
        && (before.Subnets ?? []).SequenceEqual(after.Subnets ?? []);
}
