using Weft.Dataplane.Abi;

namespace Weft.Agent.Outside;

/// <summary>The addresses that this node answers for outside, so that each is announced when it begins to, and not again.</summary>
sealed class AnsweredAddresses
{
    readonly Dictionary<uint, HashSet<Address>> _addresses = []; // by VNI of the external network
    readonly Dictionary<uint, (int Ifindex, Bytes6 Mac)> _uplinks = [];

    /// <param name="vni">Of the external network.</param>
    internal int CountOf(uint vni) => _addresses.TryGetValue(vni, out var found) ? found.Count : 0;

    internal int Count => _addresses.Values.Sum(addresses => addresses.Count);

    /// <summary>What an earlier agent's vrouter has answered for all the while.</summary>
    internal void Begin(IEnumerable<KeyValuePair<RouteKey, RouteEntry>> routes, IEnumerable<KeyValuePair<uint, Uplink>> uplinks)
    {
        foreach (var (key, route) in routes.Where(route => route.Value.Action == FlowAction.Floating))
            Of(key.Vni).Add(key.Address);
        foreach (var (ifindex, uplink) in uplinks)
            _uplinks[uplink.Vni] = ((int)ifindex, uplink.Mac);
    }

    /// <summary>Follows changed records, after they are in the kernel.</summary>
    /// <param name="routes">Keys, and what is there now; null: nothing.</param>
    /// <param name="uplinks">All there are.</param>
    /// <param name="announcer">Hears what is new and what is not any more; null: nobody does.</param>
    internal void Follow(
        IEnumerable<(RouteKey Key, RouteEntry? Route)> routes, IEnumerable<KeyValuePair<uint, Uplink>> uplinks, Announcer? announcer)
    {
        foreach (var (key, route) in routes)
        {
            var answered = route?.Action == FlowAction.Floating;
            var changed = answered ? Of(key.Vni).Add(key.Address) : _addresses.TryGetValue(key.Vni, out var known) && known.Remove(key.Address);
            if (!changed || !_uplinks.TryGetValue(key.Vni, out var uplink))
                continue;
            if (answered)
                announcer?.Announce(At(uplink, key.Address));
            else
                announcer?.Withdraw(At(uplink, key.Address));
        }
        FollowUplinks(uplinks.ToDictionary(uplink => (uint)uplink.Value.Vni, uplink => ((int)uplink.Key, uplink.Value.Mac)), announcer);
    }

    /// <summary>Another interface, or one of another hardware address: all that it answers for is told anew.</summary>
    void FollowUplinks(Dictionary<uint, (int Ifindex, Bytes6 Mac)> uplinks, Announcer? announcer)
    {
        foreach (var (vni, before) in _uplinks.Where(before => !uplinks.TryGetValue(before.Key, out var now) || now != before.Value).ToList())
        {
            _uplinks.Remove(vni);
            foreach (var address in Of(vni))
                announcer?.Withdraw(At(before, address));
        }
        foreach (var (vni, uplink) in uplinks.Where(uplink => !_uplinks.ContainsKey(uplink.Key)).ToList())
        {
            _uplinks[vni] = uplink;
            foreach (var address in Of(vni))
                announcer?.Announce(At(uplink, address));
        }
    }

    HashSet<Address> Of(uint vni) => _addresses.TryGetValue(vni, out var found) ? found : _addresses[vni] = [];

    static AnsweredAddress At((int Ifindex, Bytes6 Mac) uplink, Address address) =>
        new(uplink.Ifindex, uplink.Mac.ToMacAddress(), address.ToIPAddress());
}
