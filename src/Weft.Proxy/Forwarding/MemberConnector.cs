using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Weft.Linux;
using Weft.Proxy.Doors;
using Weft.Proxy.Runtime;

namespace Weft.Proxy.Forwarding;

/// <summary>The member could not be reached: nothing of the request has left us.</summary>
sealed class MemberUnreachableException(string message, Exception? inner) : IOException(message, inner);

/// <summary>Opens connections to members, from inside the load balancer's namespace, with TLS where the pool wants it.</summary>
/// <remarks>
/// TLS is done here, not by the HTTP client, which would take the client's Host header for the member's name.
/// </remarks>
sealed class MemberConnector(TransportSettings settings, NamespaceSockets sockets, Func<IPEndPoint, Traffic?> trafficOf)
{
    /// <summary>A first packet that is lost is sent again after one second.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(2.5);

    static readonly Traffic Unknown = new();

    readonly X509Certificate2Collection? _authorities = Authorities(settings.Tls.Ca);

    internal async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var member = new IPEndPoint(IPAddress.Parse(context.DnsEndPoint.Host), context.DnsEndPoint.Port);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        try
        {
            return await OpenAsync(member, patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException failure) when (!cancellation.IsCancellationRequested)
        {
            throw new MemberUnreachableException($"{member} does not answer", failure);
        }
        catch (Exception failure) when (failure is SocketException or LinuxException or IOException or AuthenticationException)
        {
            throw new MemberUnreachableException($"{member}: {failure.Message}", failure);
        }
    }

    static X509Certificate2Collection? Authorities(string? pem)
    {
        if (string.IsNullOrEmpty(pem))
            return null;
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(pem);
        return authorities;
    }

    async ValueTask<Stream> OpenAsync(IPEndPoint member, CancellationToken cancellation)
    {
        var socket = sockets.Open(member.AddressFamily);
        try
        {
            socket.NoDelay = true;
            await socket.ConnectAsync(member, cancellation).ConfigureAwait(false);
            Stream stream = new CountedStream(new NetworkStream(socket, ownsSocket: true), trafficOf(member) ?? Unknown);
            return settings.IsTls ? await SecureAsync(stream, cancellation).ConfigureAwait(false) : stream;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    async ValueTask<SslStream> SecureAsync(Stream stream, CancellationToken cancellation)
    {
        var wanted = settings.IsHttp2 ? SslApplicationProtocol.Http2 : SslApplicationProtocol.Http11;
        var secure = new SslStream(stream);
        await secure.AuthenticateAsClientAsync(
            new()
            {
                TargetHost = settings.Tls.ServerName ?? "",
                ApplicationProtocols = [wanted],
                RemoteCertificateValidationCallback = (_, certificate, chain, errors) => Trusts(certificate, chain, errors),
            },
            cancellation).ConfigureAwait(false);
        // HTTP/1.1 needs no agreement about it.
        if (settings.IsHttp2 && secure.NegotiatedApplicationProtocol != wanted)
            throw new AuthenticationException("speaks no HTTP/2 over TLS");
        return secure;
    }

    bool Trusts(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (settings.Tls.Verify == false)
            return true;
        if (certificate is null || settings.Tls.ServerName is not null && errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            return false;
        return _authorities is null
            ? !errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors)
            : LeadsToOurs(certificate, chain);
    }

    bool LeadsToOurs(X509Certificate certificate, X509Chain? sent)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_authorities!);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.1")); // serverAuth
        if (sent is not null)
            chain.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore);
        return chain.Build((X509Certificate2)certificate);
    }
}
