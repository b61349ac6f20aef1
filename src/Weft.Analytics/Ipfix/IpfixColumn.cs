namespace Weft.Analytics.Ipfix;

/// <summary>Writes what a row says in one column.</summary>
delegate void IpfixValue(int row, ref IpfixWriter writer);

/// <summary>One element of a template, and where its value comes from.</summary>
public sealed class IpfixColumn
{
    readonly Func<FlowColumns, IpfixColumn, IpfixValue> _bind;

    internal IpfixColumn(IpfixElement element, string[] fields, Func<FlowColumns, IpfixColumn, IpfixValue> bind) =>
        (Element, Fields, _bind) = (element, fields, bind);

    public IpfixElement Element { get; }

    /// <summary>Of the schema; none: the value is the same in all records of a direction.</summary>
    public IReadOnlyList<string> Fields { get; }

    /// <summary>How the value differs from the field's; empty: it does not.</summary>
    public string Note { get; init; } = "";

    internal IpfixShape Needs { get; init; }

    internal IpfixShape Not { get; init; }

    internal bool IsIn(IpfixShape shape, IpfixFormat format) =>
        (shape & Needs) == Needs && (shape & Not) == 0 && (Element.Space != IpfixSpace.Weft || format.Enterprise != 0);

    internal IpfixValue Bind(FlowColumns columns) => _bind(columns, this);
}
