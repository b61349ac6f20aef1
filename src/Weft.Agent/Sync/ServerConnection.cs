using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;
using Weft.Protocol;
using Weft.Protocol.V1;

namespace Weft.Agent.Sync;

/// <summary>
/// A channel to the server that trusts one authority only and, as a node, shows the node's certificate.
/// </summary>
/// <remarks>
/// The server's certificate must have the cluster's own server name: the address that it was reached by
/// may be anything. The system's authorities mean nothing here.
/// </remarks>
sealed class ServerConnection : IDisposable
{
    const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    static readonly TimeSpan Silence = TimeSpan.FromSeconds(5);

    readonly X509Certificate2? _authority;
    readonly GrpcChannel _channel;

    /// <param name="server">https.</param>
    /// <param name="authority">Null: whoever answers is believed to be what it says, which must then be checked.</param>
    /// <param name="certificate">Null: nobody in particular.</param>
    public ServerConnection(Uri server, X509Certificate2? authority, X509Certificate2? certificate)
    {
        _authority = authority;
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectTimeout = Silence,
            KeepAlivePingDelay = Silence,
            KeepAlivePingTimeout = 1.5 * Silence,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            EnableMultipleHttp2Connections = true,
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = Validate },
        };
        if (certificate is not null)
            handler.SslOptions.ClientCertificateContext =
                SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true);
        _channel = GrpcChannel.ForAddress(server, new() { HttpHandler = handler, DisposeHttpClient = true });
        Agents = new(_channel);
        Enrollment = new(_channel);
    }

    public Agents.AgentsClient Agents { get; }

    public Enrollment.EnrollmentClient Enrollment { get; }

    /// <summary>Why the server's certificate was last refused; null: it was not.</summary>
    public string? TrustFault { get; private set; }

    public void Dispose() => _channel.Dispose();

    bool Validate(object sender, X509Certificate? shown, X509Chain? chain, SslPolicyErrors errors)
    {
        TrustFault = _authority is null ? null : FindFault(_authority, shown as X509Certificate2);
        return TrustFault is null;
    }

    static string? FindFault(X509Certificate2 authority, X509Certificate2? shown)
    {
        if (shown is null)
            return "the server shows no certificate";
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        if (chain.Build(shown))
            return shown.MatchesHostname(Fingerprints.ServerName, allowWildcards: false, allowCommonName: false)
                ? null
                : "who answers has a certificate of this cluster, but is not its server";
        return chain.ChainStatus.Any(status => status.Status == X509ChainStatusFlags.NotTimeValid)
            ? $"the server's certificate is valid from {shown.NotBefore.ToUniversalTime():u} to "
                + $"{shown.NotAfter.ToUniversalTime():u}; compare the clocks"
            : "the server belongs to another cluster than this node: its certificate is not of authority "
                + Fingerprints.OfCertificate(authority.RawDataMemory.Span);
    }
}
