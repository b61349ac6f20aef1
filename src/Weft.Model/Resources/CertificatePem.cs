using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Weft.Model.Resources;

/// <summary>A certificate with its key and what leads to its root, read from PEM.</summary>
public sealed class CertificatePem
{
    CertificatePem(X509Certificate2 leaf, X509Certificate2Collection others) => (Leaf, Others) = (leaf, others);

    /// <summary>With its private key.</summary>
    public X509Certificate2 Leaf { get; }

    public X509Certificate2Collection Others { get; }

    /// <summary>DNS names that it is for, in lower case; its common name when it has none.</summary>
    public IReadOnlyList<string> Names
    {
        get
        {
            var names = Leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>()
                .SelectMany(extension => extension.EnumerateDnsNames()).ToList();
            if (names.Count == 0 && Leaf.GetNameInfo(X509NameType.SimpleName, forIssuer: false) is { Length: > 0 } common)
                names.Add(common);
            return [.. names.Select(name => name.ToLowerInvariant())];
        }
    }

    /// <param name="chain">The certificate itself first, then those that lead to its root.</param>
    /// <exception cref="CertificateException">What is wrong, and with which of the two.</exception>
    public static CertificatePem Read(string chain, string key)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(chain);
        }
        catch (CryptographicException failure)
        {
            throw new CertificateException($"the chain has a certificate that is none: {failure.Message}", failure);
        }
        if (certificates.Count == 0)
            throw new CertificateException("the chain has no certificate: it must be PEM, with -----BEGIN CERTIFICATE-----");
        var leaf = certificates[0];
        certificates.RemoveAt(0);
        return new(WithKey(leaf, key), certificates);
    }

    /// <summary>PEM with one certificate at least, all of them good.</summary>
    public static bool AreCertificates(string pem)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(pem);
            return certificates.Count > 0;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    static X509Certificate2 WithKey(X509Certificate2 leaf, string key)
    {
        try
        {
            if (leaf.GetRSAPublicKey() is not null)
                return leaf.CopyWithPrivateKey(Import(RSA.Create(), key));
            if (leaf.GetECDsaPublicKey() is not null)
                return leaf.CopyWithPrivateKey(Import(ECDsa.Create(), key));
        }
        catch (Exception failure) when (failure is ArgumentException or CryptographicException)
        {
            throw new CertificateException(
                IsKey(key)
                    ? "the private key is not the one of the certificate"
                    : "the private key cannot be read: it must be PEM without a password, with -----BEGIN PRIVATE KEY-----, "
                        + "of the certificate's kind",
                failure, ofKey: true);
        }
        throw new CertificateException($"a key of kind {leaf.PublicKey.Oid.FriendlyName} is not supported: use RSA or ECDSA");
    }

    static T Import<T>(T algorithm, string key)
        where T : AsymmetricAlgorithm
    {
        algorithm.ImportFromPem(key);
        return algorithm;
    }

    /// <summary>Of any kind: then it is another certificate's.</summary>
    static bool IsKey(string key)
    {
        foreach (var algorithm in (AsymmetricAlgorithm[])[RSA.Create(), ECDsa.Create()])
        {
            using (algorithm)
            {
                try
                {
                    algorithm.ImportFromPem(key);
                    return true;
                }
                catch (Exception failure) when (failure is ArgumentException or CryptographicException)
                {
                    continue;
                }
            }
        }
        return false;
    }
}

/// <summary>A certificate or its key is not what it should be.</summary>
public sealed class CertificateException(string message, Exception? inner = null, bool ofKey = false) : Exception(message, inner)
{
    /// <summary>The key is at fault, not the certificate.</summary>
    public bool OfKey => ofKey;
}
