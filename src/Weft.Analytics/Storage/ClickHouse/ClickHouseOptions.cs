namespace Weft.Analytics.Storage.ClickHouse;

/// <summary>Where ClickHouse is, and who asks it.</summary>
/// <param name="Url">Of its HTTP interface, without path.</param>
public sealed record ClickHouseOptions(Uri Url)
{
    const int PlainPort = 8123;
    const int SecurePort = 8443;

    /// <summary>All tables are in it; made when it is not there and the user may.</summary>
    public string Database { get; init; } = "weft";

    public string User { get; init; } = "default";

    /// <summary>From a file or the environment: never part of an address, which others see.</summary>
    public string Password { get; init; } = "";

    /// <summary>Of one statement that is not a question; questions have the limit of who asks.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Reads an address such as <c>clickhouse://user@host:8123/database?secure=true</c> or <c>https://user@host:8443/database</c>.
    /// </summary>
    /// <param name="fault">What is wrong with it; empty: nothing.</param>
    public static ClickHouseOptions? Read(string text, out string fault)
    {
        fault = "";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("clickhouse" or "http" or "https") || uri.Host.Length == 0)
            return Fault("must be an address such as clickhouse://user@host:8123/weft or https://user@host:8443/weft", out fault);
        if (uri.UserInfo.Contains(':', StringComparison.Ordinal))
            return Fault("must not have a password in it, where others can read it: put it into a file or into the environment", out fault);
        var database = Uri.UnescapeDataString(uri.AbsolutePath.Trim('/'));
        if (database.Length > 0 && !IsName(database))
            return Fault($"the database '{database}' must be a name of letters, digits and _", out fault);
        bool? secure = uri.Query switch
        {
            "" => uri.Scheme == "https",
            "?secure=true" or "?secure=1" when uri.Scheme == "clickhouse" => true,
            "?secure=false" or "?secure=0" when uri.Scheme == "clickhouse" => false,
            _ => null,
        };
        if (secure is not { } isSecure)
            return Fault($"'{uri.Query}' is not known; clickhouse:// may have ?secure=true", out fault);
        var port = uri.Scheme == "clickhouse" && uri.Port < 0 || uri.IsDefaultPort ? isSecure ? SecurePort : PlainPort : uri.Port;
        var options = new ClickHouseOptions(new UriBuilder(isSecure ? "https" : "http", uri.Host, port).Uri);
        return options with
        {
            Database = database.Length > 0 ? database : options.Database,
            User = uri.UserInfo.Length > 0 ? Uri.UnescapeDataString(uri.UserInfo) : options.User,
        };
    }

    /// <summary>As it may be shown.</summary>
    public override string ToString() => $"{Url.GetLeftPart(UriPartial.Authority)}/{Database}";

    static bool IsName(string text) => text.Length <= 64 && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_');

    static ClickHouseOptions? Fault(string text, out string fault)
    {
        fault = text;
        return null;
    }
}
