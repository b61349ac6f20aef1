using Weft.Model.Proxying;
using Weft.Model.Resources;

namespace Weft.Proxy.Tls;

/// <summary>Reads a listener's certificates, and those in files again whenever they change.</summary>
sealed class CertificateSource(IReadOnlyList<ProxyCertificate> given, IReadOnlyList<CertificateFile> files)
{
    readonly Dictionary<CertificateFile, FileState> _files = [];
    CertificateStore? _store;

    /// <summary>What is wrong with a file, in words; the last good certificate of it stays.</summary>
    internal string? Fault { get; private set; }

    internal bool Has(ProxyListener listener) =>
        given.SequenceEqual(listener.Certificates ?? []) && files.SequenceEqual(listener.Http?.CertificateFiles ?? []);

    /// <summary>The same as before unless a file has changed: clients resume their sessions with it.</summary>
    /// <exception cref="CertificateException">One of those given is none.</exception>
    internal CertificateStore Read()
    {
        var changed = _store is null;
        Fault = null;
        foreach (var file in files)
            changed |= Refresh(file);
        return _store = changed
            ? new([.. given.Select(Ready), .. files.Select(file => _files[file].Certificate).OfType<ReadyCertificate>()])
            : _store!;
    }

    static ReadyCertificate Ready(ProxyCertificate certificate)
    {
        try
        {
            return ReadyCertificate.Of(certificate.Chain, certificate.PrivateKey);
        }
        catch (CertificateException failure)
        {
            throw new CertificateException($"certificate {certificate.Name}: {failure.Message}", failure);
        }
    }

    bool Refresh(CertificateFile file)
    {
        var known = _files.GetValueOrDefault(file) ?? new(null, "", null);
        var stamp = $"{Stamp(file.Chain)} {Stamp(file.Key)}";
        var next = known.Stamp == stamp ? known : Load(file, stamp, known.Certificate);
        _files[file] = next;
        Fault ??= next.Fault;
        return !ReferenceEquals(next.Certificate, known.Certificate);
    }

    static FileState Load(CertificateFile file, string stamp, ReadyCertificate? last)
    {
        try
        {
            return new(ReadyCertificate.Of(File.ReadAllText(file.Chain), File.ReadAllText(file.Key)), stamp, null);
        }
        catch (Exception failure) when (failure is CertificateException or IOException or UnauthorizedAccessException)
        {
            return new(last, stamp, $"{file.Chain}: {failure.Message}");
        }
    }

    static string Stamp(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? FormattableString.Invariant($"{file.LastWriteTimeUtc.Ticks}/{file.Length}") : "-";
    }

    sealed record FileState(ReadyCertificate? Certificate, string Stamp, string? Fault);
}
