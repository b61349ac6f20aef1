using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Weft.Protocol;

/// <summary>How server and nodes know each other.</summary>
public static class Fingerprints
{
    /// <summary>The DNS name in every server's certificate, by whatever address it is reached: nodes look for this one.</summary>
    public const string ServerName = "server.weft.internal";

    /// <summary>SHA-256 of the DER form, in base64url.</summary>
    public static string OfCertificate(ReadOnlySpan<byte> der) => Base64Url.EncodeToString(SHA256.HashData(der));

    /// <summary>SHA-256 of the SubjectPublicKeyInfo, in base64url: it stays when a certificate is renewed.</summary>
    public static string OfKey(PublicKey key) => Base64Url.EncodeToString(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));
}
