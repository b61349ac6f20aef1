using Apache.Arrow;
using Apache.Arrow.Types;

namespace Weft.Flows;

/// <summary>Makes what another process sent into a batch that nothing after it needs to doubt.</summary>
static class FlowBatchCheck
{
    internal static RecordBatch Conform(RecordBatch batch) =>
        new(FlowSchema.Arrow, FlowSchema.Fields.Select(field => Column(batch, field)), batch.Length);

    static IArrowArray Column(RecordBatch batch, FlowField field)
    {
        var index = batch.Schema.GetFieldIndex(field.Column);
        if (index < 0)
            return Empty(field, batch.Length);
        var array = batch.Column(index);
        if (!IsSame(array.Data.DataType, field.ArrowType))
            throw new InvalidDataException($"column {field.Column} is {array.Data.DataType.Name}, not {field.ArrowType.Name}");
        if (array.Length != batch.Length || array.Offset != 0 || array.NullCount != 0)
            throw new InvalidDataException($"column {field.Column} has {array.Length} values of {batch.Length}, or some are missing");
        if (array is DictionaryArray texts)
            Check(field, texts);
        else if (array.Data.Buffers[1].Length < (long)array.Length * ((FixedWidthType)array.Data.DataType).BitWidth / 8)
            throw new InvalidDataException($"column {field.Column} is cut short");
        return ArrowArrayFactory.BuildArray(array.Data.Clone());
    }

    static void Check(FlowField field, DictionaryArray texts)
    {
        if (texts.Dictionary is not StringArray dictionary || texts.Indices is not Int32Array numbers
            || numbers.ValueBuffer.Length < (long)numbers.Length * sizeof(int))
            throw new InvalidDataException($"column {field.Column} is not a dictionary of texts");
        var count = (uint)dictionary.Length;
        foreach (var number in numbers.Values)
        {
            if ((uint)number >= count)
                throw new InvalidDataException($"column {field.Column} names text {number} of {count}");
        }
        for (var i = 0; i < dictionary.Length; i++)
            _ = dictionary.GetBytes(i); // throws when it lies outside
    }

    static IArrowArray Empty(FlowField field, int length)
    {
        var column = field.NewColumn();
        var none = new FlowRecord();
        for (var i = 0; i < length; i++)
            column.Append(none);
        return column.Build();
    }

    static bool IsSame(IArrowType one, IArrowType other) => (one, other) switch
    {
        (DictionaryType a, DictionaryType b) => IsSame(a.IndexType, b.IndexType) && IsSame(a.ValueType, b.ValueType),
        (FixedSizeBinaryType a, FixedSizeBinaryType b) => a.ByteWidth == b.ByteWidth,
        (TimestampType a, TimestampType b) => a.Unit == b.Unit,
        _ => one.TypeId == other.TypeId,
    };
}
