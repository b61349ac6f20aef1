using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using Apache.Arrow;
using Weft.Analytics.Queries;

namespace Weft.Server.Flows.Asking;

/// <summary>A line of JSON for each row, an object of its columns; a last line with <c>error</c> alone when it could not be finished.</summary>
sealed class LinesAnswer(PipeWriter body) : IAnswerWriter
{
    const int FlushRows = 256;

    readonly Utf8JsonWriter _json = new(body, JsonAnswer.Options);
    AnswerHead? _head;

    public Task BeginAsync(AnswerHead head, CancellationToken cancellation)
    {
        _head = head;
        return FlushAsync(cancellation);
    }

    public async Task WriteAsync(RecordBatch block, int rows, CancellationToken cancellation)
    {
        var columns = _head!.Columns.Select(column => (Name: JsonEncodedText.Encode(column.Name, JsonAnswer.Options.Encoder), Column: column))
            .Select((named, i) => (named.Name, Values: new AnswerValues(named.Column, block.Column(i)))).ToArray();
        for (var row = 0; row < rows; row++)
        {
            _json.WriteStartObject();
            foreach (var (name, values) in columns)
            {
                _json.WritePropertyName(name);
                values.Write(_json, row);
            }
            EndLine();
            if (row % FlushRows == FlushRows - 1)
                await FlushAsync(cancellation);
        }
        await FlushAsync(cancellation);
    }

    public Task EndAsync(bool isLimited, CancellationToken cancellation) => FlushAsync(cancellation);

    public async Task<bool> FailAsync(string error)
    {
        _json.WriteStartObject();
        _json.WriteString("error", error);
        EndLine();
        await FlushAsync(CancellationToken.None);
        return true;
    }

    public ValueTask DisposeAsync() => _json.DisposeAsync();

    void EndLine()
    {
        _json.WriteEndObject();
        _json.Flush();
        _json.Reset();
        body.Write("\n"u8);
    }

    async Task FlushAsync(CancellationToken cancellation) => await body.FlushAsync(cancellation);
}
