using System.Buffers;
using Apache.Arrow;
using Microsoft.AspNetCore.Http;
using Weft.Analytics.Queries;
using Weft.Server.Access;
using Weft.Server.Rest;

namespace Weft.Server.Flows.Asking;

/// <summary>Records as lines of JSON, as they come into the store, until the client leaves.</summary>
/// <remarks>
/// What comes in has ascending numbers, many records the same one: it is told number by number, whole. A record that comes
/// late is told late, and never twice.
/// </remarks>
static class FlowFollowing
{
    internal static async Task WriteAsync(HttpContext http, FlowAsker asker, FlowRequest request, CancellationToken cancellation)
    {
        if (request is { GroupBy: not null } or { Aggregates: not null } or { Bucket: not null } or { Top: not null } or { Until: not null } or { OrderBy: not null } or { Limit: not null })
        {
            throw new ProblemException(Problem.BadRequest(
                "follow", "shows single records as they come: leave out until, groupBy, aggregates, bucket, orderBy, limit and top"));
        }
        var (query, access) = asker.Read(request with { Since = request.Since ?? "0s", Until = Farthest }, http.Caller());
        using var slot = asker.Slots.TakeFollower();
        await using var writer = AnswerFormat.Writer(AnswerFormat.Lines, http.Response);
        await writer.BeginAsync(new(query.Columns, query.Since, query.Until, []), cancellation);
        try
        {
            await FollowAsync(http, asker, new(query, access), writer, cancellation);
        }
        catch (ProblemException failure)
        {
            await writer.FailAsync(failure.Problem.Detail ?? failure.Problem.Title);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The client or the server ends; a stream of lines needs no last word.
        }
    }

    const string Farthest = "9999-01-01";

    static async Task FollowAsync(HttpContext http, FlowAsker asker, FlowStatements statements, IAnswerWriter writer, CancellationToken cancellation)
    {
        var told = 0UL;
        var spoken = asker.Time.GetTimestamp();
        using var timer = new PeriodicTimer(asker.Options.Asking.FollowEvery, asker.Time);
        do
        {
            if (await NewestAsync(asker, told, cancellation) is { } newest)
            {
                await foreach (var block in asker.AskAsync(statements.Followed(told, newest), cancellation))
                {
                    await writer.WriteAsync(block, block.Length, cancellation);
                    spoken = asker.Time.GetTimestamp();
                }
                told = newest;
            }
            if (asker.Time.GetElapsedTime(spoken) >= asker.Options.Asking.FollowSilence)
            {
                http.Response.BodyWriter.Write("\n"u8);
                await http.Response.BodyWriter.FlushAsync(cancellation);
                spoken = asker.Time.GetTimestamp();
            }
        }
        while (await timer.WaitForNextTickAsync(cancellation));
    }

    static async Task<ulong?> NewestAsync(FlowAsker asker, ulong told, CancellationToken cancellation)
    {
        ulong? newest = null;
        await foreach (var block in asker.AskAsync(FlowStatements.Newest(told), cancellation))
        {
            if (block.Length > 0 && block.Column(0) is UInt64Array numbers && numbers.GetValue(0) is { } number && number > told)
                newest = number;
        }
        return newest;
    }
}
