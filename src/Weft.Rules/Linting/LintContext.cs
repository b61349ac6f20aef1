using System.Runtime.InteropServices;
using Weft.Model.Addressing;
using Weft.Model.State;
using Weft.Rules.Tables;

namespace Weft.Rules.Linting;

/// <summary>What a policy or security group is held against. Made once for any number of them; not for concurrent use.</summary>
/// <param name="book">All of the cluster, with the set in question as it will be.</param>
/// <param name="networks">All networks, by uid.</param>
/// <param name="ports">All ports; looked at once, and only when a rule selects by label or group, or names what is outside.</param>
/// <param name="externals">All external networks, by uid; null: there are none.</param>
/// <param name="floatings">All floating IPs; looked at once, and only when a rule names what is outside.</param>
public sealed class LintContext(
    RuleBook book, IReadOnlyDictionary<Guid, NodeNetwork> networks, IEnumerable<NodePort> ports,
    IReadOnlyDictionary<Guid, NodeExternal>? externals = null, IEnumerable<NodeFloating>? floatings = null)
{
    readonly Dictionary<string, HashSet<NetworkPair>> _spoken = [];
    Dictionary<Guid, List<NodePort>>? _byGroup;
    Dictionary<(string, string), List<NodePort>>? _byLabel;
    HashSet<Guid>? _publishing; // networks of published ports
    HashSet<(Guid Network, Guid External)>? _floating;

    public RuleBook Book => book;

    /// <summary><c>project/name</c>, the name of an external network, or its uid when there is no such network.</summary>
    public string NameOf(Guid network) =>
        networks.TryGetValue(network, out var record) ? $"{record.Project}/{record.Name}" : ExternalName(network) ?? network.ToString();

    /// <summary>Null: it is none.</summary>
    internal string? ExternalName(Guid network) => externals is not null && externals.TryGetValue(network, out var external) ? external.Name : null;

    /// <summary>Whether connections between a network and an external one can be.</summary>
    internal bool AreJoined(Guid network, Guid external)
    {
        if (Find(network)?.Gateways is { IsDefaultOrEmpty: false } gateways && gateways.Any(gateway => gateway.External == external))
            return true;
        _floating ??= [.. (floatings ?? []).Select(floating => (floating.Network, floating.External))];
        if (_floating.Contains((network, external)) || !externals![external].Default)
            return _floating.Contains((network, external));
        Index();
        return _publishing!.Contains(network);
    }

    internal string NameOf(Guid network, string project) => RuleText.Short(NameOf(network), project);

    internal string NameOfGroup(Guid group) => book.Sets.TryGetValue(group, out var set) ? set.Record.Name : group.ToString();

    internal NodeNetwork? Find(Guid network) => networks.GetValueOrDefault(network);

    /// <summary>Whether a policy of the project speaks of a pair; looked up once for all policies of it.</summary>
    internal bool Speaks(string project, NetworkPair pair)
    {
        if (!_spoken.TryGetValue(project, out var pairs))
        {
            _spoken.Add(project, pairs = [.. book.Sets.Values
                .Where(set => set.Record.Project == project).SelectMany(NetworkJoins.PairsOf)]);
        }
        return pairs.Contains(pair);
    }

    internal IReadOnlyList<NodePort> PortsIn(Guid group)
    {
        Index();
        return _byGroup!.TryGetValue(group, out var found) ? found : [];
    }

    /// <summary>Whether a port of the scope has what an end asks of a port: group and labels.</summary>
    internal bool HasPort(NetworkScope scope, RuleEndpoint selector)
    {
        Index();
        var candidates = selector.Group is { } group ? PortsIn(group)
            : _byLabel!.TryGetValue((selector.Labels[0].Key, selector.Labels[0].Value), out var found) ? found : [];
        foreach (var port in candidates)
        {
            if ((scope.IsAny || scope.Networks.Contains(port.Network)) && RuleEnd.HasAll(port.Labels, selector.Labels))
                return true;
        }
        return false;
    }

    /// <summary>Whether a subnet of the scope has addresses of an end's prefix.</summary>
    internal bool HasAddress(NetworkScope scope, RuleEndpoint selector)
    {
        if (scope.IsAny)
            return true;
        foreach (var network in scope.Networks)
        {
            if (ExternalName(network) is not null)
                return true;
            foreach (var subnet in Find(network)?.Subnets ?? [])
            {
                if (subnet.Prefix.Overlaps(selector.Prefix!.Value))
                    return true;
            }
        }
        return false;
    }

    void Index()
    {
        if (_byGroup is not null)
            return;
        (_byGroup, _byLabel, _publishing) = ([], [], []);
        foreach (var port in ports)
        {
            if (!port.Published.IsDefaultOrEmpty)
                _publishing.Add(port.Network);
            foreach (var group in port.Groups)
                (CollectionsMarshal.GetValueRefOrAddDefault(_byGroup, group, out _) ??= []).Add(port);
            foreach (var (key, value) in port.Labels)
                (CollectionsMarshal.GetValueRefOrAddDefault(_byLabel, (key, value), out _) ??= []).Add(port);
        }
    }
}
