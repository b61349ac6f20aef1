using Weft.Protocol;

namespace Weft.Tests.Protocol;

public sealed class JoinTokenTests
{
    const string Fingerprint = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    [Fact]
    public void A_token_is_read_as_it_was_written()
    {
        var token = new JoinToken("first", "s3cr-et_", Fingerprint);
        Assert.True(JoinToken.TryParse($" {token}\n", out var read));
        Assert.Equal(token, read);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("weft1.id.secret")]
    [InlineData("weft1.id.secret.short")]
    [InlineData("weft2.id.secret." + Fingerprint)]
    [InlineData("weft1..secret." + Fingerprint)]
    [InlineData("weft1.id.sec ret." + Fingerprint)]
    [InlineData("weft1.id.secret." + Fingerprint + ".more")]
    public void Anything_else_is_not_a_join_token(string? text) => Assert.False(JoinToken.TryParse(text, out _));
}
