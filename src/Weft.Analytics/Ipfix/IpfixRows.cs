using Apache.Arrow;

namespace Weft.Analytics.Ipfix;

/// <summary>Records of a batch, with their templates and what writes them.</summary>
sealed class IpfixRows(RecordBatch batch, IpfixTemplates templates, IpfixFormat format)
{
    /// <summary>What is exported; the same object again and again.</summary>
    public IEnumerable<IpfixRow> All()
    {
        var forward = new FlowColumns(batch, mirrored: false);
        var (observer, verdict) = (forward.Number("observer"), forward.Number("verdict"));
        var replies = forward.Number("reply.packets");
        var there = new IpfixWay(forward, templates, format.Biflows);
        var back = format.Biflows ? null : new IpfixWay(new(batch, mirrored: true), templates, biflows: false);
        for (var row = 0; row < batch.Length; row++)
        {
            // Each connection once: by the node where it comes in. Denied packets are seen by one node only.
            if (!format.AllObservers && observer(row) != 0 && verdict(row) == 0)
                continue;
            yield return there.At(row);
            if (back is not null && replies(row) > 0)
                yield return back.At(row);
        }
    }
}

/// <summary>Records of a batch, told in one direction.</summary>
sealed class IpfixWay(FlowColumns columns, IpfixTemplates templates, bool biflows)
{
    readonly IpfixShapes _shapes = new(columns, biflows);
    readonly IpfixRow?[] _rows = new IpfixRow?[IpfixTemplates.Count];

    public IpfixRow At(int row)
    {
        var shape = _shapes.Of(row);
        var found = _rows[(int)shape] ??= new(templates.Of(shape), columns, both: shape.HasFlag(IpfixShape.Biflow));
        found.Row = row;
        return found;
    }
}

/// <summary>A record that is to be written.</summary>
sealed class IpfixRow
{
    readonly IpfixValue[] _values;
    readonly Func<int, ulong>[] _packets, _octets;

    public IpfixRow(IpfixTemplate template, FlowColumns columns, bool both)
    {
        Template = template;
        _packets = both ? [columns.Number("packets"), columns.Number("reply.packets")] : [columns.Number("packets")];
        _octets = both ? [columns.Number("bytes"), columns.Number("reply.bytes")] : [columns.Number("bytes")];
        _values = [.. template.Columns.Select(column => column.Bind(columns))];
        Part = Write;
    }

    public IpfixTemplate Template { get; }

    public int Row { get; set; }

    public IpfixPart Part { get; }

    /// <summary>Packets and bytes that the record tells of.</summary>
    public (ulong Packets, ulong Octets) Counts() => (Sum(_packets), Sum(_octets));

    ulong Sum(Func<int, ulong>[] counts)
    {
        var sum = 0ul;
        foreach (var count in counts)
            sum += count(Row);
        return sum;
    }

    void Write(ref IpfixWriter writer)
    {
        foreach (var value in _values)
            value(Row, ref writer);
    }
}
