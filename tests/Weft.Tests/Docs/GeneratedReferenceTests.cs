using System.Text;
using Weft.Agent.Metrics;
using Weft.Analytics.Ipfix;
using Weft.Flows;
using Weft.Metrics;
using Weft.Server.Metrics;
using Weft.Tests.Repository;

namespace Weft.Tests.Docs;

/// <summary>References that are written from the lists in the code; WEFT_UPDATE_DOCS=1 writes them anew.</summary>
public sealed class GeneratedReferenceTests
{
    public static IReadOnlyList<MetricFamily> OfServer { get; } =
    [
        .. new ClusterMetrics(null!, null!, null).Families, .. new BalancerMetrics(null!, null!).Families, .. new ApiMetrics().Families,
        .. new FlowMetrics(null!, null!, null!).Families, .. new NetworkMetrics().Families, .. new IpfixMetrics(null!).Families,
    ];

    public static IReadOnlyList<MetricFamily> OfAgent { get; } = [.. VrouterMetrics.All, .. NodeMetrics.All];

    [Fact]
    public void The_reference_of_metrics_is_what_server_and_agent_tell() => Check("docs/reference/metrics.md", MetricTable());

    [Fact]
    public void The_reference_of_ipfix_elements_is_what_is_exported() => Check("docs/reference/ipfix.md", ElementTable());

    static string MetricTable()
    {
        var text = new StringBuilder();
        foreach (var (title, families) in new[] { ("Server", OfServer), ("Agent", OfAgent), ("Both", new ProcessMetrics().Families) })
        {
            text.Append($"## {title}\n\n| metric | type | labels | meaning |\n|---|---|---|---|\n");
            foreach (var family in families.OrderBy(family => family.Name, StringComparer.Ordinal))
                text.Append($"| `{family.Name}` | {family.Type.ToString().ToLowerInvariant()} | {string.Join(", ", family.Labels.Select(label => $"`{label}`"))} | {family.Help} |\n");
            text.Append('\n');
        }
        return text.ToString();
    }

    static string ElementTable()
    {
        var text = new StringBuilder("| field | element | number | type | bytes | value |\n|---|---|---|---|---|---|\n");
        foreach (var field in FlowSchema.Fields)
        {
            if (IpfixMapping.Elsewhere.TryGetValue(field.Name, out var elsewhere))
                text.Append($"| `{field.Name}` | | | | | {elsewhere} |\n");
            foreach (var column in IpfixMapping.Columns.Where(column => column.Fields.Contains(field.Name)))
                text.Append($"| `{field.Name}` | {Row(column)} |\n");
        }
        foreach (var column in IpfixMapping.Columns.Where(column => column.Fields.Count == 0))
            text.Append($"| | {Row(column)} |\n");
        return text.Append('\n').ToString();
    }

    static string Row(IpfixColumn column)
    {
        var element = column.Element;
        var number = element.Space switch { IpfixSpace.Iana => $"{element.Id}", IpfixSpace.Reverse => $"29305/{element.Id}", _ => $"own/{element.Id}" };
        var length = element.Length == IpfixElement.Variable ? "varies" : $"{element.Length}";
        return $"{element.Name} | {number} | {TypeName(element.Type)} | {length} | {column.Note}";
    }

    /// <summary>As the registry writes them.</summary>
    static string TypeName(IpfixType type) => type switch
    {
        IpfixType.UInt8 => "unsigned8",
        IpfixType.UInt16 => "unsigned16",
        IpfixType.UInt32 => "unsigned32",
        IpfixType.UInt64 => "unsigned64",
        IpfixType.Int32 => "signed32",
        IpfixType.Boolean => "boolean",
        IpfixType.Text => "string",
        IpfixType.Milliseconds => "dateTimeMilliseconds",
        IpfixType.Microseconds => "dateTimeMicroseconds",
        IpfixType.Ipv4Address => "ipv4Address",
        _ => "ipv6Address",
    };

    /// <summary>Behind a line that says so, the document is written by this test.</summary>
    static void Check(string path, string table)
    {
        const string Mark = "<!-- From here on written by GeneratedReferenceTests. -->\n\n";
        var file = Path.Combine(RepositoryRoot.Path, path);
        var text = File.ReadAllText(file);
        var wanted = text[..(text.IndexOf(Mark, StringComparison.Ordinal) + Mark.Length)] + table.TrimEnd('\n') + "\n";
        if (Environment.GetEnvironmentVariable("WEFT_UPDATE_DOCS") == "1")
            File.WriteAllText(file, text = wanted);
        Assert.True(text == wanted, $"{path} is not what the code says; run this test with WEFT_UPDATE_DOCS=1");
    }
}
