using System.Text;
using System.Text.RegularExpressions;
using Weft.Analytics.Filters;
using Weft.Flows;
using Weft.Tests.Repository;

namespace Weft.Tests.Flows.Rest;

/// <summary>The reference of flow records says what is so. With WEFT_UPDATE_DOCS=1 it is made to.</summary>
public sealed partial class FlowReferenceTests
{
    const int Questions = 10;

    static readonly string s_path = Path.Combine(RepositoryRoot.Path, "docs", "reference", "flows.md");

    static readonly bool s_updates = Environment.GetEnvironmentVariable("WEFT_UPDATE_DOCS") == "1";

    [Fact]
    public void Every_field_is_described_as_the_schema_does()
    {
        var table = new StringBuilder("\n| field | is | kept in |\n|---|---|---|\n");
        foreach (var field in FlowSchema.Fields)
            table.Append($"| `{field.Name}` | {field.About} | {Kept(field)} |\n");
        var text = File.ReadAllText(s_path);
        var made = FieldTable().Replace(text, match => $"{match.Groups[1].Value}{table}{match.Groups[2].Value}");
        Check(text, made);
    }

    [Fact]
    public async Task Each_documented_question_is_answered_as_it_says()
    {
        await using var flows = await FlowServer.StartAsync();
        await flows.AppendAsync(ShopFlows.Records);
        var text = File.ReadAllText(s_path);
        var made = text;
        var blocks = Question().Matches(text);
        Assert.Equal(Questions, blocks.Count);
        foreach (Match block in blocks)
        {
            var (type, body) = await flows.FetchAsync(block.Groups[2].Value, "application/x-ndjson");
            var answer = Encoding.UTF8.GetString(body);
            Assert.True(type?.MediaType == "application/x-ndjson", $"{block.Groups[1].Value}: {answer}");
            Assert.NotEmpty(answer);
            made = made.Replace(block.Value, $"{block.Groups[1].Value}```json\n{block.Groups[2].Value}\n```\n\n```text\n{answer}```\n", StringComparison.Ordinal);
        }
        Check(text, made);
    }

    [Fact]
    public void The_filter_in_the_reference_is_one() =>
        Assert.NotEmpty(FlowFilter.Parse(Filter().Match(File.ReadAllText(s_path)).Groups[1].Value, RandomFlows.Now).ToString());

    static void Check(string text, string made)
    {
        if (s_updates)
            File.WriteAllText(s_path, made);
        else
            Assert.True(text == made, "docs/reference/flows.md is not what the server says; run this test with WEFT_UPDATE_DOCS=1");
    }

    static string Kept(FlowField field) => field switch
    {
        { Name: "time" } => "records; roll-ups have its minute or hour",
        { RollUp: FlowRollUp.Key } => "records, roll-ups",
        { RollUp: FlowRollUp.Sum } => "records, roll-ups as sums",
        _ => "records",
    };

    [GeneratedRegex(@"(<!-- fields:[^\n]*\n).*?(\n?<!-- /fields -->)", RegexOptions.Singleline)]
    private static partial Regex FieldTable();

    [GeneratedRegex(@"(\*\*\d+\. [^\n]*\n\n)```json\n([^\n]*)\n```\n\n```text\n(.*?)```\n", RegexOptions.Singleline)]
    private static partial Regex Question();

    [GeneratedRegex(@"## Filters\n\n```text\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Filter();
}
