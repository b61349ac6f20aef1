using Apache.Arrow;
using Apache.Arrow.Arrays;
using Weft.Flows;

namespace Weft.Analytics.Ipfix;

/// <summary>Columns of a batch by the names of their fields.</summary>
/// <param name="batch">With <see cref="FlowSchema.Arrow"/>.</param>
/// <param name="mirrored">As the asked side would tell it: source and destination, and the counts of both ways, change places.</param>
sealed class FlowColumns(RecordBatch batch, bool mirrored)
{
    public bool Mirrored => mirrored;

    public Func<int, ulong> Number(string field) => Column(field) switch
    {
        UInt8Array array => row => array.Values[row],
        UInt16Array array => row => array.Values[row],
        UInt32Array array => row => array.Values[row],
        UInt64Array array => row => array.Values[row],
        Int32Array array => row => (ulong)array.Values[row],
        TimestampArray array => row => (ulong)array.Values[row],
        var other => throw new ArgumentException($"{field} is {other.Data.DataType.Name}, not a number", nameof(field)),
    };

    /// <summary>16 bytes each.</summary>
    public ReadOnlyMemory<byte> Addresses(string field) => ((FixedSizeBinaryArray)Column(field)).ValueBuffer.Memory;

    public FlowTexts Texts(string field)
    {
        var array = (DictionaryArray)Column(field);
        return new((StringArray)array.Dictionary, (Int32Array)array.Indices);
    }

    IArrowArray Column(string field) =>
        batch.Column(FlowSchema.Arrow.GetFieldIndex(FlowSchema.Find(mirrored ? MirrorOf(field) : field)!.Column));

    /// <summary>The field that says the same of the other direction.</summary>
    static string MirrorOf(string field) => field switch
    {
        "packets" or "bytes" or "tcp.flags" => $"reply.{field}",
        "total.packets" => "total.reply.packets",
        "total.bytes" => "total.reply.bytes",
        _ when field.StartsWith("reply.", StringComparison.Ordinal) && field != "reply.rtt" => field["reply.".Length..],
        _ when field.StartsWith("source.", StringComparison.Ordinal) => $"destination.{field["source.".Length..]}",
        _ when field.StartsWith("destination.", StringComparison.Ordinal) => $"source.{field["destination.".Length..]}",
        _ => field,
    };
}

/// <summary>Texts of a column, as UTF-8.</summary>
readonly struct FlowTexts(StringArray texts, Int32Array numbers)
{
    public ReadOnlySpan<byte> Of(int row) => texts.GetBytes(numbers.Values[row]);
}
