using System.Net;
using System.Runtime.InteropServices;
using Weft.Model.State;

namespace Weft.Rules.Tables;

/// <summary>All ends of rules, and which of them an address holds.</summary>
sealed class EndIndex
{
    readonly Dictionary<EndKey, RuleEnd> _ends = [];
    readonly Dictionary<NetworkScope, ScopeIndex> _indexes = [];
    readonly Dictionary<Guid, HashSet<NetworkScope>> _scopesOf = [];
    readonly HashSet<RuleEnd> _unused = [];
    readonly List<RuleEnd> _added = [];
    int _serial;

    /// <summary>The end of that key, one use more.</summary>
    internal RuleEnd Acquire(EndKey key)
    {
        ref var end = ref CollectionsMarshal.GetValueRefOrAddDefault(_ends, key, out var exists);
        if (!exists)
        {
            end = new(key, ++_serial);
            Index(key.Scope).Add(end);
            if (!end.IsPlain)
                _added.Add(end);
        }
        if (end!.Uses++ == 0)
            _unused.Remove(end);
        return end;
    }

    /// <summary>One use less. It stays until it is swept: one that comes back at once is no change.</summary>
    internal void Release(RuleEnd end)
    {
        if (--end.Uses == 0)
            _unused.Add(end);
    }

    /// <summary>Ends that came since the last time and are in use, without plain ones.</summary>
    internal List<RuleEnd> TakeAdded()
    {
        var added = _added.FindAll(end => end.Uses > 0);
        _added.Clear();
        return added;
    }

    /// <summary>Forgets the ends without use.</summary>
    /// <returns>Those forgotten.</returns>
    internal List<RuleEnd> Sweep()
    {
        List<RuleEnd> swept = [.. _unused];
        foreach (var end in swept)
        {
            _ends.Remove(end.Key);
            var index = _indexes[end.Key.Scope];
            index.Remove(end);
            if (index.IsEmpty)
                Forget(end.Key.Scope);
        }
        _unused.Clear();
        return swept;
    }

    /// <summary>The ends that not all of a network's addresses hold, and this one does; in order of making.</summary>
    internal RuleEnd[] SelectorsOf(NodePort port, IPAddress address)
    {
        var found = new List<RuleEnd>();
        foreach (var index in IndexesOf(port.Network))
            index.Collect(port, address, found);
        found.Sort(static (one, other) => one.Serial.CompareTo(other.Serial));
        return [.. found];
    }

    /// <summary>The same for the part of an external network that a prefix is about, and no longer one.</summary>
    internal RuleEnd[] SelectorsOf(Guid external, IPNetwork region)
    {
        var found = new List<RuleEnd>();
        foreach (var index in IndexesOf(external))
            index.Collect(region, found);
        found.Sort(static (one, other) => one.Serial.CompareTo(other.Serial));
        return [.. found];
    }

    /// <summary>The ends that may concern addresses of a network and not all of them.</summary>
    internal IEnumerable<RuleEnd> SelectorsIn(Guid network) => _ends.Values.Where(end => !end.IsPlain && end.Concerns(network));

    /// <summary>The ends that all addresses of a network hold.</summary>
    internal IEnumerable<RuleEnd> PlainOf(Guid network)
    {
        foreach (var index in IndexesOf(network))
        {
            foreach (var end in index.Plain)
                yield return end;
        }
    }

    IEnumerable<ScopeIndex> IndexesOf(Guid network)
    {
        if (_indexes.TryGetValue(NetworkScope.Any, out var any))
            yield return any;
        if (_scopesOf.TryGetValue(network, out var scopes))
        {
            foreach (var scope in scopes)
                yield return _indexes[scope];
        }
    }

    ScopeIndex Index(NetworkScope scope)
    {
        ref var index = ref CollectionsMarshal.GetValueRefOrAddDefault(_indexes, scope, out var exists);
        if (exists)
            return index!;
        foreach (var network in scope.IsAny ? [] : scope.Networks)
            (CollectionsMarshal.GetValueRefOrAddDefault(_scopesOf, network, out _) ??= []).Add(scope);
        return index = new();
    }

    void Forget(NetworkScope scope)
    {
        _indexes.Remove(scope);
        if (scope.IsAny)
            return;
        foreach (var network in scope.Networks)
        {
            if (_scopesOf[network].Remove(scope) && _scopesOf[network].Count == 0)
                _scopesOf.Remove(network);
        }
    }
}
