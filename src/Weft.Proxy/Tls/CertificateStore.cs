using System.Net.Security;
using Weft.Model.Resources;

namespace Weft.Proxy.Tls;

/// <summary>A certificate that is ready to be shown to clients.</summary>
/// <param name="Names">DNS names in lower case, wildcards included.</param>
sealed record ReadyCertificate(SslStreamCertificateContext Context, IReadOnlyList<string> Names)
{
    /// <exception cref="CertificateException">It is none, or the key is another's.</exception>
    internal static ReadyCertificate Of(string chain, string key)
    {
        var pem = CertificatePem.Read(chain, key);
        // Offline: what is not in the chain is not fetched from anywhere.
        return new(SslStreamCertificateContext.Create(pem.Leaf, pem.Others, offline: true), pem.Names);
    }
}

/// <summary>The certificates of one listener: chosen by the name that the client asks for.</summary>
sealed class CertificateStore
{
    readonly Dictionary<string, ReadyCertificate> _byName = [];
    readonly ReadyCertificate? _first;

    internal CertificateStore(IReadOnlyList<ReadyCertificate> certificates)
    {
        _first = certificates.Count > 0 ? certificates[0] : null;
        foreach (var certificate in certificates)
        {
            foreach (var name in certificate.Names)
                _byName.TryAdd(name, certificate);
        }
    }

    internal bool IsEmpty => _first is null;

    /// <summary>The exact name before a wildcard, which stands for one label; the first when none fits.</summary>
    internal SslStreamCertificateContext? Find(string? serverName)
    {
        if (string.IsNullOrEmpty(serverName))
            return _first?.Context;
        var name = serverName.ToLowerInvariant();
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        var found = _byName.GetValueOrDefault(name)
            ?? (dot > 0 ? _byName.GetValueOrDefault("*" + name[dot..]) : null)
            ?? _first;
        return found?.Context;
    }
}
