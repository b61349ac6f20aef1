using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using Weft.Flows;

namespace Weft.Analytics.Storage.ClickHouse;

/// <summary>
/// Many deliveries as one batch of rows, with where each came from and its ingest number: one block is one part in the engine,
/// and one that it knows again when it comes a second time.
/// </summary>
static class InsertBatch
{
    /// <summary>More is put in more than one insert.</summary>
    internal const int MostRows = 1 << 20;

    /// <summary>Rows with the columns of <see cref="ClickHouseTables.Incoming"/>.</summary>
    internal static void Write(Stream to, IReadOnlyList<FlowDelivery> deliveries, ulong ingest)
    {
        var rows = deliveries.Sum(delivery => delivery.Records.Length);
        var (fields, columns) = (new List<Field>(), new List<IArrowArray>());
        for (var i = 0; i < FlowSchema.Fields.Count; i++)
        {
            fields.Add(FlowSchema.Arrow.GetFieldByIndex(i));
            columns.Add(Joined(FlowSchema.Fields[i], [.. deliveries.Select(delivery => delivery.Records.Column(i))], rows));
        }
        Add(FlowTables.Ingest, UInt64Type.Default, Numbers(deliveries, rows, _ => ingest));
        Add(ClickHouseTables.Number, UInt64Type.Default, Numbers(deliveries, rows, delivery => delivery.Number));
        Add(ClickHouseTables.Series, (DictionaryType)s_text.ArrowType, Series(deliveries, rows));
        var schema = new Schema(fields, []);
        using var batch = new RecordBatch(schema, columns, rows);
        using var writer = new ArrowStreamWriter(to, schema, leaveOpen: true);
        writer.WriteRecordBatch(batch);
        writer.WriteEnd();

        void Add(string name, IArrowType type, IArrowArray column)
        {
            fields.Add(new(name, type, nullable: false));
            columns.Add(column);
        }
    }

    static IArrowArray Joined(FlowField field, IReadOnlyList<IArrowArray> arrays, int rows)
    {
        if (field.Type == FlowType.Text)
            return Texts((DictionaryType)field.ArrowType, arrays, rows);
        var width = ((FixedWidthType)field.ArrowType).BitWidth / 8;
        var (bytes, at) = (new byte[rows * width], 0);
        foreach (var array in arrays)
        {
            var values = array.Data.Buffers[1].Span.Slice(array.Data.Offset * width, array.Length * width);
            if (field.Type == FlowType.Address)
                AnswerBatch.Turn(values, bytes.AsSpan(at));
            else
                values.CopyTo(bytes.AsSpan(at));
            at += values.Length;
        }
        return Fixed(field.ArrowType, bytes, rows);
    }

    /// <summary>Each text once for all of them.</summary>
    static DictionaryArray Texts(DictionaryType type, IReadOnlyList<IArrowArray> arrays, int rows)
    {
        var known = new Dictionary<string, int>(StringComparer.Ordinal);
        var (numbers, at) = (new int[rows], 0);
        foreach (var array in arrays.Cast<DictionaryArray>())
        {
            var dictionary = (StringArray)array.Dictionary;
            var renumbered = new int[dictionary.Length];
            for (var i = 0; i < renumbered.Length; i++)
                renumbered[i] = NumberOf(known, dictionary.GetString(i));
            foreach (var number in ((Int32Array)array.Indices).Values)
                numbers[at++] = renumbered[number];
        }
        return Dictionary(type, known.Keys, numbers);
    }

    static DictionaryArray Series(IReadOnlyList<FlowDelivery> deliveries, int rows)
    {
        var known = new Dictionary<string, int>(StringComparer.Ordinal);
        var (numbers, at) = (new int[rows], 0);
        foreach (var delivery in deliveries)
        {
            numbers.AsSpan(at, delivery.Records.Length).Fill(NumberOf(known, delivery.Series.ToString("D")));
            at += delivery.Records.Length;
        }
        return Dictionary((DictionaryType)s_text.ArrowType, known.Keys, numbers);
    }

    static IArrowArray Numbers(IReadOnlyList<FlowDelivery> deliveries, int rows, Func<FlowDelivery, ulong> value)
    {
        var (bytes, at) = (new byte[rows * sizeof(ulong)], 0);
        foreach (var delivery in deliveries)
        {
            var length = delivery.Records.Length * sizeof(ulong);
            MemoryMarshal.Cast<byte, ulong>(bytes.AsSpan(at, length)).Fill(value(delivery));
            at += length;
        }
        return Fixed(UInt64Type.Default, bytes, rows);
    }

    static int NumberOf(Dictionary<string, int> known, string text)
    {
        ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(known, text, out var isKnown);
        if (!isKnown)
            number = known.Count - 1;
        return number;
    }

    static DictionaryArray Dictionary(DictionaryType type, IEnumerable<string> texts, int[] numbers) => new(
        type,
        new Int32Array.Builder().Append(numbers).Build(),
        new StringArray.Builder().AppendRange(texts).Build());

    static IArrowArray Fixed(IArrowType type, byte[] bytes, int rows) =>
        ArrowArrayFactory.BuildArray(new ArrayData(type, rows, 0, 0, [ArrowBuffer.Empty, new ArrowBuffer(bytes)]));

    static readonly FlowField s_text = FlowSchema.Fields.First(field => field.Type == FlowType.Text);
}
