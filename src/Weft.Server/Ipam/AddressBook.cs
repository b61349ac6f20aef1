using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Server.Ipam;

/// <summary>
/// The addresses of every network, as an index of a snapshot that follows its changes. What it knows
/// besides, the order of releases, may be lost: a network's part is made anew when it is not there.
/// </summary>
sealed class AddressBook
{
    readonly Dictionary<ResourceKey, NetworkAddresses> networks = [];

    public NetworkAddresses Of(Network network, Snapshot snapshot)
    {
        var key = ResourceKey.Of(network);
        if (!networks.TryGetValue(key, out var addresses))
            networks[key] = addresses = new(network, snapshot.MembersOf(key));
        return addresses;
    }

    /// <summary>Follows <paramref name="changes"/>, which lead to the snapshot that is asked about next.</summary>
    public void Follow(IEnumerable<Change> changes)
    {
        // Releases come first: an address may go from a reservation to a port in one commit.
        foreach (var change in changes)
        {
            if (change.Before is { } before && Known(before) is { } addresses)
                addresses.Release(before);
        }
        foreach (var change in changes)
        {
            if (change.After is { } after && Known(after) is { } addresses)
                addresses.Take(after);
            if (change.Key.Kind == Network.KindName && !KeepsPools(change))
                networks.Remove(change.Key);
        }
    }

    public void Forget() => networks.Clear();

    static bool KeepsPools(Change change) =>
        change is { Before: Network before, After: Network after }
        && before.ExternalIpam == after.ExternalIpam && (before.Subnets ?? []).SequenceEqual(after.Subnets ?? []);

    NetworkAddresses? Known(Resource member) =>
        Snapshot.NetworkOf(member) is { } network ? networks.GetValueOrDefault(network) : null;
}
