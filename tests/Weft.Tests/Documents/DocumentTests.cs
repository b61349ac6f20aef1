using System.Net;
using System.Text;
using System.Text.Json;
using Weft.Model.Addressing;
using Weft.Model.Json;
using Weft.Model.Resources;
using Weft.Model.Validation;

namespace Weft.Tests.Documents;

public sealed class DocumentTests
{
    [Fact]
    public void What_a_text_leaves_out_has_its_default()
    {
        var port = (Port)WeftJson.FromUtf8("port", "{}"u8);
        var token = (Token)WeftJson.FromUtf8("token", "{}"u8);

        Assert.Equal(("", "default", ""), (port.Name, port.Project, port.Network));
        Assert.Equal(("", ""), (token.Name, token.Role));
    }

    [Theory]
    [InlineData("10.1.0.5", true)]
    [InlineData("fd00::1", true)]
    [InlineData("FD00:0:0::1", true)]
    [InlineData("::ffff:10.1.0.5", true)]
    [InlineData("10.1", false)]
    [InlineData("1", false)]
    [InlineData("010.1.0.5", false)]
    [InlineData("0x7f.0.0.1", false)]
    [InlineData("fe80::1%eth0", false)]
    [InlineData("[fd00::1]", false)]
    [InlineData(" 10.1.0.5", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Addresses_are_taken_in_their_full_forms_only(string? text, bool expected) =>
        Assert.Equal(expected, AddressMath.TryParse(text, out _));

    [Theory]
    [InlineData("10.1.0.5/24", "10.1.0.0/24")]
    [InlineData("fd00::1/64", "fd00::/64")]
    [InlineData("10.1.0.5/0", "0.0.0.0/0")]
    public void Host_bits_are_refused_with_the_prefix_that_was_meant(string text, string meant)
    {
        var json = Encoding.UTF8.GetBytes($$"""{"subnets": [{"prefix": "{{text}}"}]}""");

        var refused = Assert.Throws<JsonException>(() => WeftJson.FromUtf8("network", json));

        Assert.Contains($"would be {meant}", refused.Message, StringComparison.Ordinal);
        Assert.Equal("$.subnets[0].prefix", refused.Path);
    }

    [Theory]
    [InlineData("web", true)]
    [InlineData("web_1", true)]
    [InlineData("Web.Example", true)]
    [InlineData("a..b", false)]
    [InlineData(".a", false)]
    [InlineData("-a", false)]
    [InlineData("a b", false)]
    [InlineData("", false)]
    public void Aliases_are_dns_names(string alias, bool expected) => Assert.Equal(expected, NameRules.IsAlias(alias));

    [Fact]
    public void A_name_has_63_characters_at_most()
    {
        Assert.True(NameRules.IsDnsLabel(new string('a', 63)));
        Assert.False(NameRules.IsDnsLabel(new string('a', 64)));
        Assert.True(NameRules.IsNetworkName("shop_default"));
        Assert.False(NameRules.IsDnsLabel("shop_default"));
    }

    [Theory]
    [InlineData("10.0.0.0/8", "10.0.0.0", "10.255.255.255")]
    [InlineData("10.1.0.4/30", "10.1.0.4", "10.1.0.7")]
    [InlineData("fd00::/124", "fd00::", "fd00::f")]
    [InlineData("fd00::/32", "fd00::", "fd00:0:ffff:ffff:ffff:ffff:ffff:ffff")]
    public void Prefixes_begin_and_end_where_they_should(string text, string first, string last)
    {
        var prefix = IPNetwork.Parse(text);
        var family = prefix.BaseAddress.AddressFamily;

        Assert.Equal((first, last), (prefix.First().ToAddress(family).ToString(), prefix.Last().ToAddress(family).ToString()));
    }
}
