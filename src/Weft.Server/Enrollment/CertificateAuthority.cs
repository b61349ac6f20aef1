using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Weft.Protocol;

namespace Weft.Server.Enrollment;

/// <summary>
/// The cluster's own certificate authority: the root of all trust between server and nodes.
/// </summary>
/// <remarks>
/// Key and certificate are one file, written whole or not at all: there is no state in which one of them
/// exists without the other. Losing the file means that every node has to join again.
/// </remarks>
public sealed class CertificateAuthority : IDisposable
{
    const string FileName = "authority.pem";
    const int Years = 20;
    const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    /// <summary>Clocks of hosts differ.</summary>
    static readonly TimeSpan Skew = TimeSpan.FromMinutes(10);

    readonly X509Certificate2 _certificate;
    readonly TimeProvider _time;

    CertificateAuthority(X509Certificate2 certificate, TimeProvider time)
    {
        _certificate = certificate;
        _time = time;
        Certificate = X509CertificateLoader.LoadCertificate(certificate.RawData);
        Fingerprint = Fingerprints.OfCertificate(certificate.RawDataMemory.Span);
    }

    /// <summary>Without the key.</summary>
    public X509Certificate2 Certificate { get; }

    public ReadOnlyMemory<byte> CertificateDer => Certificate.RawDataMemory;

    /// <summary>SHA-256 of <see cref="CertificateDer"/> in base64url; part of every join token.</summary>
    public string Fingerprint { get; }

    /// <summary>Reads the authority of a data directory, or makes it when there is none yet.</summary>
    /// <exception cref="CryptographicException">The file is damaged.</exception>
    /// <exception cref="IOException">The directory cannot be read or written.</exception>
    public static CertificateAuthority Open(string directory, TimeProvider time)
    {
        var path = Path.Combine(directory, FileName);
        Directory.CreateDirectory(directory);
        if (!File.Exists(path))
            Create(path, time);
        var pem = File.ReadAllText(path);
        return new(X509Certificate2.CreateFromPem(pem, pem), time);
    }

    /// <summary>
    /// Reads a request and proves that the sender has its key. What it asks for besides the key is ignored.
    /// </summary>
    /// <exception cref="CryptographicException">No PKCS#10, a wrong signature, or a key other than ECDSA P-256.</exception>
    public static PublicKey ReadRequest(byte[] certificateRequest)
    {
        var key = CertificateRequest.LoadSigningRequest(certificateRequest, HashAlgorithmName.SHA256).PublicKey;
        using var ecdsa = key.GetECDsaPublicKey();
        return ecdsa?.ExportParameters(false).Curve.Oid.Value == ECCurve.NamedCurves.nistP256.Oid.Value
            ? key
            : throw new CryptographicException("the key must be ECDSA on P-256");
    }

    /// <summary>A year for a node to speak as that name. It cannot speak as a server.</summary>
    public X509Certificate2 IssueNode(string nodeName, PublicKey key)
    {
        var request = new CertificateRequest(NameOf(nodeName), key, HashAlgorithmName.SHA256);
        Describe(request, ClientAuthentication);
        return Sign(request, TimeSpan.FromDays(365));
    }

    /// <summary>A certificate with a new key that lives only in this process.</summary>
    public X509Certificate2 IssueServer(IEnumerable<string> names, IEnumerable<System.Net.IPAddress> addresses, TimeSpan life)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(NameOf(Fingerprints.ServerName), key, HashAlgorithmName.SHA256);
        Describe(request, ServerAuthentication);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names.Prepend(Fingerprints.ServerName).Distinct(StringComparer.OrdinalIgnoreCase))
            alternatives.AddDnsName(name);
        foreach (var address in addresses.Distinct())
            alternatives.AddIpAddress(address);
        request.CertificateExtensions.Add(alternatives.Build());
        using var signed = Sign(request, life);
        return signed.CopyWithPrivateKey(key);
    }

    /// <summary>Whether this authority gave the certificate to a node.</summary>
    /// <returns>Null when it did; else what is wrong, for people.</returns>
    public string? FindFault(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(_certificate);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ClientAuthentication));
        // Time is another question, asked of our own clock.
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid;
        return chain.Build(certificate)
            ? null
            : $"the certificate is not one that this cluster's authority ({Fingerprint}) gave to a node";
    }

    /// <summary>Whether the certificate is valid now.</summary>
    /// <returns>Null when it is; else what to do, for people.</returns>
    public string? FindTimeFault(X509Certificate2 certificate)
    {
        var now = _time.GetUtcNow().UtcDateTime;
        if (now > certificate.NotAfter.ToUniversalTime())
            return $"the certificate ended at {certificate.NotAfter.ToUniversalTime():u}; join again with a new token";
        return now < certificate.NotBefore.ToUniversalTime()
            ? $"the certificate begins only at {certificate.NotBefore.ToUniversalTime():u}; compare the clocks"
            : null;
    }

    public void Dispose()
    {
        Certificate.Dispose();
        _certificate.Dispose();
    }

    static X500DistinguishedName NameOf(string commonName)
    {
        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName(commonName);
        return name.Build();
    }

    static void Describe(CertificateRequest request, string purpose)
    {
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
    }

    X509Certificate2 Sign(CertificateRequest request, TimeSpan life)
    {
        var now = _time.GetUtcNow();
        var end = now + life < _certificate.NotAfter ? now + life : _certificate.NotAfter;
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        // The authority's own life begins with the skew too, so that no certificate is older than it.
        var begin = now - Skew > _certificate.NotBefore ? now - Skew : _certificate.NotBefore;
        return request.Create(_certificate, begin, end, RandomNumberGenerator.GetBytes(16));
    }

    static void Create(string path, TimeProvider time)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(NameOf("Weft cluster authority"), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, critical: true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var now = time.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now - Skew, now.AddYears(Years));
        SecretFile.Write(path, $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
    }
}
