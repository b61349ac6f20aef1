using System.Buffers.Binary;
using Apache.Arrow;
using Apache.Arrow.Types;
using DuckDB.NET.Native;
using static DuckDB.NET.Native.NativeMethods;

namespace Weft.Analytics.Storage.DuckDb;

/// <summary>Makes vectors of the engine into arrays.</summary>
/// <remarks>
/// Sums of whole numbers are HUGEINT in the engine and UInt64 here: no counter of a network is larger. Addresses are
/// UHUGEINT there and 16 bytes here, as in batches.
/// </remarks>
sealed unsafe class ResultColumn
{
    readonly Func<nint, int, IArrowArray> _read;

    ResultColumn(string name, IArrowType type, Func<nint, int, IArrowArray> read)
    {
        Name = name;
        ArrowType = type;
        _read = read;
    }

    internal string Name { get; }

    internal IArrowType ArrowType { get; }

    internal IArrowArray Read(nint vector, int count) => _read(vector, count);

    internal static ResultColumn Of(string name, DuckDBLogicalType logical) => LogicalType.DuckDBGetTypeId(logical) switch
    {
        DuckDBType.Boolean => new(name, BooleanType.Default, Booleans),
        DuckDBType.TinyInt => Fixed(name, Int8Type.Default),
        DuckDBType.SmallInt => Fixed(name, Int16Type.Default),
        DuckDBType.Integer => Fixed(name, Int32Type.Default),
        DuckDBType.BigInt => Fixed(name, Int64Type.Default),
        DuckDBType.UnsignedTinyInt => Fixed(name, UInt8Type.Default),
        DuckDBType.UnsignedSmallInt => Fixed(name, UInt16Type.Default),
        DuckDBType.UnsignedInteger => Fixed(name, UInt32Type.Default),
        DuckDBType.UnsignedBigInt => Fixed(name, UInt64Type.Default),
        DuckDBType.Float => Fixed(name, FloatType.Default),
        DuckDBType.Double => Fixed(name, DoubleType.Default),
        DuckDBType.Timestamp or DuckDBType.TimestampTz => Fixed(name, new TimestampType(TimeUnit.Microsecond, "UTC")),
        DuckDBType.HugeInt => new(name, UInt64Type.Default, (vector, count) => Sums(name, vector, count)),
        DuckDBType.UnsignedHugeInt => new(name, new FixedSizeBinaryType(16), Addresses),
        DuckDBType.Varchar => new(name, StringType.Default, Texts),
        var type => throw new FlowStoreException($"flow store: column {name} is a {type}, which no answer has", false),
    };

    static ResultColumn Fixed(string name, FixedWidthType type)
    {
        var width = type.BitWidth / 8;
        return new(name, type, (vector, count) =>
        {
            var bytes = new ReadOnlySpan<byte>(Vectors.DuckDBVectorGetData(vector), count * width).ToArray();
            return Make(type, vector, count, new ArrowBuffer(bytes));
        });
    }

    static IArrowArray Booleans(nint vector, int count)
    {
        var values = new ReadOnlySpan<bool>(Vectors.DuckDBVectorGetData(vector), count);
        var bits = new ArrowBuffer.BitmapBuilder(count);
        foreach (var value in values)
            bits.Append(value);
        return Make(BooleanType.Default, vector, count, bits.Build());
    }

    static IArrowArray Sums(string name, nint vector, int count)
    {
        var values = new ReadOnlySpan<Int128>(Vectors.DuckDBVectorGetData(vector), count);
        var validity = Vectors.DuckDBVectorGetValidity(vector);
        var sums = new ulong[count];
        for (var i = 0; i < count; i++)
        {
            if (!IsValid(validity, i))
                continue;
            if (values[i] < 0 || values[i] > ulong.MaxValue)
                throw new FlowStoreException($"flow store: {name} is {values[i]}, which is no count", false);
            sums[i] = (ulong)values[i];
        }
        return Make(UInt64Type.Default, vector, count, new ArrowBuffer.Builder<ulong>(count).Append(sums).Build());
    }

    static IArrowArray Addresses(nint vector, int count)
    {
        var values = new ReadOnlySpan<UInt128>(Vectors.DuckDBVectorGetData(vector), count);
        var bytes = new byte[count * 16];
        for (var i = 0; i < count; i++)
            BinaryPrimitives.WriteUInt128BigEndian(bytes.AsSpan(i * 16), values[i]);
        return Make(new FixedSizeBinaryType(16), vector, count, new ArrowBuffer(bytes));
    }

    static StringArray Texts(nint vector, int count)
    {
        var values = (DuckDBString*)Vectors.DuckDBVectorGetData(vector);
        var validity = Vectors.DuckDBVectorGetValidity(vector);
        var offsets = new int[count + 1];
        for (var i = 0; i < count; i++)
            offsets[i + 1] = offsets[i] + (IsValid(validity, i) ? values[i].Length : 0);
        var bytes = new byte[offsets[count]];
        for (var i = 0; i < count; i++)
        {
            if (IsValid(validity, i))
                new ReadOnlySpan<byte>(Data(values + i), values[i].Length).CopyTo(bytes.AsSpan(offsets[i]));
        }
        var missing = Missing(validity, count, out var nulls);
        var places = new ArrowBuffer.Builder<int>(count + 1).Append(offsets).Build();
        return new StringArray(new ArrayData(StringType.Default, count, nulls, 0, [missing, places, new ArrowBuffer(bytes)]));
    }

    /// <summary>Short texts stand in the vector itself: the address must be of the vector, not of a copy.</summary>
    static byte* Data(DuckDBString* text) =>
        text->Length <= 12 ? (byte*)text + sizeof(uint) : *(byte**)((byte*)text + 2 * sizeof(uint));

    static IArrowArray Make(IArrowType type, nint vector, int count, ArrowBuffer values)
    {
        var missing = Missing(Vectors.DuckDBVectorGetValidity(vector), count, out var nulls);
        return ArrowArrayFactory.BuildArray(new ArrayData(type, count, nulls, 0, [missing, values]));
    }

    static ArrowBuffer Missing(ulong* validity, int count, out int nulls)
    {
        nulls = 0;
        if (validity == null)
            return ArrowBuffer.Empty;
        for (var i = 0; i < count; i++)
            nulls += IsValid(validity, i) ? 0 : 1;
        return nulls == 0 ? ArrowBuffer.Empty : new ArrowBuffer(new ReadOnlySpan<byte>(validity, (count + 7) / 8).ToArray());
    }

    static bool IsValid(ulong* validity, int row) => validity == null || (validity[row / 64] >> (row % 64) & 1) != 0;
}
