using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Weft.Server.Commits;

namespace Weft.Server.Rest;

/// <summary>A span of each request, below that of the caller, if it has one (W3C Trace Context).</summary>
static class RequestTraces
{
    /// <summary>Calls of agents; their streams last as long as they live, and are no request.</summary>
    const string Calls = "/weft.v1.Agents", Sync = "Sync", SendFlows = "SendFlows";

    public static bool IsTraced(HttpContext http) =>
        http.Request.Path.StartsWithSegments("/api")
        || (http.Request.Path.StartsWithSegments(Calls, out var call) && call.Value?.TrimStart('/') is not (Sync or SendFlows));

    public static async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        ActivityContext.TryParse(http.Request.Headers.TraceParent, http.Request.Headers.TraceState, isRemote: true, out var parent);
        Activity.Current = null; // ASP.NET's own, which is recorded by nobody, and would keep ours from it
        using var span = ServerTraces.Source.StartActivity($"{http.Request.Method} {http.Request.Path}", ActivityKind.Server, parent);
        await next(http);
        if (span is null)
            return;
        // Names of resources would make a span name of each.
        if (http.GetEndpoint() is RouteEndpoint { RoutePattern.RawText: { } route })
            span.DisplayName = $"{http.Request.Method} {route}";
        span.SetTag("http.request.method", http.Request.Method);
        span.SetTag("url.path", http.Request.Path.Value);
        span.SetTag("http.response.status_code", http.Response.StatusCode.ToString(CultureInfo.InvariantCulture));
        if (http.Response.StatusCode >= StatusCodes.Status500InternalServerError)
            span.SetStatus(ActivityStatusCode.Error);
    }
}
