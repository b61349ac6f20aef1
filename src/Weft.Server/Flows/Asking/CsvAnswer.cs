using System.IO.Pipelines;
using Apache.Arrow;
using CsvHelper;
using Weft.Analytics.Queries;

namespace Weft.Server.Flows.Asking;

/// <summary>Rows after a line of names (RFC 4180). When it cannot be finished the connection breaks off: nothing in it could say so.</summary>
sealed class CsvAnswer(PipeWriter body) : IAnswerWriter
{
    // Programs for tables take a text that begins with = for a formula.
    readonly CsvWriter _csv = CsvWriter.Create(body.AsStream(leaveOpen: true), new() { Injection = CsvInjection.Escape }, leaveOpen: true);
    AnswerHead? _head;

    public async Task BeginAsync(AnswerHead head, CancellationToken cancellation)
    {
        _head = head;
        foreach (var column in head.Columns)
            _csv.WriteField(column.Name);
        await _csv.EndRecordAsync(cancellation);
        await _csv.FlushAsync(cancellation);
    }

    public async Task WriteAsync(RecordBatch block, int rows, CancellationToken cancellation)
    {
        var columns = _head!.Columns.Select((column, i) => (column.Type, Values: new AnswerValues(column, block.Column(i)))).ToArray();
        for (var row = 0; row < rows; row++)
        {
            foreach (var (type, values) in columns)
            {
                // A negative number is no formula.
                if (type == AnswerType.Integer && !values.IsMissing(row))
                    _csv.WriteField(values.Integer(row));
                else
                    _csv.WriteField(values.Text(row));
            }
            await _csv.EndRecordAsync(cancellation);
        }
        await _csv.FlushAsync(cancellation);
    }

    public Task EndAsync(bool isLimited, CancellationToken cancellation) => Task.CompletedTask;

    public Task<bool> FailAsync(string error) => Task.FromResult(false);

    public ValueTask DisposeAsync() => _csv.DisposeAsync();
}
