using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Weft.ClickHouseServer.Engine;

namespace Weft.ClickHouseServer.Http;

/// <summary>Writes results and exceptions as ClickHouse's server does.</summary>
sealed class Answer(HttpContext context, ChdbEngine engine)
{
    // What ClickHouse holds back before the status is settled; an exception within it still gets a status of its own.
    const int Held = 1 << 20;
    const int Piece = 256 << 10;

    public string QueryId { get; set; } = "";

    public string Format { get; set; } = "TabSeparated";

    HttpResponse Response => context.Response;

    /// <summary>Answers with what a statement left in memory.</summary>
    public async Task SendAsync(EngineResult result)
    {
        if (result.Error is not null)
        {
            await FailAsync(result.Error);
            return;
        }
        Begin(result.Summary);
        var piece = new byte[Math.Min(Piece, Math.Max(1, result.Length))];
        for (var offset = 0L; offset < result.Length;)
        {
            var count = result.Read(offset, piece);
            await Response.Body.WriteAsync(piece.AsMemory(0, count), context.RequestAborted);
            offset += count;
        }
    }

    /// <summary>Answers with an output as it comes; throws when the client has left and there is something to send.</summary>
    public async Task SendAsync(Stream output, Task<EngineResult> running, CancellationToken ending)
    {
        var held = new byte[Held];
        var count = await output.ReadAtLeastAsync(held, held.Length, throwOnEndOfStream: false, ending);
        var rest = count == held.Length;
        if (!rest && await running is { Error: { } early })
        {
            await FailAsync(early);
            return;
        }
        var tag = RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz", 16);
        if (rest)
            Response.Headers["X-ClickHouse-Exception-Tag"] = tag;
        Begin(rest ? default : (await running).Summary);
        await Response.Body.WriteAsync(held.AsMemory(0, count), context.RequestAborted);
        if (!rest)
            return;
        await output.CopyToAsync(Response.Body, Piece, context.RequestAborted);
        if (await running is { Error: { } late })
            await BreakOffAsync(late, tag);
    }

    /// <summary>Answers with an exception.</summary>
    public async Task FailAsync(EngineError error)
    {
        Response.StatusCode = error.Status;
        Response.Headers["X-ClickHouse-Exception-Code"] = error.Code.ToString(CultureInfo.InvariantCulture);
        Begin(default);
        Response.ContentType = "text/plain; charset=UTF-8";
        await Response.WriteAsync(Text(error) + "\n", context.RequestAborted);
    }

    // The status is long out: the exception stands in the body under the tag, and the body has no proper end.
    async Task BreakOffAsync(EngineError error, string tag)
    {
        var text = Text(error) + "\n";
        var length = Encoding.UTF8.GetByteCount(text).ToString(CultureInfo.InvariantCulture);
        await Response.WriteAsync($"\r\n__exception__\r\n{tag}\r\n{text}{length} {tag}\r\n__exception__\r\n", context.RequestAborted);
        await Response.Body.FlushAsync(context.RequestAborted);
        // To Kestrel a failed handler means an end without the last chunk. Abort() would do it too, but lose what is on the way.
        throw new EngineException(error.Message);
    }

    void Begin(Summary summary)
    {
        Response.ContentType = Format switch
        {
            "TabSeparated" or "TSV" or "TabSeparatedWithNames" or "TSVWithNames" => "text/tab-separated-values; charset=UTF-8",
            "CSV" or "CSVWithNames" => "text/csv; charset=UTF-8; header=absent",
            "JSON" or "JSONCompact" => "application/json; charset=UTF-8",
            "JSONEachRow" => "application/x-ndjson; charset=UTF-8",
            _ => "application/octet-stream",
        };
        Response.Headers["X-ClickHouse-Server-Display-Name"] = "weft-clickhouse";
        Response.Headers["X-ClickHouse-Query-Id"] = QueryId;
        Response.Headers["X-ClickHouse-Format"] = Format;
        Response.Headers["X-ClickHouse-Timezone"] = engine.TimeZone;
        Response.Headers["X-ClickHouse-Summary"] = summary.ToJson();
    }

    string Text(EngineError error) => $"{error.Message} (version {engine.Version})";
}
