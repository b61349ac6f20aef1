using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Weft.Model.State;

namespace Weft.Rules.Tables;

/// <summary>The ends of one scope, found by what an address has, not one by one.</summary>
sealed class ScopeIndex
{
    readonly HashSet<RuleEnd> _plain = [];
    readonly Dictionary<AddressFamily, HashSet<RuleEnd>> _byFamily = [];
    readonly Dictionary<Guid, HashSet<RuleEnd>> _byGroup = [];
    readonly Dictionary<(string Key, string Value), HashSet<RuleEnd>> _byLabel = [];
    readonly Dictionary<(AddressFamily Family, int Length), Dictionary<UInt128, HashSet<RuleEnd>>> _byPrefix = [];

    internal bool IsEmpty =>
        _plain.Count + _byFamily.Count + _byGroup.Count + _byLabel.Count + _byPrefix.Count == 0;

    internal IReadOnlyCollection<RuleEnd> Plain => _plain;

    internal void Add(RuleEnd end)
    {
        if (end.IsPlain)
            _plain.Add(end);
        else if (end.Key.Selector.Prefix is { } prefix)
            Put(OfLength(prefix), RuleEnd.Masked(prefix.BaseAddress, prefix.PrefixLength), end);
        else if (end.Key.Selector.Group is { } group)
            Put(_byGroup, group, end);
        else if (!end.Key.Selector.Labels.IsDefaultOrEmpty)
            Put(_byLabel, FirstLabel(end), end);
        else
            Put(_byFamily, end.Key.Family!.Value, end);
    }

    internal void Remove(RuleEnd end)
    {
        if (end.IsPlain)
            _plain.Remove(end);
        else if (end.Key.Selector.Prefix is { } prefix)
        {
            var prefixes = OfLength(prefix);
            Take(prefixes, RuleEnd.Masked(prefix.BaseAddress, prefix.PrefixLength), end);
            if (prefixes.Count == 0)
                _byPrefix.Remove((prefix.BaseAddress.AddressFamily, prefix.PrefixLength));
        }
        else if (end.Key.Selector.Group is { } group)
            Take(_byGroup, group, end);
        else if (!end.Key.Selector.Labels.IsDefaultOrEmpty)
            Take(_byLabel, FirstLabel(end), end);
        else
            Take(_byFamily, end.Key.Family!.Value, end);
    }

    /// <summary>Adds the ends that an address holds and not all of its network hold.</summary>
    internal void Collect(NodePort port, IPAddress address, List<RuleEnd> found)
    {
        if (_byFamily.TryGetValue(address.AddressFamily, out var ends))
            Collect(ends, port, address, found);
        foreach (var group in _byGroup.Count == 0 ? [] : port.Groups)
        {
            if (_byGroup.TryGetValue(group, out ends))
                Collect(ends, port, address, found);
        }
        foreach (var label in _byLabel.Count == 0 ? [] : port.Labels)
        {
            if (_byLabel.TryGetValue((label.Key, label.Value), out ends))
                Collect(ends, port, address, found);
        }
        foreach (var ((family, length), prefixes) in _byPrefix)
        {
            if (family == address.AddressFamily && prefixes.TryGetValue(RuleEnd.Masked(address, length), out ends))
                Collect(ends, port, address, found);
        }
    }

    /// <summary>Adds the ends that all of a prefix holds, where there are no ports.</summary>
    internal void Collect(IPNetwork region, List<RuleEnd> found)
    {
        var family = region.BaseAddress.AddressFamily;
        if (_byFamily.TryGetValue(family, out var ends))
            found.AddRange(ends);
        foreach (var ((each, length), prefixes) in _byPrefix)
        {
            if (each == family && length <= region.PrefixLength && prefixes.TryGetValue(RuleEnd.Masked(region.BaseAddress, length), out ends))
                found.AddRange(ends.Where(end => end.HoldsOutside(family)));
        }
    }

    static void Collect(HashSet<RuleEnd> ends, NodePort port, IPAddress address, List<RuleEnd> found)
    {
        foreach (var end in ends)
        {
            if (end.SelectorHolds(port, address))
                found.Add(end);
        }
    }

    Dictionary<UInt128, HashSet<RuleEnd>> OfLength(IPNetwork prefix) =>
        CollectionsMarshal.GetValueRefOrAddDefault(
            _byPrefix, (prefix.BaseAddress.AddressFamily, prefix.PrefixLength), out _) ??= [];

    static (string Key, string Value) FirstLabel(RuleEnd end) => (end.Key.Selector.Labels[0].Key, end.Key.Selector.Labels[0].Value);

    static void Put<TKey>(Dictionary<TKey, HashSet<RuleEnd>> index, TKey key, RuleEnd end) where TKey : notnull =>
        (CollectionsMarshal.GetValueRefOrAddDefault(index, key, out _) ??= []).Add(end);

    static void Take<TKey>(Dictionary<TKey, HashSet<RuleEnd>> index, TKey key, RuleEnd end) where TKey : notnull
    {
        if (index.TryGetValue(key, out var ends) && ends.Remove(end) && ends.Count == 0)
            index.Remove(key);
    }
}
