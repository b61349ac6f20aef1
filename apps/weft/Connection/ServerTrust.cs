using System.Buffers.Text;
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

    /// <summary>Base64url of 32 bytes, as join tokens end with it.</summary>
    const int ShortFingerprintLength = 43;

    const string CaPath = "/ca.pem";
    const string FingerprintForm =
        "--ca-fingerprint must be the SHA-256 of the CA's certificate: 64 hexadecimal digits, or the last part of a join token";

    /// <exception cref="CliException">The file is none, or the server's CA is another one.</exception>
    public void ApplyTo(SslClientAuthenticationOptions options, Uri server)
    {
        if (CaFile is not null)
            options.CertificateChainPolicy = Anchored(LoadCa(CaFile));
        else if (CaFingerprint is not null)
            options.CertificateChainPolicy = Anchored([FetchCa(server, Normalize(CaFingerprint))]);
    }

    /// <summary>
    /// The CA is not in the chain that servers send, so it is asked for; who answers does not matter, as only the one
    /// certificate with that fingerprint is taken.
    /// </summary>
    static X509Certificate2 FetchCa(Uri server, string fingerprint)
    {
        using var handler = new SocketsHttpHandler { UseProxy = false };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null;
        using var client = new HttpClient(handler) { BaseAddress = server, Timeout = TimeSpan.FromSeconds(10) };
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, CaPath);
            using var answer = client.Send(request);
            using var reader = new StreamReader(answer.EnsureSuccessStatusCode().Content.ReadAsStream());
            var ca = X509Certificate2.CreateFromPem(reader.ReadToEnd());
            if (Convert.ToHexStringLower(SHA256.HashData(ca.RawData)) == fingerprint)
                return ca;
            throw new CliException(ExitCodes.Unreachable,
                $"{server.Authority} has another CA than --ca-fingerprint says");
        }
        catch (Exception e) when (e is HttpRequestException or CryptographicException or TaskCanceledException)
        {
            throw new CliException(
                ExitCodes.Unreachable, $"cannot get the CA of {server.Authority}: {e.GetBaseException().Message}",
                hint: "check the address, or give the CA with --ca-file");
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
        if (fingerprint.Length == ShortFingerprintLength && Base64Url.IsValid(fingerprint))
            return Convert.ToHexStringLower(Base64Url.DecodeFromChars(fingerprint));
        var hex = fingerprint.ToLowerInvariant().Replace(":", "", StringComparison.Ordinal);
        hex = hex.StartsWith("sha256", StringComparison.Ordinal) ? hex["sha256".Length..] : hex;
        return hex.Length == FingerprintLength && hex.All(char.IsAsciiHexDigit) ? hex
            : throw CliException.Usage(FingerprintForm);
    }
}
