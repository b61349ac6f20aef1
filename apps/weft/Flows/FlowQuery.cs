using System.Globalization;
using System.Text.Json.Nodes;

namespace Weft.Cli.Flows;

/// <summary>A question about flow records, as <c>docs/design/flows.md</c> describes it. Null and empty: the server's default.</summary>
sealed record FlowQuery
{
    /// <summary>Its time, in the answer.</summary>
    public const string BucketColumn = "bucket";

    public string? Since { get; init; }
    public string? Until { get; init; }
    public string? Project { get; init; }

    /// <summary>As the user wrote it.</summary>
    public string? Filter { get; init; }

    /// <summary>entry, exit or both; it is part of what is sent as the filter.</summary>
    public string? Observer { get; init; }

    public IReadOnlyList<string> Fields { get; init; } = [];
    public IReadOnlyList<string> GroupBy { get; init; } = [];
    public IReadOnlyList<string> Aggregates { get; init; } = [];
    public string? Bucket { get; init; }
    public IReadOnlyList<string> OrderBy { get; init; } = [];
    public long? Limit { get; init; }
    public long? Top { get; init; }

    public bool IsOfGroups => GroupBy.Count > 0 || Aggregates.Count > 0 || Bucket is not null;

    /// <summary>The columns of the answer, when it is asked for groups.</summary>
    public IReadOnlyList<string> GroupColumns => [.. Bucket is null ? (string[])[] : [BucketColumn], .. GroupBy, .. Aggregates];

    /// <summary>How many characters of what is sent stand before <see cref="Filter"/>.</summary>
    public int FilterOffset => Observer is not null && Filter is not null ? 1 : 0;

    public string? Where => (Filter, Observer) switch
    {
        (_, null) => Filter,
        (null, { } side) => Side(side),
        ({ } filter, { } side) => $"({filter}) and {Side(side)}",
    };

    public JsonObject ToJson()
    {
        var body = new JsonObject();
        foreach (var (name, value) in Texts())
            body[name] = value;
        foreach (var (name, values) in Lists())
            body[name] = new JsonArray([.. values.Select(value => JsonValue.Create(value))]);
        if (Limit is { } limit)
            body["limit"] = limit;
        if (Top is { } top)
            body["top"] = top;
        return body;
    }

    /// <summary>Lists are separated by commas there.</summary>
    public string ToQueryString() => string.Join('&',
        Texts().Select(pair => (pair.Name, Value: pair.Value!))
            .Concat(Lists().Select(pair => (pair.Name, Value: string.Join(',', pair.Values))))
            .Append((Name: "limit", Value: Limit?.ToString(CultureInfo.InvariantCulture) ?? ""))
            .Where(pair => pair.Value.Length > 0)
            .Select(pair => $"{pair.Name}={Uri.EscapeDataString(pair.Value)}"));

    IEnumerable<(string Name, string? Value)> Texts() => new (string Name, string? Value)[]
    {
        ("since", Since), ("until", Until), ("where", Where), ("project", Project), ("bucket", Bucket),
    }.Where(pair => pair.Value is not null);

    IEnumerable<(string Name, IReadOnlyList<string> Values)> Lists() => new[]
    {
        ("fields", Fields), ("groupBy", GroupBy), ("aggregates", Aggregates), ("orderBy", OrderBy),
    }.Where(pair => pair.Item2.Count > 0);

    static string Side(string observer) => observer == "both" ? "observer in (entry, exit)" : $"observer = {observer}";
}
