using System.Buffers.Binary;
using System.IO.Hashing;

namespace Weft.Agent.Flows;

/// <summary>A batch as a file: a header, and the records behind it. Both have a hash.</summary>
/// <remarks>
/// Not flushed to disk: what an agent that is killed has written, the kernel writes. After a loss of power files may be
/// cut short; the hashes tell.
/// </remarks>
static class SpoolFile
{
    /// <summary>Of the header.</summary>
    internal const int HeaderBytes = 104;

    const ulong Magic = 0x3130_574C_4654_4557; // "WETFLW01", read by machines alone

    /// <exception cref="IOException">No room, or the folder is gone. Nothing has been written then.</exception>
    internal static void Write(string path, in SpooledBatch batch, ReadOnlyMemory<byte> records)
    {
        var header = new byte[HeaderBytes];
        var numbers = header.AsSpan();
        BinaryPrimitives.WriteUInt64LittleEndian(numbers, Magic);
        batch.Series.TryWriteBytes(numbers[8..]);
        BinaryPrimitives.WriteUInt64LittleEndian(numbers[24..], batch.Number);
        BinaryPrimitives.WriteUInt64LittleEndian(numbers[32..], batch.Tally.Records);
        BinaryPrimitives.WriteUInt64LittleEndian(numbers[40..], batch.Tally.Packets);
        BinaryPrimitives.WriteUInt64LittleEndian(numbers[48..], batch.Tally.Bytes);
        BinaryPrimitives.WriteUInt64LittleEndian(numbers[56..], batch.Position.Place);
        BinaryPrimitives.WriteInt64LittleEndian(numbers[64..], batch.ClockOffset);
        BinaryPrimitives.WriteInt64LittleEndian(numbers[72..], records.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(numbers[80..], XxHash3.HashToUInt64(records.Span));
        BinaryPrimitives.WriteUInt64LittleEndian(numbers[88..], batch.Position.Ring);
        BinaryPrimitives.WriteUInt64LittleEndian(numbers[96..], XxHash3.HashToUInt64(numbers[..96]));
        var temporary = path + SpoolFolder.Unfinished;
        try
        {
            using (var file = File.OpenHandle(temporary, FileMode.Create, FileAccess.Write))
                RandomAccess.Write(file, [header, records], 0);
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            Try(() => File.Delete(temporary));
            throw;
        }
    }

    /// <summary>Null: damaged, or of another version.</summary>
    internal static SpooledBatch? ReadHeader(string path)
    {
        try
        {
            using var file = File.OpenHandle(path);
            Span<byte> header = stackalloc byte[HeaderBytes];
            return RandomAccess.Read(file, header, 0) == HeaderBytes && Parse(header, RandomAccess.GetLength(file)) is { } batch ? batch : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The records of a batch; empty: the file is damaged, or gone.</summary>
    /// <param name="path">Of the file.</param>
    /// <param name="buffer">Where they are read to; replaced when it is too small.</param>
    internal static ReadOnlyMemory<byte> ReadRecords(string path, ref byte[] buffer)
    {
        try
        {
            using var file = File.OpenHandle(path);
            var length = (int)RandomAccess.GetLength(file);
            if (buffer.Length < length)
                buffer = new byte[length + length / 4];
            for (var read = 0; read < length;)
            {
                if (RandomAccess.Read(file, buffer.AsSpan(read, length - read), read) is > 0 and var more)
                    read += more;
                else
                    return default;
            }
            var records = buffer.AsMemory(0, length);
            return length >= HeaderBytes && Parse(records.Span, length) is not null
                && XxHash3.HashToUInt64(records.Span[HeaderBytes..]) == BinaryPrimitives.ReadUInt64LittleEndian(records.Span[80..])
                ? records[HeaderBytes..]
                : default;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return default;
        }
    }

    internal static void Try(Action step)
    {
        try
        {
            step();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
        }
    }

    static SpooledBatch? Parse(ReadOnlySpan<byte> file, long length)
    {
        if (BinaryPrimitives.ReadUInt64LittleEndian(file) != Magic
            || BinaryPrimitives.ReadUInt64LittleEndian(file[96..]) != XxHash3.HashToUInt64(file[..96])
            || BinaryPrimitives.ReadInt64LittleEndian(file[72..]) != length - HeaderBytes)
            return null;
        return new(
            new Guid(file.Slice(8, 16)),
            BinaryPrimitives.ReadUInt64LittleEndian(file[24..]),
            new(
                BinaryPrimitives.ReadUInt64LittleEndian(file[32..]),
                BinaryPrimitives.ReadUInt64LittleEndian(file[40..]),
                BinaryPrimitives.ReadUInt64LittleEndian(file[48..])),
            new(BinaryPrimitives.ReadUInt64LittleEndian(file[88..]), BinaryPrimitives.ReadUInt64LittleEndian(file[56..])),
            BinaryPrimitives.ReadInt64LittleEndian(file[64..]),
            length);
    }
}
