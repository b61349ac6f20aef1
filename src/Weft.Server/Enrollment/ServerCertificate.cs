using System.Net;
using System.Net.NetworkInformation;
using System.Security.Cryptography.X509Certificates;

namespace Weft.Server.Enrollment;

/// <summary>
/// What the server shows to whoever connects. Made anew at each start and when two thirds of its life
/// have passed: clients trust the authority, so nobody has to be told.
/// </summary>
public sealed class ServerCertificate(CertificateAuthority authority, ServerCertificateOptions options, TimeProvider time)
{
    static readonly TimeSpan Life = TimeSpan.FromDays(90);

    readonly Lock _lock = new();
    X509Certificate2? _current;
    DateTimeOffset _renewAt;

    public CertificateAuthority Authority => authority;

    /// <summary>The certificate to use for a new connection.</summary>
    public X509Certificate2 Current
    {
        get
        {
            lock (_lock)
            {
                var now = time.GetUtcNow();
                if (_current is null || now >= _renewAt)
                {
                    // The one before is not disposed: handshakes may still hold it.
                    _current = authority.IssueServer([Dns.GetHostName(), "localhost", .. options.Names], Addresses(), Life);
                    _renewAt = now + Life * 2 / 3;
                }
                return _current;
            }
        }
    }

    IEnumerable<IPAddress> Addresses() =>
        NetworkInterface.GetAllNetworkInterfaces()
            .SelectMany(link => link.GetIPProperties().UnicastAddresses)
            .Select(address => new IPAddress(address.Address.GetAddressBytes()))
            .Concat(options.Addresses)
            .Append(IPAddress.Loopback)
            .Append(IPAddress.IPv6Loopback);
}

/// <summary>
/// Names and addresses, beyond the host's own, by which people and programs reach the server: behind NAT,
/// by DNS. Agents do not need them.
/// </summary>
public sealed record ServerCertificateOptions
{
    public IReadOnlyList<string> Names { get; init; } = [];

    public IReadOnlyList<IPAddress> Addresses { get; init; } = [];
}
