using System.Buffers.Binary;
using System.Globalization;
using Apache.Arrow;

namespace Weft.Analytics.Storage.DuckDb;

/// <summary>How far a series is stored. Series zero stands for the file itself: how far its ingest numbers go.</summary>
readonly record struct SeriesMark(UInt128 Id, ulong Number, ulong Ingest)
{
    internal static UInt128 Key(Guid series)
    {
        Span<byte> bytes = stackalloc byte[16];
        series.TryWriteBytes(bytes, bigEndian: true, out _);
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    internal static string Insert(Slice slice, IEnumerable<SeriesMark> marks)
    {
        var rows = marks.DefaultIfEmpty(default)
            .Select(mark => string.Create(CultureInfo.InvariantCulture, $"({mark.Id}, {mark.Number}, {mark.Ingest})"));
        return $"INSERT INTO {slice.Alias}.series VALUES {string.Join(", ", rows)}";
    }

    internal static IReadOnlyList<SeriesMark> Read(IEnumerable<RecordBatch> batches) =>
    [
        .. batches.SelectMany(batch => Enumerable.Range(0, batch.Length).Select(i => new SeriesMark(
            BinaryPrimitives.ReadUInt128BigEndian(((Apache.Arrow.Arrays.FixedSizeBinaryArray)batch.Column(0)).GetBytes(i)),
            ((UInt64Array)batch.Column(1)).Values[i],
            ((UInt64Array)batch.Column(2)).Values[i]))),
    ];
}
