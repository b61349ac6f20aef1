using Weft.Analytics.Storage.ClickHouse;

namespace Weft.Tests.Flows.ClickHouse;

public sealed class ClickHouseOptionsTests
{
    [Theory]
    [InlineData("clickhouse://weft@ch.example/flows", "http://ch.example:8123/", "weft", "flows")]
    [InlineData("clickhouse://ch.example:9123?secure=true", "https://ch.example:9123/", "default", "weft")]
    [InlineData("clickhouse://ch.example?secure=true", "https://ch.example:8443/", "default", "weft")]
    [InlineData("https://a%20b@[2001:db8::1]:8443/x", "https://[2001:db8::1]:8443/", "a b", "x")]
    [InlineData("http://ch.example:80/", "http://ch.example:8123/", "default", "weft")]
    public void An_address_says_where_who_and_which_database(string text, string url, string user, string database)
    {
        var options = ClickHouseOptions.Read(text, out var fault);
        Assert.Equal("", fault);
        Assert.Equal((new Uri(url), user, database), (options!.Url, options.User, options.Database));
    }

    [Theory]
    [InlineData("duck", "must be an address such as")]
    [InlineData("ftp://host/x", "must be an address such as")]
    [InlineData("clickhouse://weft:secret@host/x", "must not have a password in it")]
    [InlineData("clickhouse://host/a-b", "the database 'a-b'")]
    [InlineData("clickhouse://host/x?sure=1", "'?sure=1' is not known")]
    public void What_is_wrong_with_one_is_said(string text, string fault)
    {
        Assert.Null(ClickHouseOptions.Read(text, out var told));
        Assert.Contains(fault, told, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", told, StringComparison.Ordinal);
    }
}
