using System.Diagnostics.CodeAnalysis;

namespace Weft.Protocol;

/// <summary>
/// What lets a host join: <c>weft1.ID.SECRET.FINGERPRINT</c>, each part in base64url's alphabet. The
/// fingerprint is how the host knows the server before it has any other reason to trust it.
/// </summary>
/// <param name="Id">Names the token in the store.</param>
/// <param name="Secret">Known to nobody else.</param>
/// <param name="Fingerprint">SHA-256 of the DER form of the CA's certificate, in base64url.</param>
public sealed record JoinToken(string Id, string Secret, string Fingerprint)
{
    const string Version = "weft1";
    const int FingerprintLength = 43;

    /// <summary>False also for tokens of the API, which carry no fingerprint.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out JoinToken? token)
    {
        token = null;
        if (text?.Trim().Split('.') is not [Version, var id, var secret, { Length: FingerprintLength } fingerprint])
            return false;
        if (!IsPart(id) || !IsPart(secret) || !IsPart(fingerprint))
            return false;
        token = new(id, secret, fingerprint);
        return true;
    }

    /// <summary>The secret is in it: not for logs.</summary>
    public override string ToString() => $"{Version}.{Id}.{Secret}.{Fingerprint}";

    static bool IsPart(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
