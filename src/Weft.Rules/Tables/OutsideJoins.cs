using System.Runtime.InteropServices;
using Weft.Model.State;

namespace Weft.Rules.Tables;

/// <summary>
/// Which networks have to do with which external networks: by a way out, a floating IP, or, with the default one, a
/// published port. Kept up with the input.
/// </summary>
sealed class OutsideJoins
{
    readonly Dictionary<Guid, Guid[]> _waysOut = []; // of networks
    readonly Dictionary<Guid, (Guid Network, Guid External, bool IsFrontHere)> _floatings = [];
    readonly Dictionary<Guid, Guid> _published = []; // networks of ports
    readonly Dictionary<(Guid Network, Guid External), int> _reasons = [];
    readonly Dictionary<Guid, int> _fronts = []; // floating IPs of load balancers on this node, by external network
    readonly HashSet<(Guid Network, Guid External)> _touched = [];
    Guid _default;

    /// <summary>
    /// Whether a load balancer's floating IP of that external network is on this node, so that its members elsewhere are
    /// asked about here.
    /// </summary>
    internal bool IsFront(Guid external) => _fronts.ContainsKey(external);

    /// <summary>Follows a change of the input.</summary>
    /// <returns>External networks of which floating IPs changed.</returns>
    internal HashSet<Guid> Update(RuleInput next, RuleChanges changes)
    {
        var changed = new HashSet<Guid>(changes.Floatings.Where(_floatings.ContainsKey).Select(uid => _floatings[uid].External));
        changed.UnionWith(changes.Floatings.Select(uid => next.Floatings.GetValueOrDefault(uid)).OfType<NodeFloating>().Select(floating => floating.External));
        foreach (var uid in changes.Networks)
            SetWaysOut(uid, next.Networks.GetValueOrDefault(uid));
        foreach (var uid in changes.Floatings)
            SetFloating(uid, next.Floatings.GetValueOrDefault(uid), next.Node);
        foreach (var uid in changes.Ports)
            SetPublished(uid, next.Ports.GetValueOrDefault(uid));
        SetDefault(next.Externals.Values.FirstOrDefault(external => external.Default)?.Uid ?? Guid.Empty);
        var uids = changes.Externals.Concat(changes.Networks).ToHashSet();
        if (uids.Count > 0)
            _touched.UnionWith(_reasons.Keys.Where(pair => uids.Contains(pair.External) || uids.Contains(pair.Network)));
        return changed;
    }

    /// <summary>Pairs that may be joined or parted, and which of both.</summary>
    internal List<(NetworkPair Pair, bool Joined)> Take(RuleInput next)
    {
        List<(NetworkPair, bool)> taken = [.. _touched.Select(pair => (
            new NetworkPair(pair.Network, pair.External),
            _reasons.ContainsKey(pair) && next.Networks.ContainsKey(pair.Network) && next.Externals.ContainsKey(pair.External)))];
        _touched.Clear();
        return taken;
    }

    /// <summary>The same from the whole input: plain and slow.</summary>
    internal static bool AreJoined(RuleInput input, Guid network, Guid external) =>
        input.Externals.TryGetValue(external, out var outside) && input.Networks.TryGetValue(network, out var inside)
        && (inside.Gateways.Any(gateway => gateway.External == external)
            || input.Floatings.Values.Any(floating => floating.Network == network && floating.External == external)
            || outside.Default && input.Ports.Values.Any(port => port.Network == network && !port.Published.IsDefaultOrEmpty));

    void SetWaysOut(Guid uid, NodeNetwork? network)
    {
        if (_waysOut.Remove(uid, out var before))
            Count(before.Select(external => (uid, external)), -1);
        if (network is null || network.Gateways.IsDefaultOrEmpty)
            return;
        _waysOut[uid] = [.. network.Gateways.Select(gateway => gateway.External).Distinct()];
        Count(_waysOut[uid].Select(external => (uid, external)), 1);
    }

    void SetFloating(Guid uid, NodeFloating? floating, uint node)
    {
        if (_floatings.Remove(uid, out var before))
        {
            Count([(before.Network, before.External)], -1);
            CountFront(before.External, before.IsFrontHere ? -1 : 0);
        }
        if (floating is null)
            return;
        var isFrontHere = floating.Balancer is not null && floating.NodeNumber == node && node != 0;
        _floatings[uid] = (floating.Network, floating.External, isFrontHere);
        Count([(floating.Network, floating.External)], 1);
        CountFront(floating.External, isFrontHere ? 1 : 0);
    }

    void SetPublished(Guid uid, NodePort? port)
    {
        if (_published.Remove(uid, out var before))
            Count([(before, _default)], -1);
        if (port is null || port.Published.IsDefaultOrEmpty)
            return;
        _published[uid] = port.Network;
        Count([(port.Network, _default)], 1);
    }

    void SetDefault(Guid external)
    {
        if (external == _default)
            return;
        foreach (var network in _published.Values)
            Count([(network, _default)], -1);
        _default = external;
        foreach (var network in _published.Values)
            Count([(network, _default)], 1);
    }

    void Count(IEnumerable<(Guid Network, Guid External)> pairs, int change)
    {
        foreach (var pair in pairs)
        {
            ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(_reasons, pair, out _);
            count += change;
            if (count == 0)
                _reasons.Remove(pair);
            _touched.Add(pair);
        }
    }

    void CountFront(Guid external, int change)
    {
        var count = _fronts.GetValueOrDefault(external) + change;
        if (count == 0)
            _fronts.Remove(external);
        else
            _fronts[external] = count;
    }
}
