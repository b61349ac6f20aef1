using System.Globalization;
using System.Runtime.CompilerServices;
using Apache.Arrow;
using Microsoft.AspNetCore.Http;
using Weft.Analytics.Fields;
using Weft.Analytics.Queries;
using Weft.Analytics.Sql;
using Weft.Analytics.Storage;
using Weft.Model.Validation;
using Weft.Server.Access;
using Weft.Server.Rest;

namespace Weft.Server.Flows.Asking;

/// <summary>Asks the store on behalf of a caller, within what the caller may see and the server can bear.</summary>
public sealed class FlowAsker(IFlowStore store, FlowIntake intake, FlowBoard board, FlowOptions options, TimeProvider time)
{
    internal AskingSlots Slots { get; } = new(options.Asking);

    internal IFlowStore Store => store;

    internal FlowIntake Intake => intake;

    internal FlowBoard Board => board;

    internal FlowOptions Options => options;

    internal TimeProvider Time => time;

    /// <exception cref="ProblemException">It is not valid, or not for this caller; says all that is wrong.</exception>
    internal (FlowQuery Query, FlowAccess Access) Read(FlowRequest request, Caller caller)
    {
        if (request.Project is { } project && !caller.MayUse(project))
            throw new ProblemException(Problem.Forbidden($"the token '{caller.Name}' may not use project {NameRules.Shown(project)}"));
        var faults = new Faults();
        var query = new FlowQueryReader(options.Asking.Limits, time.GetUtcNow(), faults).Read(request);
        if (faults.Any)
        {
            throw new ProblemException(new(StatusCodes.Status400BadRequest, "the question is not valid")
            {
                Detail = string.Join("; ", faults.ToImmutable().Select(fault => $"{fault.Path}: {fault.Message}")),
                Faults = faults.ToImmutable(),
            });
        }
        return (query, AccessOf(caller).Within(request.Project));
    }

    internal static FlowAccess AccessOf(Caller caller) => caller.Projects is { } projects ? FlowAccess.Of(projects) : FlowAccess.Everything;

    /// <exception cref="ProblemException">It would look at too much.</exception>
    internal async Task<(FlowPlan Plan, FlowHoldings Holdings)> PlanAsync(FlowQuery query, CancellationToken cancellation)
    {
        var holdings = await store.HoldingsAsync(cancellation);
        var plan = FlowPlan.Make(query, holdings);
        var records = plan.EstimatedRecords(holdings);
        if (records <= options.Asking.MostRecords)
            return (plan, holdings);
        throw new ProblemException(new(StatusCodes.Status400BadRequest, "the question is too large")
        {
            Detail = string.Create(CultureInfo.InvariantCulture, $"about {records} records lie between {FlowTime.Write(query.Since)} and {FlowTime.Write(query.Until)}")
                + string.Create(CultureInfo.InvariantCulture, $", at most {options.Asking.MostRecords} may be looked at: ")
                + "ask for a shorter time, or for sums and counts by fields that roll-ups have (see /api/v1/flows/fields), which look at far less",
        });
    }

    /// <summary>Rows of an answer; ends in the store too when it is cancelled or takes too long.</summary>
    /// <exception cref="ProblemException">The store fails, or it takes too long.</exception>
    internal async IAsyncEnumerable<RecordBatch> AskAsync(SqlSelect select, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(options.Asking.TimeOut, time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        await using var blocks = store.QueryAsync(select.Write(store.Dialect), ending.Token).GetAsyncEnumerator(ending.Token);
        while (await NextAsync(blocks, limit.Token, cancellation))
        {
            using var block = blocks.Current;
            yield return block;
        }
    }

    async Task<bool> NextAsync(IAsyncEnumerator<RecordBatch> blocks, CancellationToken limit, CancellationToken cancellation)
    {
        try
        {
            return await blocks.MoveNextAsync();
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new ProblemException(new(StatusCodes.Status504GatewayTimeout, "the question takes too long")
            {
                Detail = $"it is not answered after {options.Asking.TimeOut.TotalSeconds:0} s, which is the limit: ask for a shorter time, "
                    + "or for sums and counts by fields that roll-ups have (see /api/v1/flows/fields)",
            });
        }
        catch (FlowStoreException failure)
        {
            throw Failed(failure);
        }
    }

    internal static ProblemException Failed(FlowStoreException failure) =>
        new(new(StatusCodes.Status503ServiceUnavailable, "the store of flow records does not answer")
        {
            Detail = failure.Message,
            RetryAfter = failure.MayPass ? 5 : null,
        });
}
