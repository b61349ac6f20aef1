using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Weft.Metrics;
using Weft.Tests.Repository;

namespace Weft.Tests.Docs;

/// <summary>The dashboard asks for what there is.</summary>
public sealed partial class GrafanaTests
{
    static readonly string[] s_panelTypes = ["timeseries", "stat", "table", "row", "bargauge"];

    readonly JsonNode _dashboard = JsonNode.Parse(File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "grafana", "weft.json")))!;

    [Fact]
    public void Every_metric_of_the_dashboard_is_exposed_with_the_labels_that_it_uses()
    {
        var families = GeneratedReferenceTests.OfServer.Concat(GeneratedReferenceTests.OfAgent).Concat(new ProcessMetrics().Families)
            .ToDictionary(family => family.Name);
        var queries = Targets().Where(target => (string?)target["datasource"]!["type"] == "prometheus").Select(target => (string)target["expr"]!).ToList();
        Assert.True(queries.Count > 15);
        foreach (var query in queries)
        {
            var names = MetricName().Matches(query).Select(match => match.Value).ToList();
            Assert.True(names.Count > 0, query);
            var used = names.Select(name => families.GetValueOrDefault(Histogram().Replace(name, "")) ?? families.GetValueOrDefault(name)).ToList();
            Assert.True(used.TrueForAll(family => family is not null), $"{query}: no such metric");
            foreach (var label in By().Matches(query).SelectMany(match => match.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries)))
                Assert.True(label is "le" or "instance" || used.Exists(family => family!.Labels.Contains(label)), $"{query}: no label {label}");
        }
    }

    [Fact]
    public void Panels_have_what_grafana_needs_of_them_and_do_not_overlap()
    {
        Assert.Equal("weft", (string?)_dashboard["uid"]);
        Assert.True((int?)_dashboard["schemaVersion"] >= 39);
        var panels = _dashboard["panels"]!.AsArray();
        Assert.Equal(panels.Count, panels.Select(panel => (int)panel!["id"]!).Distinct().Count());
        var cells = new HashSet<(int, int)>();
        foreach (var panel in panels)
        {
            Assert.Contains((string?)panel!["type"], s_panelTypes);
            Assert.False(string.IsNullOrEmpty((string?)panel["title"]));
            var (x, y, w, h) = ((int)panel["gridPos"]!["x"]!, (int)panel["gridPos"]!["y"]!, (int)panel["gridPos"]!["w"]!, (int)panel["gridPos"]!["h"]!);
            Assert.InRange(x + w, 1, 24);
            foreach (var (column, row) in from column in Enumerable.Range(x, w) from row in Enumerable.Range(y, h) select (column, row))
                Assert.True(cells.Add((column, row)), $"{panel["title"]} lies over another");
        }
        var inputs = _dashboard["__inputs"]!.AsArray().Select(input => $"${{{(string)input!["name"]!}}}").ToList();
        Assert.All(Targets(), target => Assert.Contains((string)target["datasource"]!["uid"]!, inputs));
    }

    IEnumerable<JsonNode> Targets() =>
        _dashboard["panels"]!.AsArray().SelectMany(panel => panel!["targets"]?.AsArray().Select(target => target!) ?? []);

    [GeneratedRegex(@"\b(weft|process)_[a-z_]+")]
    private static partial Regex MetricName();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Histogram();

    [GeneratedRegex(@"by \(([^)]*)\)")]
    private static partial Regex By();
}
