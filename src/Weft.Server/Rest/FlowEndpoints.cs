using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Weft.Analytics.Queries;
using Weft.Server.Access;
using Weft.Server.Flows.Asking;

namespace Weft.Server.Rest;

/// <summary>Questions about flows.</summary>
static class FlowEndpoints
{
    public static void MapFlows(this IEndpointRouteBuilder api, RestContext rest)
    {
        var group = api.MapGroup("/flows").WithTags("flows");
        group.MapPost("/query", (Delegate)((HttpContext http) => QueryAsync(http, rest)))
            .AnswersFlows("Ask about flow records: a list of them, or groups with sums, counts and percentiles")
            .Accepts<FlowRequest>("application/json");
        group.MapGet("", (HttpContext http, [AsParameters] FlowListQuery query) => ListAsync(http, query, rest))
            .AnswersFlows("List or follow flow records");
        group.MapGet("/fields", (Delegate)((HttpContext http) => WriteAsync(http, new(FlowFieldReport.All), FlowAnswersJson.Readable.FlowItemsFlowFieldReport)))
            .Answers<FlowItems<FlowFieldReport>>("What flow records have, and what can be asked of each field");
        group.MapGet("/fields/{name}/values", (HttpContext http, string name, string? prefix, string? since, string? project) =>
                ValuesAsync(http, rest, name, prefix, since, project))
            .Answers<FlowItems<string>>("Values of a field that were seen in the last hour, or since then; the most frequent first");
        group.MapGet("/status", (Delegate)((HttpContext http) => StatusAsync(http, rest)))
            .Answers<FlowStatusReport>("How the record of flows is: what is stored, what waits, what was lost");
    }

    static async Task QueryAsync(HttpContext http, RestContext rest)
    {
        var request = await RequestDocument.ReadAsync(http, "question", FlowAnswersJson.Default.FlowRequest);
        using var ending = Ending(http, rest);
        await FlowAnswers.WriteAsync(http, Asker(rest), request, ending.Token);
    }

    static async Task ListAsync(HttpContext http, FlowListQuery query, RestContext rest)
    {
        using var ending = Ending(http, rest);
        if (query.Follow == true)
            await FlowFollowing.WriteAsync(http, Asker(rest), query.ToRequest(), ending.Token);
        else
            await FlowAnswers.WriteAsync(http, Asker(rest), query.ToRequest(), ending.Token);
    }

    static async Task ValuesAsync(HttpContext http, RestContext rest, string name, string? prefix, string? since, string? project)
    {
        using var ending = Ending(http, rest);
        var values = await FlowValueLists.ReadAsync(Asker(rest), http.Caller(), name, prefix ?? "", since, project, ending.Token);
        await WriteAsync(http, new(values), FlowAnswersJson.Readable.FlowItemsString);
    }

    static async Task StatusAsync(HttpContext http, RestContext rest) =>
        await WriteAsync(http, await FlowStatusReport.MakeAsync(Asker(rest), http.Caller(), http.RequestAborted), FlowAnswersJson.Readable.FlowStatusReport);

    static FlowAsker Asker(RestContext rest) => rest.Flows ?? throw new ProblemException(new(StatusCodes.Status503ServiceUnavailable, "no flow records")
    {
        Detail = "this server keeps no flow records",
    });

    static CancellationTokenSource Ending(HttpContext http, RestContext rest) =>
        CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, rest.Stopping);

    static async Task WriteAsync<T>(HttpContext http, T answer, JsonTypeInfo<T> type)
    {
        http.Response.ContentType = "application/json";
        await http.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(answer, type), http.RequestAborted);
    }

    static RouteHandlerBuilder AnswersFlows(this RouteHandlerBuilder endpoint, string summary) => endpoint
        .WithSummary(summary)
        .WithDescription("`application/json`: columns, then rows; `application/x-ndjson`: an object a line; `text/csv`; `application/vnd.apache.arrow.stream`. "
            + "What fails after the first row is told by a last member, or line, `error`; in CSV and Arrow the connection breaks off.")
        .Produces<FlowAnswerShape>(StatusCodes.Status200OK, AnswerFormat.Json, AnswerFormat.Lines, AnswerFormat.Csv, AnswerFormat.Arrow)
        .Produces<Problem>(StatusCodes.Status400BadRequest, Problem.ContentType)
        .Produces<Problem>(StatusCodes.Status403Forbidden, Problem.ContentType)
        .Produces<Problem>(StatusCodes.Status406NotAcceptable, Problem.ContentType)
        .Produces<Problem>(StatusCodes.Status429TooManyRequests, Problem.ContentType)
        .Produces<Problem>(StatusCodes.Status503ServiceUnavailable, Problem.ContentType)
        .Produces<Problem>(StatusCodes.Status504GatewayTimeout, Problem.ContentType);
}
