using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Weft.Flows;

/// <summary>Values of one field, until they become an array of a batch.</summary>
abstract class FlowColumn
{
    internal abstract void Append(FlowRecord record);

    /// <summary>The values so far; the column is empty then.</summary>
    internal abstract IArrowArray Build();
}

sealed class NumberColumn<T>(IArrowType type, Func<FlowRecord, T> read) : FlowColumn where T : unmanaged
{
    ArrowBuffer.Builder<T> _values = new();

    internal override void Append(FlowRecord record) => _values.Append(read(record));

    internal override IArrowArray Build()
    {
        var array = ArrowArrayFactory.BuildArray(new ArrayData(type, _values.Length, 0, 0, [ArrowBuffer.Empty, _values.Build()]));
        _values = new(array.Length);
        return array;
    }
}

sealed class AddressColumn(IArrowType type, Func<FlowRecord, UInt128> read) : FlowColumn
{
    ArrowBuffer.Builder<byte> _values = new();

    internal override void Append(FlowRecord record)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, read(record));
        _values.Append(bytes);
    }

    internal override IArrowArray Build()
    {
        var array = ArrowArrayFactory.BuildArray(new ArrayData(type, _values.Length / 16, 0, 0, [ArrowBuffer.Empty, _values.Build()]));
        _values = new(array.Length * 16);
        return array;
    }
}

/// <summary>Each text once, and its number for each record.</summary>
sealed class TextColumn(DictionaryType type, Func<FlowRecord, string> read) : FlowColumn
{
    readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    readonly List<string> _texts = [];
    readonly List<int> _values = [];

    internal override void Append(FlowRecord record)
    {
        var text = read(record);
        ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(_numbers, text, out var known);
        if (!known)
        {
            number = _texts.Count;
            _texts.Add(text);
        }
        _values.Add(number);
    }

    internal override IArrowArray Build()
    {
        var numbers = new Int32Array.Builder().Append(CollectionsMarshal.AsSpan(_values)).Build();
        var texts = new StringArray.Builder().AppendRange(_texts).Build();
        _numbers.Clear();
        _texts.Clear();
        _values.Clear();
        return new DictionaryArray(type, numbers, texts);
    }
}
