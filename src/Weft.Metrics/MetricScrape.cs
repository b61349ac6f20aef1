using Microsoft.AspNetCore.Http;

namespace Weft.Metrics;

/// <summary>Asks all sources of a process.</summary>
public sealed class MetricScrape(IEnumerable<IMetricSource> sources)
{
    // A server and an agent of one process have some of them twice.
    readonly IMetricSource[] _sources = [.. sources.DistinctBy(source => source.GetType())];

    public IReadOnlyList<MetricFamily> Families => [.. _sources.SelectMany(source => source.Families)];

    /// <summary>Of several parts of one process.</summary>
    public static MetricScrape Of(params IEnumerable<MetricScrape> parts) => new(parts.SelectMany(part => part._sources));

    public async Task<string> ReadAsync(CancellationToken cancellation)
    {
        var writer = new MetricWriter();
        foreach (var family in Families)
            writer.Declare(family);
        foreach (var source in _sources)
            await source.CollectAsync(writer, cancellation);
        return writer.ToString();
    }

    public async Task WriteAsync(HttpContext http)
    {
        var text = await ReadAsync(http.RequestAborted);
        http.Response.ContentType = MetricWriter.ContentType;
        await http.Response.WriteAsync(text, http.RequestAborted);
    }
}
