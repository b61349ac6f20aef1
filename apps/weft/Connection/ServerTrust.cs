using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Weft.Cli.Connection;

/// <summary>
/// Whom an https server must be. Its certificate comes from the cluster's own CA, which no system knows:
/// the CA is given as a file or as the SHA-256 of its certificate.
/// </summary>
sealed record ServerTrust(string? CaFile, string? CaFingerprint)
{
    const int FingerprintLength = 64;

    public void ApplyTo(SslClientAuthenticationOptions options)
    {
        if (CaFile is not null)
            options.CertificateChainPolicy = Anchored(LoadCa(CaFile));
        else if (CaFingerprint is not null)
        {
            var pin = Normalize(CaFingerprint);
            options.RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
                IsPinned(certificate, chain, errors, pin);
        }
    }

    static X509ChainPolicy Anchored(X509Certificate2Collection roots)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.AddRange(roots);
        return policy;
    }

    static X509Certificate2Collection LoadCa(string file)
    {
        var roots = new X509Certificate2Collection();
        try
        {
            roots.ImportFromPemFile(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw CliException.Usage($"--ca-file {file}: {e.Message}");
        }
        return roots.Count > 0 ? roots
            : throw CliException.Usage($"--ca-file {file}: holds no certificate in PEM form");
    }

    /// <summary>Lower-case hexadecimal without the prefix and colons that people paste.</summary>
    static string Normalize(string fingerprint)
    {
        var hex = fingerprint.ToLowerInvariant().Replace(":", "", StringComparison.Ordinal);
        hex = hex.StartsWith("sha256", StringComparison.Ordinal) ? hex["sha256".Length..] : hex;
        return hex.Length == FingerprintLength && hex.All(char.IsAsciiHexDigit)
            ? hex
            : throw CliException.Usage(
                "--ca-fingerprint must be the SHA-256 of the CA's certificate: 64 hexadecimal digits");
    }

    /// <summary>The server sends its chain; the pinned CA must be in it and must have signed the rest.</summary>
    static bool IsPinned(X509Certificate? certificate, X509Chain? sent, SslPolicyErrors errors, string pin)
    {
        if (certificate is null || sent is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            return false;
        var ca = sent.ChainElements.Select(element => element.Certificate)
            .Concat(sent.ChainPolicy.ExtraStore)
            .FirstOrDefault(c => Convert.ToHexStringLower(SHA256.HashData(c.RawData)) == pin);
        if (ca is null)
            return false;
        using var chain = new X509Chain { ChainPolicy = Anchored([ca]) };
        chain.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore);
        return chain.Build((X509Certificate2)certificate);
    }
}
