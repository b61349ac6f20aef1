using System.Text;

namespace Weft.ClickHouseServer.Http;

/// <summary>What the address and headers of a request say, beside its body.</summary>
sealed record StatementRequest
{
    // Parameters of the HTTP interface itself; all others are settings of the statement.
    static readonly HashSet<string> Own =
    [
        "query", "database", "default_format", "session_id", "session_timeout", "session_check", "query_id", "user", "password",
        "quota_key", "role", "buffer_size", "wait_end_of_query", "stacktrace", "compress", "decompress", "client_protocol_version",
        "close_session",
    ];

    /// <summary>The statement, or its beginning when the body goes on; null when the body has all of it.</summary>
    public string? Query { get; init; }

    public string? Database { get; init; }

    public string? SessionId { get; init; }

    public required string QueryId { get; init; }

    public required string DefaultFormat { get; init; }

    /// <summary>Values of <c>{name:Type}</c>, in the escaped form in which the engine reads them.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Parameters { get; init; }

    public required IReadOnlyList<KeyValuePair<string, string>> Settings { get; init; }

    /// <summary>Whether a statement that changes nothing ends when its client leaves; ClickHouse lets it go on unless told.</summary>
    public bool EndsWithClient => Settings.Any(pair => pair is { Key: "cancel_http_readonly_queries_on_client_close", Value: "1" });

    /// <summary>How the body is compressed, in a word that the engine knows; null when it is not.</summary>
    public string? Compression { get; init; }

    /// <summary>Throws <see cref="BadHttpRequestException"/> for what this server does not do.</summary>
    public static StatementRequest Read(HttpRequest request)
    {
        var query = request.Query;
        foreach (var block in (string[])["compress", "decompress"])
            if (query[block] == "1")
                throw new BadHttpRequestException($"{block}=1 (ClickHouse's own blocks) is not served here: use Content-Encoding");
        if (request.HasFormContentType && request.ContentType!.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase))
            throw new BadHttpRequestException("multipart bodies are not served here: put parameters into the address");
        var values = query.SelectMany(pair => pair.Value, (pair, value) => KeyValuePair.Create(pair.Key, value ?? "")).ToArray();
        var settings = values.Where(pair => !Own.Contains(pair.Key) && !pair.Key.StartsWith("param_", StringComparison.Ordinal)).ToList();
        // As ClickHouse: a GET changes nothing.
        if (HttpMethods.IsGet(request.Method) && settings.TrueForAll(pair => pair.Key != "readonly"))
            settings.Add(new("readonly", "2"));
        return new()
        {
            Query = NullIfEmpty(query["query"]),
            Database = NullIfEmpty(query["database"]) ?? NullIfEmpty(request.Headers["X-ClickHouse-Database"]),
            SessionId = NullIfEmpty(query["session_id"]),
            QueryId = NullIfEmpty(query["query_id"]) ?? Guid.NewGuid().ToString(),
            DefaultFormat = NullIfEmpty(query["default_format"]) ?? NullIfEmpty(request.Headers["X-ClickHouse-Format"]) ?? "TabSeparated",
            Parameters =
            [
                .. values.Where(pair => pair.Key.StartsWith("param_", StringComparison.Ordinal))
                    .Select(pair => KeyValuePair.Create(pair.Key["param_".Length..], pair.Value)),
            ],
            Settings = settings,
            Compression = NullIfEmpty(request.Headers.ContentEncoding),
        };
    }

    /// <summary>What prepares a connection for the statement.</summary>
    public IEnumerable<string> Preparations()
    {
        if (Database is not null)
            yield return "USE " + Quote(Database, '`');
        if (Settings.Count > 0)
            yield return "SET " + string.Join(", ", Settings.Select(pair => $"{Quote(pair.Key, '`')} = {Quote(pair.Value, '\'')}"));
    }

    static string Quote(string text, char quote)
    {
        var quoted = new StringBuilder().Append(quote);
        foreach (var symbol in text)
            (symbol == quote || symbol == '\\' ? quoted.Append('\\') : quoted).Append(symbol);
        return quoted.Append(quote).ToString();
    }

    static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
