using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Weft.Model.Addressing;
using Weft.Model.Resources;
using Weft.Model.Rules;
using Weft.Model.State;
using Weft.Rules.Tables;

namespace Weft.Rules.Linting;

/// <summary>Rules that are asked before, found by what a rule must be to decide all that another would.</summary>
/// <remarks>
/// Rules are filed by their ends and protocol, and there by ranges of ports that none of the others contains, in order: so
/// the only one that can contain a range is found at once. A rule is looked for under the ends that contain its own: those of
/// shorter prefixes, fewer labels, more networks, as far as any are in use.
/// </remarks>
sealed class ShadowIndex
{
    const int MostRules = 200_000;
    const int MostLabels = 3;

    /// <summary>Where a rule stands.</summary>
    internal sealed record Place(RuleSet Set, int Position, RuleSpec Rule);

    enum Asked
    {
        Neither,
        Ports,
        Types,
    }

    readonly record struct FileKey(GateKind Gate, EndKey From, EndKey To, byte? Protocol, Asked Asked, string Sources);

    readonly Dictionary<FileKey, List<(PortRange Range, Place Place)>> _files = [];
    readonly HashSet<(AddressFamily, int)> _lengths = [];
    readonly HashSet<NetworkScope> _wide = [];
    int _count;

    /// <summary>All rules are in, and were looked for in full.</summary>
    internal bool IsComplete { get; private set; } = true;

    internal void Add(RuleSet set)
    {
        var placed = new PlacedSet(set);
        for (var i = 0; i < set.Rules.Length; i++)
            Add(placed, set.Rules[i].Spec, i);
    }

    internal void Add(PlacedSet set, RuleSpec rule, int position)
    {
        if (FitsNothing(rule))
            return;
        if (++_count > MostRules)
        {
            IsComplete = false;
            return;
        }
        var place = new Place(set.Set, position, rule);
        foreach (var (from, to, gate) in RulePlacer.WaysOf(set, rule))
        {
            Learn(from);
            Learn(to);
            var file = CollectionsMarshal.GetValueRefOrAddDefault(_files, new(gate, from, to, rule.Protocol, AskedBy(rule), Sources(rule)), out _) ??= [];
            foreach (var range in Ranges(rule))
                Put(file, range, place);
        }
    }

    /// <summary>A rule that decides all that this one would; null: none, or several only together.</summary>
    internal Place? Find(PlacedSet set, RuleSpec rule)
    {
        Place? found = null;
        foreach (var (from, to, gate) in RulePlacer.WaysOf(set, rule))
        {
            if (Find(gate, from, to, rule) is not { } place)
                return null;
            found ??= place;
        }
        return found;
    }

    Place? Find(GateKind gate, EndKey from, EndKey to, RuleSpec rule)
    {
        foreach (var widerFrom in WiderThan(from))
        {
            foreach (var widerTo in WiderThan(to))
            {
                foreach (var protocol in rule.Protocol is null ? [null] : (ReadOnlySpan<byte?>)[rule.Protocol, null])
                {
                    if (FindIn(new(gate, widerFrom, widerTo, protocol, AskedBy(rule), Sources(rule)), rule) is { } place)
                        return place;
                }
            }
        }
        return null;
    }

    Place? FindIn(FileKey key, RuleSpec rule)
    {
        foreach (var asked in key.Asked == Asked.Neither ? [key.Asked] : (ReadOnlySpan<Asked>)[key.Asked, Asked.Neither])
        {
            foreach (var source in key.Sources.Length == 0 ? [""] : (ReadOnlySpan<string>)[key.Sources, ""])
            {
                if (_files.TryGetValue(key with { Asked = asked, Sources = source }, out var file) && Contains(file, rule) is { } place)
                    return place;
            }
        }
        return null;
    }

