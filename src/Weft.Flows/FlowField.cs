using System.Numerics;
using System.Text;
using Apache.Arrow.Types;

namespace Weft.Flows;

/// <summary>How a field is stored and sent.</summary>
public enum FlowType { Time, UInt8, UInt16, UInt32, UInt64, Int32, Address, Text }

/// <summary>How a field is read by people and compared with what they write.</summary>
public enum FlowMeaning { Plain, Names, Flag, Protocol, TcpFlags, Id, Labels, Bytes, Microseconds, Milliseconds }

/// <summary>What becomes of a field in roll-ups.</summary>
public enum FlowRollUp
{
    /// <summary>It is in the records alone.</summary>
    None,
    /// <summary>Part of what is kept apart.</summary>
    Key,
    /// <summary>Added up.</summary>
    Sum,
}

/// <summary>One field of a flow record; storage, queries, the API and the documents follow from it.</summary>
public abstract class FlowField
{
    private protected FlowField(string name, FlowType type, FlowMeaning meaning, FlowRollUp rollUp, string about, IReadOnlyList<string> names)
    {
        Name = name;
        Column = ColumnOf(name);
        Type = type;
        Meaning = meaning;
        RollUp = rollUp;
        About = about;
        Names = names;
    }

    /// <summary>In queries, the API and the CLI, such as <c>source.network</c>.</summary>
    public string Name { get; }

    /// <summary>In stores and batches, such as <c>source_network</c>.</summary>
    public string Column { get; }

    public FlowType Type { get; }

    public FlowMeaning Meaning { get; }

    public FlowRollUp RollUp { get; }

    /// <summary>One sentence for people.</summary>
    public string About { get; }

    /// <summary>Of <see cref="FlowMeaning.Names"/>: what the stored numbers 0, 1, … stand for.</summary>
    public IReadOnlyList<string> Names { get; }

    public IArrowType ArrowType => Type switch
    {
        FlowType.Time => s_time,
        FlowType.UInt8 => UInt8Type.Default,
        FlowType.UInt16 => UInt16Type.Default,
        FlowType.UInt32 => UInt32Type.Default,
        FlowType.UInt64 => UInt64Type.Default,
        FlowType.Int32 => Int32Type.Default,
        FlowType.Address => s_address,
        _ => s_text,
    };

    /// <summary>The value of a record, for fields that are numbers, times included.</summary>
    public virtual Int128 Number(FlowRecord record) => throw new InvalidOperationException($"{Name} is no number");

    /// <summary>The value of a record, for addresses.</summary>
    public virtual UInt128 Address(FlowRecord record) => throw new InvalidOperationException($"{Name} is no address");

    /// <summary>The value of a record, for texts.</summary>
    public virtual string Text(FlowRecord record) => throw new InvalidOperationException($"{Name} is no text");

    internal abstract FlowColumn NewColumn();

    public override string ToString() => Name;

    static readonly TimestampType s_time = new(TimeUnit.Microsecond, "UTC");
    static readonly FixedSizeBinaryType s_address = new(16);
    static readonly DictionaryType s_text = new(Int32Type.Default, StringType.Default, false);

    static string ColumnOf(string name)
    {
        var column = new StringBuilder();
        foreach (var letter in name)
        {
            if (letter == '.')
                column.Append('_');
            else if (char.IsUpper(letter))
                column.Append('_').Append(char.ToLowerInvariant(letter));
            else
                column.Append(letter);
        }
        return column.ToString();
    }
}

sealed class NumberField<T>(
    string name, FlowType type, FlowMeaning meaning, FlowRollUp rollUp, string about, IReadOnlyList<string> names, Func<FlowRecord, T> read)
    : FlowField(name, type, meaning, rollUp, about, names) where T : unmanaged, IBinaryInteger<T>
{
    public override Int128 Number(FlowRecord record) => Int128.CreateChecked(read(record));

    internal override FlowColumn NewColumn() => new NumberColumn<T>(ArrowType, read);
}

sealed class AddressField(string name, FlowRollUp rollUp, string about, Func<FlowRecord, UInt128> read)
    : FlowField(name, FlowType.Address, FlowMeaning.Plain, rollUp, about, [])
{
    public override UInt128 Address(FlowRecord record) => read(record);

    internal override FlowColumn NewColumn() => new AddressColumn(ArrowType, read);
}

sealed class TextField(string name, FlowMeaning meaning, FlowRollUp rollUp, string about, Func<FlowRecord, string> read)
    : FlowField(name, FlowType.Text, meaning, rollUp, about, [])
{
    public override string Text(FlowRecord record) => read(record);

    internal override FlowColumn NewColumn() => new TextColumn((DictionaryType)ArrowType, read);
}
