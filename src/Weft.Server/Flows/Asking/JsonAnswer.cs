using System.IO.Pipelines;
using System.Text.Encodings.Web;
using System.Text.Json;
using Apache.Arrow;
using Weft.Analytics.Fields;
using Weft.Analytics.Queries;

namespace Weft.Server.Flows.Asking;

/// <summary>
/// <c>{"columns": […], "since": …, "until": …, "tables": […], "rows": [[…], …], "limited": false}</c>; <c>"error"</c> as
/// the last member when it could not be finished.
/// </summary>
sealed class JsonAnswer(PipeWriter body) : IAnswerWriter
{
    const int FlushBytes = 64 << 10;

    internal static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    readonly Utf8JsonWriter _json = new(body, Options);
    AnswerHead? _head;

    public Task BeginAsync(AnswerHead head, CancellationToken cancellation)
    {
        _head = head;
        _json.WriteStartObject();
        _json.WriteStartArray("columns");
        foreach (var column in head.Columns)
        {
            _json.WriteStartObject();
            _json.WriteString("name", column.Name);
            _json.WriteString("type", Word(column.Type));
            if (column.Unit.Length > 0)
                _json.WriteString("unit", column.Unit);
            _json.WriteEndObject();
        }
        _json.WriteEndArray();
        _json.WriteString("since", FlowTime.Write(head.Since));
        _json.WriteString("until", FlowTime.Write(head.Until));
        _json.WriteStartArray("tables");
        foreach (var table in head.Tables)
            _json.WriteStringValue(table);
        _json.WriteEndArray();
        _json.WriteStartArray("rows");
        return FlushAsync(cancellation);
    }

    public async Task WriteAsync(RecordBatch block, int rows, CancellationToken cancellation)
    {
        var values = _head!.Columns.Select((column, i) => new AnswerValues(column, block.Column(i))).ToArray();
        for (var row = 0; row < rows; row++)
        {
            _json.WriteStartArray();
            foreach (var column in values)
                column.Write(_json, row);
            _json.WriteEndArray();
            if (_json.BytesPending > FlushBytes)
                await FlushAsync(cancellation);
        }
        await FlushAsync(cancellation);
    }

    public Task EndAsync(bool isLimited, CancellationToken cancellation)
    {
        _json.WriteEndArray();
        _json.WriteBoolean("limited", isLimited);
        _json.WriteEndObject();
        return FlushAsync(cancellation);
    }

    public async Task<bool> FailAsync(string error)
    {
        _json.WriteEndArray();
        _json.WriteString("error", error);
        _json.WriteEndObject();
        await FlushAsync(CancellationToken.None);
        return true;
    }

    public ValueTask DisposeAsync() => _json.DisposeAsync();

    internal static string Word(AnswerType type) => type switch
    {
        AnswerType.Word => "text",
        _ => type.ToString().ToLowerInvariant(),
    };

    async Task FlushAsync(CancellationToken cancellation)
    {
        _json.Flush();
        await body.FlushAsync(cancellation);
    }
}
