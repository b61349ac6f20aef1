using Weft.Model.Resources;
using Weft.Model.Rules;
using Weft.Model.State;

namespace Weft.Rules.Tables;

/// <summary>All ports, or ICMP types, cut where the answer of a rule may change, and for each part the rules that fit.</summary>
/// <remarks>
/// Rules are painted in deciding order over parts that no earlier one has closed, so that a part is passed over at most
/// once by each gate. A rule that asks for source ports closes nothing: it is kept beside, for the second table.
/// </remarks>
sealed class PortCells
{
    readonly int[] _starts;
    readonly PlacedRule?[][] _deciders; // by gate, by cell
    readonly List<PlacedRule>?[]?[] _bySource; // by gate, by cell; null: none

    PortCells(int[] starts, int gates)
    {
        _starts = starts;
        _deciders = new PlacedRule?[gates][];
        _bySource = new List<PlacedRule>?[gates][];
    }

    internal int Count => _starts.Length;

    internal int FirstOf(int cell) => _starts[cell];

    /// <summary>By destination port or ICMP type.</summary>
    /// <param name="ranges">Of a rule; null: it does not fit the protocol; empty: all.</param>
    internal static PortCells Of(IReadOnlyList<GateRules> gates, Func<RuleSpec, IReadOnlyList<PortRange>?> ranges, bool bySource)
    {
        var cells = new PortCells(StartsOf(gates.SelectMany(gate => gate.Rules), ranges), gates.Count);
        for (var gate = 0; gate < gates.Count; gate++)
            cells.Paint(gate, gates[gate].Rules, ranges, bySource);
        return cells;
    }

    /// <summary>The rule of each gate that decides a cell, when no source port has to be asked for.</summary>
    internal void DecidersOf(int cell, Span<PlacedRule?> deciders)
    {
        for (var gate = 0; gate < deciders.Length; gate++)
            deciders[gate] = _deciders[gate][cell];
    }

    internal bool AsksForSource(int cell)
    {
        foreach (var cells in _bySource)
        {
            if (cells?[cell] is not null)
                return true;
        }
        return false;
    }

    /// <summary>The rules of a cell, in deciding order, for a second table.</summary>
    internal List<GateRules> RulesOf(int cell, IReadOnlyList<GateRules> gates)
    {
        var found = new List<GateRules>(gates.Count);
        for (var gate = 0; gate < gates.Count; gate++)
        {
            List<PlacedRule> rules = [.. _bySource[gate]?[cell] ?? []];
            if (_deciders[gate][cell] is { } last)
                rules.Add(last);
            found.Add(gates[gate] with { Rules = rules });
        }
        return found;
    }

    /// <summary>Destination ports or types that a rule is about; null: it does not fit the protocol.</summary>
    internal static IReadOnlyList<PortRange>? Destinations(RuleSpec rule, byte protocol)
    {
        if (rule.Protocol is { } own && own != protocol)
            return null;
        var asksForPorts = !rule.Ports.IsDefaultOrEmpty || !rule.SourcePorts.IsDefaultOrEmpty;
        if (asksForPorts && !IpProtocols.HasPorts(protocol))
            return null;
        if (rule.IcmpTypes.IsDefaultOrEmpty)
            return rule.Ports.IsDefault ? [] : rule.Ports;
        return asksForPorts || !IpProtocols.HasIcmpTypes(protocol)
            ? null
            : [.. rule.IcmpTypes.Select(type => new PortRange(type, type))];
    }

    void Paint(int gate, List<PlacedRule> rules, Func<RuleSpec, IReadOnlyList<PortRange>?> ranges, bool bySource)
    {
        var deciders = _deciders[gate] = new PlacedRule?[Count];
        var open = new int[Count + 1]; // the next cell that is open, from each
        for (var cell = 0; cell < open.Length; cell++)
            open[cell] = cell;
        foreach (var rule in rules)
        {
            if (Next(open, 0) == Count)
                return;
            if (ranges(rule.Spec) is not { } wanted)
                continue;
            foreach (var range in wanted.Count == 0 ? [PortRange.All] : wanted)
            {
                var end = range.Last == ushort.MaxValue ? Count : IndexOf(range.Last + 1);
                for (var cell = Next(open, IndexOf(range.First)); cell < end; cell = Next(open, cell + 1))
                {
                    if (bySource && !rule.Spec.SourcePorts.IsDefaultOrEmpty)
                        ((_bySource[gate] ??= new List<PlacedRule>?[Count])[cell] ??= []).Add(rule);
                    else
                        (deciders[cell], open[cell]) = (rule, cell + 1);
                }
            }
        }
    }

    static int Next(int[] open, int cell)
    {
        var root = cell;
        while (open[root] != root)
            root = open[root];
        while (open[cell] != root && open[cell] != cell)
            (open[cell], cell) = (root, open[cell]);
        return root;
    }

    int IndexOf(int start) => Array.BinarySearch(_starts, start);

    static int[] StartsOf(IEnumerable<PlacedRule> rules, Func<RuleSpec, IReadOnlyList<PortRange>?> ranges)
    {
        var starts = new List<int> { 0 };
        foreach (var rule in rules)
        {
            foreach (var range in ranges(rule.Spec) ?? [])
            {
                starts.Add(range.First);
                if (range.Last < ushort.MaxValue)
                    starts.Add(range.Last + 1);
            }
        }
        starts.Sort();
        var kept = 1;
        for (var i = 1; i < starts.Count; i++)
        {
            if (starts[i] != starts[kept - 1])
                starts[kept++] = starts[i];
        }
        return [.. starts.Take(kept)];
    }
}
