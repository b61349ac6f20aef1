using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Weft.Metrics;

namespace Weft.Server.Metrics;

/// <summary>Requests of the API, as the middleware sees them.</summary>
sealed class ApiMetrics : IMetricSource
{
    static readonly MetricFamily s_requests = MetricFamily.Counter("weft_api_requests_total", "Answers of the REST API.", "method", "code");
    static readonly MetricFamily s_times = MetricFamily.Histogram(
        "weft_api_request_duration_seconds", "From a request to the end of its answer; without those that watch or follow.");

    readonly ConcurrentDictionary<(string Method, int Code), long> _requests = [];
    readonly MetricHistogram _times = new();

    public IReadOnlyList<MetricFamily> Families { get; } = [s_requests, s_times];

    public async Task MeasureAsync(HttpContext http, RequestDelegate next)
    {
        var start = Stopwatch.GetTimestamp();
        try
        {
            await next(http);
        }
        finally
        {
            _requests.AddOrUpdate((Method(http), http.Response.StatusCode), 1, (_, count) => count + 1);
            if (!http.Request.Query.ContainsKey("watch") && !http.Request.Query.ContainsKey("follow"))
                _times.ObserveSince(start);
        }
    }

    public ValueTask CollectAsync(MetricWriter writer, CancellationToken cancellation)
    {
        foreach (var ((method, code), count) in _requests.OrderBy(pair => pair.Key))
            writer.Add(s_requests, count, method, code.ToString(CultureInfo.InvariantCulture));
        writer.Add(s_times, _times);
        return ValueTask.CompletedTask;
    }

    /// <summary>Callers make methods up; series of them are not made.</summary>
    static string Method(HttpContext http) => http.Request.Method is "GET" or "PUT" or "POST" or "PATCH" or "DELETE" ? http.Request.Method : "other";
}
