using Apache.Arrow;
using Apache.Arrow.Ipc;

namespace Weft.Flows;

/// <summary>Collects records into a batch. Not thread-safe.</summary>
public sealed class FlowBatchBuilder
{
    readonly FlowColumn[] _columns = [.. FlowSchema.Fields.Select(field => field.NewColumn())];

    public int Count { get; private set; }

    /// <summary>The record may be used again at once.</summary>
    public void Append(FlowRecord record)
    {
        foreach (var column in _columns)
            column.Append(record);
        Count++;
    }

    /// <summary>What has come so far; empty from then on.</summary>
    public RecordBatch Build()
    {
        var batch = new RecordBatch(FlowSchema.Arrow, _columns.Select(column => column.Build()), Count);
        Count = 0;
        return batch;
    }
}

/// <summary>Batches as bytes: an Arrow IPC stream of one record batch.</summary>
public static class FlowBatch
{
    public static byte[] Write(RecordBatch batch)
    {
        using var bytes = new MemoryStream();
        using (var writer = new ArrowStreamWriter(bytes, batch.Schema, leaveOpen: true))
        {
            writer.WriteRecordBatch(batch);
            writer.WriteEnd();
        }
        return bytes.ToArray();
    }

    /// <summary>
    /// A batch of this schema, whatever was sent: columns that are not of it are left out, missing ones are zero or empty.
    /// </summary>
    /// <exception cref="InvalidDataException">No Arrow stream, a column of another type, or numbers that point nowhere.</exception>
    public static RecordBatch Read(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using var reader = new ArrowStreamReader(bytes);
            using var batch = reader.ReadNextRecordBatch() ?? throw new InvalidDataException("a batch of flow records is empty");
            return FlowBatchCheck.Conform(batch);
        }
        catch (Exception error) when (error is not InvalidDataException)
        {
            throw new InvalidDataException($"not a batch of flow records: {error.Message}", error);
        }
    }
}
