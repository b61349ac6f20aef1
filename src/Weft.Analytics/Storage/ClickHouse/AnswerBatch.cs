using Apache.Arrow;
using Apache.Arrow.Types;

namespace Weft.Analytics.Storage.ClickHouse;

/// <summary>Rows as the other store gives them: addresses, which are UInt128 with the lowest byte first here, as in batches.</summary>
static class AnswerBatch
{
    const int AddressBytes = 16;

    internal static RecordBatch Of(RecordBatch batch)
    {
        if (!batch.Arrays.Any(IsAddress))
            return batch;
        return new(batch.Schema, batch.Arrays.Select(array => IsAddress(array) ? Turned(array) : array), batch.Length);
    }

    /// <summary>The other way round, each sixteen bytes by themselves.</summary>
    internal static void Turn(ReadOnlySpan<byte> from, Span<byte> to)
    {
        for (var at = 0; at + AddressBytes <= from.Length; at += AddressBytes)
        {
            from.Slice(at, AddressBytes).CopyTo(to[at..]);
            to.Slice(at, AddressBytes).Reverse();
        }
    }

    static bool IsAddress(IArrowArray array) => array.Data.DataType is FixedSizeBinaryType { ByteWidth: AddressBytes };

    static IArrowArray Turned(IArrowArray array)
    {
        var data = array.Data;
        var bytes = new byte[data.Buffers[1].Length];
        Turn(data.Buffers[1].Span, bytes);
        return ArrowArrayFactory.BuildArray(new ArrayData(
            data.DataType, data.Length, data.NullCount, data.Offset, [data.Buffers[0], new ArrowBuffer(bytes)]));
    }
}