    List<EndKey> WiderThan(EndKey end)
    {
        var ends = new List<EndKey>();
        var labels = end.Selector.Labels.IsDefault ? [] : end.Selector.Labels;
        if (labels.Length > MostLabels)
            IsComplete = false;
        foreach (var scope in _wide.Where(wide => !wide.Equals(end.Scope) && IsWider(wide, end.Scope)).Prepend(end.Scope))
        {
            foreach (var prefix in WiderThan(end.Selector.Prefix))
            {
                foreach (var group in end.Selector.Group is null ? [null] : (ReadOnlySpan<Guid?>)[end.Selector.Group, null])
                {
                    for (var subset = 0; subset < 1 << Math.Min(labels.Length, MostLabels); subset++)
                    {
                        var kept = subset == 0 ? labels : labels.Where((_, i) => (subset >> i & 1) == 0).ToImmutableArray();
                        ends.Add(new(scope, new(null, prefix, group, kept), end.Family));
                        if (end.Family is not null)
                            ends.Add(new(scope, new(null, prefix, group, kept), null));
                    }
                }
            }
        }
        return ends;
    }

    List<IPNetwork?> WiderThan(IPNetwork? prefix)
    {
        var wider = new List<IPNetwork?> { prefix };
        if (prefix is not { } own)
            return wider;
        wider.Add(null);
        foreach (var (family, length) in _lengths)
        {
            if (family == own.BaseAddress.AddressFamily && length < own.PrefixLength)
                wider.Add(own.BaseAddress.PrefixAround(length));
        }
        return wider;
    }

    static bool IsWider(NetworkScope wide, NetworkScope scope) =>
        wide.IsAny || !scope.IsAny && scope.Networks.All(network => wide.Networks.AsSpan().BinarySearch(network) >= 0);

    void Learn(EndKey end)
    {
        if (end.Selector.Prefix is { } prefix)
            _lengths.Add((prefix.BaseAddress.AddressFamily, prefix.PrefixLength));
        if (end.Scope.IsAny || end.Scope.Networks.Length > 1)
            _wide.Add(end.Scope);
    }

    /// <summary>Destination ports or ICMP types; a rule that asks for neither is about all.</summary>
    static IEnumerable<PortRange> Ranges(RuleSpec rule) =>
        !rule.IcmpTypes.IsDefaultOrEmpty ? rule.IcmpTypes.Select(type => new PortRange(type, type))
        : rule.Ports.IsDefaultOrEmpty ? [PortRange.All]
        : rule.Ports;

    /// <summary>What no document may say, but a record may: ports of what has none, or ports and types at once.</summary>
    static bool FitsNothing(RuleSpec rule)
    {
        var asksForPorts = !rule.Ports.IsDefaultOrEmpty || !rule.SourcePorts.IsDefaultOrEmpty;
        var asksForTypes = !rule.IcmpTypes.IsDefaultOrEmpty;
        return asksForPorts && asksForTypes
            || rule.Protocol is { } protocol
                && (asksForPorts && !IpProtocols.HasPorts(protocol) || asksForTypes && !IpProtocols.HasIcmpTypes(protocol));
    }

    static Asked AskedBy(RuleSpec rule) =>
        !rule.IcmpTypes.IsDefaultOrEmpty ? Asked.Types : !rule.Ports.IsDefaultOrEmpty ? Asked.Ports : Asked.Neither;

    static string Sources(RuleSpec rule) =>
        rule.SourcePorts.IsDefaultOrEmpty ? "" : string.Join(',', rule.SourcePorts.Order(Comparer<PortRange>.Create((one, other) => one.First - other.First)));

    static Place? Contains(List<(PortRange Range, Place Place)> file, RuleSpec rule)
    {
        Place? found = null;
        foreach (var range in Ranges(rule))
        {
            var index = LastFrom(file, range.First);
            if (index < 0 || file[index].Range.Last < range.Last)
                return null;
            found ??= file[index].Place;
        }
        return found;
    }

    static void Put(List<(PortRange Range, Place Place)> file, PortRange range, Place place)
    {
        var index = LastFrom(file, range.First);
        if (index >= 0 && file[index].Range.Last >= range.Last)
            return;
        var first = index >= 0 && file[index].Range.First == range.First ? index : index + 1;
        var end = first;
        while (end < file.Count && file[end].Range.Last <= range.Last)
            end++;
        file.RemoveRange(first, end - first);
        file.Insert(first, (range, place));
    }

    /// <summary>The last range that begins at a port or before; of all those it ends last.</summary>
    static int LastFrom(List<(PortRange Range, Place Place)> file, ushort port)
    {
        var (low, high) = (0, file.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = file[middle].Range.First <= port ? (middle + 1, high) : (low, middle);
        }
        return low - 1;
    }
}
