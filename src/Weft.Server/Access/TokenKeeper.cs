using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Protocol;
using Weft.Server.Commits;

namespace Weft.Server.Access;

/// <summary>Makes tokens and knows them again.</summary>
/// <remarks>
/// A secret is 256 random bits, so its SHA-256 may be stored as it is: slow hashes are for what people
/// think up, and guessing among 2^256 is no faster for a fast hash. A token of the API reads
/// <c>weft1.NAME.SECRET</c>; that of a host that joins has the fingerprint of the authority behind it.
/// </remarks>
public sealed class TokenKeeper(Cluster cluster, TimeProvider time, string authorityFingerprint)
{
    const string Version = "weft1";
    const int SecretBytes = 32;
    static readonly TimeSpan JoinLife = TimeSpan.FromHours(24);

    /// <summary>Stores a token. When it is new, the outcome's resource holds the secret, this once.</summary>
    public async Task<Outcome> PutAsync(Write.Put put, CancellationToken cancellationToken)
    {
        var document = (Token)put.Document;
        var existing = cluster.Current.Find<Token>(ResourceKey.Token(document.Name));
        var secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes));
        var next = document with
        {
            Secret = null,
            SecretHash = existing?.SecretHash ?? Hash(secret),
            ExpiresAt = document.ExpiresAt
                ?? existing?.ExpiresAt
                ?? (document.Role == Token.JoinRole ? time.GetUtcNow() + JoinLife : null),
        };
        await RemoveExpiredAsync(cancellationToken);
        var outcome = await cluster.ApplyAsync(put with { Document = next }, cancellationToken);
        return outcome is Outcome.Committed { Created: true } made
            ? made with { Resource = (Token)made.Resource with { Secret = Written(next, secret) } }
            : outcome;
    }

    /// <summary>The caller of the API who sent this; null when the token is unknown, wrong or expired.</summary>
    public Caller? FindCaller(string bearer) =>
        bearer.Split('.') is [Version, var name, var secret] && Find(name, secret) is { } token ? Caller.Of(token) : null;

    /// <summary>Whether it opens <c>/metrics</c>; null does not.</summary>
    public bool MayScrape(string? bearer) =>
        bearer?.Split('.') is [Version, var name, var secret] && Find(name, secret) is { Role: Token.MonitorRole or Token.AdminRole };

    /// <summary>The join token that this is; null when it is unknown, wrong, expired or for something else.</summary>
    public Token? FindJoin(JoinToken token) =>
        Find(token.Id, token.Secret) is { Role: Token.JoinRole } found ? found : null;

    /// <summary>Tokens of hosts that have joined are many, and good for nothing.</summary>
    async Task RemoveExpiredAsync(CancellationToken cancellationToken)
    {
        var expired = cluster.Current.All<Token>().Where(token => token.Role == Token.JoinRole && token.ExpiresAt <= time.GetUtcNow());
        foreach (var token in expired)
            await cluster.ApplyAsync(new Write.Delete(ResourceKey.Of(token)) { Uid = token.Uid }, cancellationToken);
    }

    Token? Find(string name, string secret)
    {
        if (cluster.Current.Find<Token>(ResourceKey.Token(name)) is not { SecretHash: { } hash } token)
            return null;
        var isRight = CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(hash), Encoding.ASCII.GetBytes(Hash(secret)));
        return isRight && !(token.ExpiresAt <= time.GetUtcNow()) ? token : null;
    }

    string Written(Token token, string secret) => token.Role == Token.JoinRole
        ? new JoinToken(token.Name, secret, authorityFingerprint).ToString()
        : $"{Version}.{token.Name}.{secret}";

    static string Hash(string secret) => Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}
