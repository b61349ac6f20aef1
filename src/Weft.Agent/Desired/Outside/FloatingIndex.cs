using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Weft.Model.State;

namespace Weft.Agent.Desired;

/// <summary>Floating IPs by their external network and by that of their target.</summary>
sealed class FloatingIndex
{
    readonly Dictionary<Guid, NodeFloating> _floatings = [];
    readonly Dictionary<Guid, HashSet<Guid>> _byExternal = [];
    readonly Dictionary<Guid, HashSet<Guid>> _byNetwork = [];

    internal IEnumerable<Guid> In(Guid external) => _byExternal.GetValueOrDefault(external, []);

    internal IEnumerable<Guid> Of(Guid network) => _byNetwork.GetValueOrDefault(network, []);

    /// <summary>A node has a floating IP of a load balancer of the network.</summary>
    internal bool IsFront(Guid network, uint node) =>
        node != 0 && Of(network).Any(uid => _floatings[uid] is { Balancer: not null } floating && floating.NodeNumber == node);

    /// <returns>Networks of load balancers whose floating IPs changed.</returns>
    internal HashSet<Guid> Update(IEnumerable<Guid> changed, ImmutableDictionary<Guid, NodeFloating> floatings)
    {
        var networks = new HashSet<Guid>();
        foreach (var uid in changed)
        {
            if (_floatings.Remove(uid, out var before))
            {
                if (before.Balancer is not null)
                    networks.Add(before.Network);
                Unlink(_byExternal, before.External, uid);
                Unlink(_byNetwork, before.Network, uid);
            }
            if (!floatings.TryGetValue(uid, out var floating))
                continue;
            _floatings[uid] = floating;
            if (floating.Balancer is not null)
                networks.Add(floating.Network);
            Link(_byExternal, floating.External, uid);
            Link(_byNetwork, floating.Network, uid);
        }
        return networks;
    }

    static void Link(Dictionary<Guid, HashSet<Guid>> links, Guid key, Guid value) =>
        (CollectionsMarshal.GetValueRefOrAddDefault(links, key, out _) ??= []).Add(value);

    static void Unlink(Dictionary<Guid, HashSet<Guid>> links, Guid key, Guid value)
    {
        if (links[key].Remove(value) && links[key].Count == 0)
            links.Remove(key);
    }
}
