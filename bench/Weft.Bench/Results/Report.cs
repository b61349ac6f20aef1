using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Weft.Bench.Setups;

namespace Weft.Bench.Results;

/// <summary>All samples of one load over one set-up.</summary>
sealed record Series(Placement Placement, string Load, string Unit, string Setup, bool IsLimit, List<double> Samples)
{
    public double Median
    {
        get
        {
            var sorted = Samples.Order().ToArray();
            return sorted.Length % 2 == 1
                ? sorted[sorted.Length / 2]
                : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
        }
    }

    /// <summary>Half the range over the median: how much to believe small differences.</summary>
    public double Spread => (Samples.Max() - Samples.Min()) / 2 / Median;

    /// <summary>Of the limit: the median over rounds of the ratios within one round.</summary>
    public double RatioTo(Series limit)
    {
        var ratios = Samples.Zip(limit.Samples, (own, other) => own / other).Order().ToArray();
        return ratios.Length % 2 == 1
            ? ratios[ratios.Length / 2]
            : (ratios[ratios.Length / 2 - 1] + ratios[ratios.Length / 2]) / 2;
    }
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(List<Series>))]
sealed partial class ReportJson : JsonSerializerContext;

static class Report
{
    public static string ToJson(List<Series> series) => JsonSerializer.Serialize(series, ReportJson.Default.ListSeries);

    public static string ToMarkdown(List<Series> series)
    {
        var text = new StringBuilder();
        foreach (var placement in series.GroupBy(entry => entry.Placement))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"### {Title(placement.Key)}").AppendLine();
            var loads = placement.GroupBy(entry => entry.Load).ToArray();
            text.AppendLine("| | " + string.Join(" | ", loads.Select(load => $"{load.Key} ({load.First().Unit})")) + " |");
            text.AppendLine("|---|" + string.Concat(loads.Select(_ => "---|")));
            foreach (var setup in placement.Select(entry => entry.Setup).Distinct())
                text.AppendLine($"| {setup} | " + string.Join(" | ", loads.Select(load => Cell(load, setup))) + " |");
            text.AppendLine();
        }
        return text.ToString();
    }

    static string Title(Placement placement) => placement switch
    {
        Placement.SameHost => "Same host",
        Placement.CrossHost => "Across hosts",
        Placement.FromOutside => "From outside to a container",
        Placement.Balanced => "From outside to two who serve, by connection",
        _ => "From outside to two who serve, by request of HTTP",
    };

    static string Cell(IEnumerable<Series> load, string setup)
    {
        var own = load.FirstOrDefault(entry => entry.Setup == setup);
        if (own is null)
            return "–";
        var limit = load.First(entry => entry.IsLimit);
        var figure = own.Median >= 1000
            ? own.Median.ToString("N0", CultureInfo.InvariantCulture)
            : own.Median.ToString("0.0", CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"{figure} ±{own.Spread:P0} · **{own.RatioTo(limit):0.00}**");
    }
}
