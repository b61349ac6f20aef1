using Weft.Model.Rules;
using Weft.Model.State;

namespace Weft.Rules.Tables;

/// <summary>Folds the rules of all gates of a pair into tables.</summary>
sealed class TableBuilder
{
    static readonly byte[] WithPorts =
        [IpProtocols.Tcp, IpProtocols.Udp, IpProtocols.Dccp, IpProtocols.Sctp, IpProtocols.UdpLite];

    static readonly byte[] WithTypes = [IpProtocols.Icmp, IpProtocols.IcmpV6];

    readonly IReadOnlyList<GateRules> _gates;
    readonly Func<UInt128, ulong> _hash;
    readonly List<TableEntry> _entries = [];
    readonly List<RuleTable> _second = [];
    readonly Dictionary<TableAnswer, int> _numbers = [];
    readonly List<TableAnswer> _answers = [];

    TableBuilder(IReadOnlyList<GateRules> gates, Func<UInt128, ulong> hash) => (_gates, _hash) = (gates, hash);

    /// <summary>The table of a pair, and those that it leads to.</summary>
    /// <param name="gates">In the order in which they are asked; at least one.</param>
    internal static (RuleTable Table, IReadOnlyList<RuleTable> Second) Build(
        IReadOnlyList<GateRules> gates, Func<UInt128, ulong> hash)
    {
        var builder = new TableBuilder(gates, hash);
        builder.AddAll();
        return (builder.Finish(), builder._second);
    }

    void AddAll()
    {
        var any = NumberOf(new(AnswerForAnyProtocol(), 0));
        _entries.Add(new(new(null, 0, 0), _answers[any]));
        foreach (var protocol in ProtocolsOf(_gates.SelectMany(gate => gate.Rules)))
        {
            var cells = PortCells.Of(_gates, rule => PortCells.Destinations(rule, protocol), bySource: true);
            Add(protocol, CellsOf(cells, cell => cells.AsksForSource(cell) ? BySource(protocol, cells, cell) : Answer(cells, cell)), any);
        }
    }

    /// <summary>Of protocols that no rule is particular about.</summary>
    RuleVerdict AnswerForAnyProtocol()
    {
        var deciders = new PlacedRule?[_gates.Count];
        for (var gate = 0; gate < deciders.Length; gate++)
            deciders[gate] = _gates[gate].Rules.Find(rule => IsForAnyProtocol(rule.Spec));
        return GateRules.Fold(_gates, deciders);
    }

    static bool IsForAnyProtocol(RuleSpec rule) =>
        rule is { Protocol: null, Ports.IsDefaultOrEmpty: true, SourcePorts.IsDefaultOrEmpty: true, IcmpTypes.IsDefaultOrEmpty: true };

    static SortedSet<byte> ProtocolsOf(IEnumerable<PlacedRule> rules)
    {
        var protocols = new SortedSet<byte>();
        foreach (var rule in rules)
        {
            if (rule.Spec.Protocol is { } protocol)
                protocols.Add(protocol);
            else if (!IsForAnyProtocol(rule.Spec))
                protocols.UnionWith(rule.Spec.IcmpTypes.IsDefaultOrEmpty ? WithPorts : WithTypes);
        }
        return protocols;
    }

    TableAnswer Answer(PortCells cells, int cell)
    {
        var deciders = new PlacedRule?[_gates.Count];
        cells.DecidersOf(cell, deciders);
        return new(GateRules.Fold(_gates, deciders), 0);
    }

    /// <summary>A second table for a cell; or its verdict, when the source port makes no difference.</summary>
    TableAnswer BySource(byte protocol, PortCells cells, int cell)
    {
        var gates = cells.RulesOf(cell, _gates);
        var builder = new TableBuilder(gates, _hash);
        var sources = PortCells.Of(gates, rule => rule.SourcePorts.IsDefault ? [] : rule.SourcePorts, bySource: false);
        builder.Add(protocol, CellsOf(sources, source => builder.Answer(sources, source)), inherited: -1);
        if (builder._entries is [var only])
            return only.Answer;
        var table = builder.Finish();
        if (!_second.Exists(known => known.Id == table.Id))
            _second.Add(table);
        return new(default, table.Id);
    }

    static List<(int First, TableAnswer Answer)> CellsOf(PortCells cells, Func<int, TableAnswer> answer)
    {
        var found = new List<(int First, TableAnswer Answer)>(cells.Count);
        for (var cell = 0; cell < cells.Count; cell++)
        {
            var next = answer(cell);
            if (found.Count == 0 || found[^1].Answer != next)
                found.Add((cells.FirstOf(cell), next));
        }
        return found;
    }

    void Add(byte protocol, List<(int First, TableAnswer Answer)> cells, int inherited)
    {
        PortCell[] numbered = [.. cells.Select(cell => new PortCell(cell.First, NumberOf(cell.Answer)))];
        PortPrefixes.Cut(numbered, inherited, (port, bits, answer) => _entries.Add(new(new(protocol, port, bits), _answers[answer])));
    }

    int NumberOf(TableAnswer answer)
    {
        if (!_numbers.TryGetValue(answer, out var number))
        {
            _numbers.Add(answer, number = _answers.Count);
            _answers.Add(answer);
        }
        return number;
    }

    RuleTable Finish()
    {
        var content = new ContentHash();
        foreach (var (key, answer) in _entries)
        {
            content.Add((uint)(key.Protocol is { } protocol ? protocol : 256) << 21 | (uint)key.Bits << 16 | key.Port);
            content.Add(answer.Next);
            content.Add(answer.Verdict.Policy);
            content.Add(answer.Verdict.Rule);
            content.Add((byte)((byte)answer.Verdict.Reason << 2 | (answer.Verdict.Reject ? 2 : 0) | (answer.Verdict.Log ? 1 : 0)));
        }
        var id = _hash(content.ToUInt128());
        return new(id == 0 ? 1 : id, [.. _entries]);
    }
}
