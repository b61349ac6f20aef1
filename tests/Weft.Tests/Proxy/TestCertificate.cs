using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Weft.Tests.Proxy;

/// <summary>Certificates of a CA that is made for the tests.</summary>
sealed record TestCertificate(string Chain, string Key, X509Certificate2 Certificate)
{
    static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");

    internal static TestCertificate Authority { get; } = MakeAuthority("Weft tests");

    internal static TestCertificate MakeAuthority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var (from, to) = Validity(days: 2);
        var certificate = request.CreateSelfSigned(from, to);
        return new(certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem(), certificate);
    }

    internal static TestCertificate Of(params string[] names) => Signed(Authority, names);

    internal static TestCertificate Signed(TestCertificate authority, params string[] names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={names[0]}", key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address))
                alternatives.AddIpAddress(address);
            else
                alternatives.AddDnsName(name);
        }
        request.CertificateExtensions.Add(alternatives.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([ServerAuthentication], false));
        var (from, to) = Validity(days: 1);
        var certificate = request.Create(authority.Certificate, from, to, RandomNumberGenerator.GetBytes(16));
        return new(
            certificate.ExportCertificatePem() + "\n" + authority.Chain, key.ExportPkcs8PrivateKeyPem(),
            certificate.CopyWithPrivateKey(key));
    }

    static (DateTimeOffset From, DateTimeOffset To) Validity(int days)
    {
        var now = TimeProvider.System.GetUtcNow();
        return (now.AddHours(-days), now.AddDays(days));
    }
}
