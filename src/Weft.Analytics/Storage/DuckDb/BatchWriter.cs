using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Apache.Arrow;
using DuckDB.NET.Native;
using Weft.Flows;
using static DuckDB.NET.Native.NativeMethods;

namespace Weft.Analytics.Storage.DuckDb;

/// <summary>
/// Puts batches into a table by filling the engine's own vectors: numbers are copied as they are, and a text is sixteen
/// bytes that point into the batch, made once for each text of the batch's dictionary.
/// </summary>
sealed unsafe class BatchWriter : IDisposable
{
    const int ChunkRows = 2048;

    static readonly IReadOnlyList<FlowField> s_fields = FlowSchema.Fields;

    readonly DuckDBLogicalType[] _types;
    readonly DuckDBDataChunk _chunk;

    internal BatchWriter()
    {
        _types = [.. s_fields.Select(field => SliceTables.EngineType(field)).Append(DuckDBType.UnsignedBigInt).Select(LogicalType.DuckDBCreateLogicalType)];
        _chunk = DataChunks.DuckDBCreateDataChunk([.. _types.Select(type => type.DangerousGetHandle())], (ulong)_types.Length);
    }

    /// <summary>All of them, within the session's transaction.</summary>
    internal void Write(DuckDbSession session, string catalog, IEnumerable<RecordBatch> batches, ulong ingest)
    {
        var state = Appender.DuckDBAppenderCreateExt(session.Connection, catalog, "main", SliceTables.Rows, out var appender);
        using (appender)
        {
            Check(session, appender, state);
            foreach (var batch in batches)
                Write(session, appender, batch, ingest);
            Check(session, appender, Appender.DuckDBAppenderClose(appender));
        }
    }

    public void Dispose()
    {
        _chunk.Dispose();
        foreach (var type in _types)
            type.Dispose();
    }

    void Write(DuckDbSession session, DuckDBAppender appender, RecordBatch batch, ulong ingest)
    {
        var columns = new Column[s_fields.Count];
        try
        {
            for (var i = 0; i < columns.Length; i++)
                columns[i] = new Column(s_fields[i], batch.Column(i));
            for (var at = 0; at < batch.Length; at += ChunkRows)
            {
                var count = Math.Min(ChunkRows, batch.Length - at);
                DataChunks.DuckDBDataChunkReset(_chunk);
                for (var i = 0; i < columns.Length; i++)
                    columns[i].Copy(at, count, Vector(i));
                new Span<ulong>(Vector(columns.Length), count).Fill(ingest);
                DataChunks.DuckDBDataChunkSetSize(_chunk, (ulong)count);
                Check(session, appender, Appender.DuckDBAppendDataChunk(appender, _chunk));
            }
        }
        finally
        {
            foreach (var column in columns)
                column?.Dispose();
        }
    }

    void* Vector(int column) => Vectors.DuckDBVectorGetData(DataChunks.DuckDBDataChunkGetVector(_chunk, column));

    static void Check(DuckDbSession session, DuckDBAppender appender, DuckDBState state)
    {
        if (state == DuckDBState.Success)
            return;
        using var error = Appender.DuckDBAppenderErrorData(appender);
        throw session.Engine.Failed(ErrorData.DuckDBErrorDataErrorType(error), error.Message ?? "the engine does not say why");
    }

    /// <summary>A column of a batch, held in place while the engine reads it.</summary>
    sealed class Column : IDisposable
    {
        readonly FlowType _type;
        readonly int _width;
        readonly MemoryHandle _values;
        readonly MemoryHandle _texts;
        readonly EngineText[] _words = [];

        internal Column(FlowField field, IArrowArray array)
        {
            _type = field.Type;
            if (array is DictionaryArray texts)
            {
                var dictionary = (StringArray)texts.Dictionary;
                _values = ((Int32Array)texts.Indices).ValueBuffer.Memory.Pin();
                _texts = dictionary.ValueBuffer.Memory.Pin();
                _words = Words(dictionary, (byte*)_texts.Pointer);
            }
            else
            {
                _width = ((Apache.Arrow.Types.FixedWidthType)array.Data.DataType).BitWidth / 8;
                _values = array.Data.Buffers[1].Memory.Pin();
            }
        }

        internal void Copy(int from, int count, void* vector)
        {
            switch (_type)
            {
                case FlowType.Text:
                    var numbers = new ReadOnlySpan<int>((int*)_values.Pointer + from, count);
                    var words = new Span<EngineText>(vector, count);
                    for (var i = 0; i < count; i++)
                        words[i] = _words[numbers[i]];
                    break;
                case FlowType.Address:
                    var bytes = (byte*)_values.Pointer + from * 16L;
                    var addresses = new Span<UInt128>(vector, count);
                    for (var i = 0; i < count; i++)
                        addresses[i] = BinaryPrimitives.ReadUInt128BigEndian(new ReadOnlySpan<byte>(bytes + i * 16, 16));
                    break;
                default:
                    new ReadOnlySpan<byte>((byte*)_values.Pointer + (long)from * _width, count * _width).CopyTo(new Span<byte>(vector, count * _width));
                    break;
            }
        }

        public void Dispose()
        {
            _values.Dispose();
            _texts.Dispose();
        }

        static EngineText[] Words(StringArray dictionary, byte* texts)
        {
            var words = new EngineText[dictionary.Length];
            for (var i = 0; i < words.Length; i++)
                words[i] = new EngineText(dictionary.GetBytes(i), texts + dictionary.ValueOffsets[i]);
            return words;
        }
    }

    /// <summary>The engine's own form of a text: short ones stand in it, of others the beginning and where they are.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 16)]
    readonly struct EngineText
    {
        const int Inline = 12;

        readonly ulong _head;
        readonly ulong _tail;

        internal EngineText(ReadOnlySpan<byte> text, byte* place)
        {
            Span<byte> bytes = stackalloc byte[16];
            MemoryMarshal.Write(bytes, text.Length);
            if (text.Length <= Inline)
            {
                text.CopyTo(bytes[4..]);
            }
            else
            {
                text[..4].CopyTo(bytes[4..]);
                MemoryMarshal.Write(bytes[8..], (ulong)place);
            }
            _head = MemoryMarshal.Read<ulong>(bytes);
            _tail = MemoryMarshal.Read<ulong>(bytes[8..]);
        }
    }
}
