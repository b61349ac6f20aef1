using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Weft.Model.Resources;
using Weft.Model.Validation;
using Weft.Server.Access;
using Weft.Server.Advice;

namespace Weft.Server.Rest;

/// <summary>Packets that are sent to see what becomes of them.</summary>
static class TraceEndpoints
{
    public static void MapTrace(this IEndpointRouteBuilder api, RestContext rest) =>
        api.MapPost("/trace", (Delegate)((HttpContext http) => TraceAsync(http, rest))).WithTags("advice")
            .Asks<ExplainRequest, TraceResult>("Send a packet through the vrouters and tell what each decides; it is never delivered")
            .Produces<Problem>(StatusCodes.Status409Conflict, Problem.ContentType);

    static async Task TraceAsync(HttpContext http, RestContext rest)
    {
        var request = await RequestDocument.ReadAsync(http, "question", AdviceJson.Default.ExplainRequest);
        var project = request.Project ?? ProjectResource.DefaultProject;
        if (!http.Caller().MayUse(project))
            throw new ProblemException(Problem.Forbidden($"the token '{http.Caller().Name}' may not use project {NameRules.Shown(project)}"));
        var faults = new Faults();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, rest.Stopping);
        var result = await Traces.MakeAsync(request, rest.Cluster.Current, http.Caller(), rest.Traces, rest.Time, faults, ending.Token)
            ?? throw new ProblemException(AdviceEndpoints.NotValid(faults));
        http.Response.ContentType = "application/json";
        await http.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(result, AdviceJson.Default.TraceResult), http.RequestAborted);
    }
}
