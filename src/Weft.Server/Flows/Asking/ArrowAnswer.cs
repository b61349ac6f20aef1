using System.IO.Pipelines;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using Weft.Analytics.Queries;
using Weft.Flows;

namespace Weft.Server.Flows.Asking;

/// <summary>
/// An Arrow IPC stream: times as timestamps, whole numbers as 64 bits, flags as booleans, the rest as people write it. Without its end
/// mark when it cannot be finished.
/// </summary>
sealed class ArrowAnswer(PipeWriter body) : IAnswerWriter
{
    static readonly TimestampType s_time = new(TimeUnit.Microsecond, "UTC");

    AnswerHead? _head;
    ArrowStreamWriter? _writer;
    Schema? _schema;

    public async Task BeginAsync(AnswerHead head, CancellationToken cancellation)
    {
        _head = head;
        _schema = new Schema(head.Columns.Select(Field), null);
        _writer = new(body.AsStream(leaveOpen: true), _schema, leaveOpen: true);
        await _writer.WriteStartAsync(cancellation);
    }

    public async Task WriteAsync(RecordBatch block, int rows, CancellationToken cancellation)
    {
        using var batch = new RecordBatch(_schema!, _head!.Columns.Select((column, i) => Array(column, new(column, block.Column(i)), rows)), rows);
        await _writer!.WriteRecordBatchAsync(batch, cancellation);
    }

    public Task EndAsync(bool isLimited, CancellationToken cancellation) => _writer!.WriteEndAsync(cancellation);

    public Task<bool> FailAsync(string error) => Task.FromResult(false);

    public ValueTask DisposeAsync()
    {
        _writer?.Dispose();
        return ValueTask.CompletedTask;
    }

    static Field Field(AnswerColumn column) => new(
        column.Name, TypeOf(column), nullable: true, column.Unit.Length > 0 ? [new("unit", column.Unit)] : null);

    static IArrowType TypeOf(AnswerColumn column) => column.Type switch
    {
        AnswerType.Time => s_time,
        AnswerType.Integer => IsSigned(column) ? Int64Type.Default : UInt64Type.Default,
        AnswerType.Real => DoubleType.Default,
        AnswerType.Flag => BooleanType.Default,
        _ => StringType.Default,
    };

    static bool IsSigned(AnswerColumn column) => column.Field is { Type: FlowType.Int32 };

    static IArrowArray Array(AnswerColumn column, AnswerValues values, int rows)
    {
        switch (TypeOf(column))
        {
            case TimestampType:
                var times = new Int64Array.Builder().Reserve(rows);
                Fill(rows, values, row => times.Append((long)values.Integer(row)), () => times.AppendNull());
                var plain = times.Build().Data;
                return ArrowArrayFactory.BuildArray(new ArrayData(s_time, plain.Length, plain.NullCount, plain.Offset, plain.Buffers));
            case Int64Type:
                var signed = new Int64Array.Builder().Reserve(rows);
                Fill(rows, values, row => signed.Append((long)values.Integer(row)), () => signed.AppendNull());
                return signed.Build();
            case UInt64Type:
                var numbers = new UInt64Array.Builder().Reserve(rows);
                Fill(rows, values, row => numbers.Append((ulong)values.Integer(row)), () => numbers.AppendNull());
                return numbers.Build();
            case DoubleType:
                var reals = new DoubleArray.Builder().Reserve(rows);
                Fill(rows, values, row => reals.Append(values.Real(row)), () => reals.AppendNull());
                return reals.Build();
            case BooleanType:
                var flags = new BooleanArray.Builder().Reserve(rows);
                Fill(rows, values, row => flags.Append(values.Integer(row) != 0), () => flags.AppendNull());
                return flags.Build();
            default:
                var texts = new StringArray.Builder().Reserve(rows);
                Fill(rows, values, row => texts.Append(values.Text(row)), () => texts.AppendNull());
                return texts.Build();
        }
    }

    static void Fill(int rows, AnswerValues values, Action<int> append, Action missing)
    {
        for (var row = 0; row < rows; row++)
        {
            if (values.IsMissing(row))
                missing();
            else
                append(row);
        }
    }
}
