using System.Text.Json;

namespace Weft.E2E.Tests.Harness;

/// <summary>What the record of flows says, asked as a person would.</summary>
static class FlowQuestions
{
    /// <summary>Rows of <c>weft flows</c>.</summary>
    internal static async Task<List<JsonElement>> FlowsAsync(this TestHost host, params string[] options)
    {
        var text = await host.WeftAsync(["flows", "--since", "1h", "-o", "ndjson", .. options]);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }

    /// <summary>Sums over all that the filter is true of, in the order asked for.</summary>
    internal static async Task<long[]> SumsAsync(this TestHost host, string filter, params string[] fields)
    {
        var aggregates = fields.Select(field => $"sum({field})").ToArray();
        var rows = await host.FlowsAsync("--where", filter, "--aggregate", string.Join(',', aggregates));
        return [.. aggregates.Select(aggregate => rows.Sum(row => row.GetProperty(aggregate).GetInt64()))];
    }

    internal static string Text(this JsonElement row, string field) => row.GetProperty(field).ToString();

    internal static long Number(this JsonElement row, string field) => row.GetProperty(field).GetInt64();

    /// <summary>What a node could not tell, in all places.</summary>
    internal static async Task<Lost> LostAsync(this TestHost host, string node)
    {
        var status = (await host.TryAsync("weft", "flows", "status", "-o", "json")).Output; // ends with 1 when something was lost
        using var document = JsonDocument.Parse(status);
        var losses = document.RootElement.GetProperty("nodes").EnumerateArray().Single(entry => entry.Text("name") == node).GetProperty("losses");
        long Sum(string unit) => losses.EnumerateObject()
            .Where(loss => loss.Name.EndsWith("." + unit, StringComparison.Ordinal)).Sum(loss => loss.Value.GetInt64());
        return new(Sum("records"), Sum("packets"), Sum("bytes"));
    }
}

/// <summary>What could not be told.</summary>
readonly record struct Lost(long Records, long Packets, long Bytes)
{
    public static Lost operator -(Lost one, Lost other) => new(one.Records - other.Records, one.Packets - other.Packets, one.Bytes - other.Bytes);
}
