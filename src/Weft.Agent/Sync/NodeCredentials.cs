using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Weft.Protocol;

namespace Weft.Agent.Sync;

/// <summary>What a host got by joining.</summary>
/// <param name="NodeName">The certificate's CN.</param>
/// <param name="NodeNumber">Given by the server.</param>
/// <param name="TokenId">Of the token it joined with: another token means to join again.</param>
/// <param name="Certificate">With its key.</param>
/// <param name="Authority">The cluster's.</param>
public sealed record NodeCredentials(
    string NodeName, uint NodeNumber, string TokenId, X509Certificate2 Certificate, X509Certificate2 Authority)
{
    /// <summary>Names the cluster.</summary>
    public string Fingerprint { get; } = Fingerprints.OfCertificate(Authority.RawDataMemory.Span);

    /// <summary>Two thirds of the certificate's life have passed.</summary>
    public bool IsRenewalDue(DateTimeOffset now)
    {
        var (begin, end) = (Certificate.NotBefore.ToUniversalTime(), Certificate.NotAfter.ToUniversalTime());
        return now.UtcDateTime >= begin + (end - begin) * 2 / 3;
    }

    /// <summary>A request for a certificate of that name, signed with the key.</summary>
    public static byte[] MakeRequest(string nodeName, ECDsa key)
    {
        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName(nodeName);
        return new CertificateRequest(name.Build(), key, HashAlgorithmName.SHA256).CreateSigningRequest();
    }
}
