using Microsoft.AspNetCore.Http;
using Weft.Analytics.Queries;
using Weft.Analytics.Storage;
using Weft.Server.Access;
using Weft.Server.Rest;

namespace Weft.Server.Flows.Asking;

/// <summary>Answers one question over HTTP.</summary>
static class FlowAnswers
{
    internal static async Task WriteAsync(HttpContext http, FlowAsker asker, FlowRequest request, CancellationToken cancellation)
    {
        var format = AnswerFormat.Of(http.Request);
        var (query, access) = asker.Read(request, http.Caller());
        using var slot = asker.Slots.Take(http.Caller(), request.Project);
        var (plan, _) = await PlanAsync(asker, query, cancellation);
        // One more tells whether there are more.
        var select = new FlowStatements(query, access).Answer(plan, query.Limit + 1L);
        await using var blocks = asker.AskAsync(select, cancellation).GetAsyncEnumerator(cancellation);
        // What fails before the first row can still be answered with a problem.
        var isMore = await blocks.MoveNextAsync();
        await using var writer = AnswerFormat.Writer(format, http.Response);
        await writer.BeginAsync(new(query.Columns, plan.Since, plan.Until, [.. plan.Parts.Select(part => part.Table.Name()).Distinct()]), cancellation);
        try
        {
            var left = query.Limit;
            for (; isMore && left > 0; isMore = await blocks.MoveNextAsync())
            {
                var rows = Math.Min(left, blocks.Current.Length);
                await writer.WriteAsync(blocks.Current, rows, cancellation);
                left -= rows;
                if (rows < blocks.Current.Length)
                    break;
            }
            await writer.EndAsync(isMore, cancellation);
        }
        catch (ProblemException failure)
        {
            if (!await writer.FailAsync(failure.Problem.Detail ?? failure.Problem.Title))
                http.Abort();
        }
    }

    static async Task<(FlowPlan Plan, FlowHoldings Holdings)> PlanAsync(FlowAsker asker, FlowQuery query, CancellationToken cancellation)
    {
        try
        {
            return await asker.PlanAsync(query, cancellation);
        }
        catch (FlowStoreException failure)
        {
            throw FlowAsker.Failed(failure);
        }
    }
}
