using System.Collections.Concurrent;
using System.Net;
using Weft.Model.Resources;
using Weft.Proxy.Balancing;
using Weft.Proxy.Runtime;
using Yarp.ReverseProxy.Forwarder;

namespace Weft.Proxy.Forwarding;

/// <summary>The connections to the members of a pool. Kept through configurations that leave its protocol and TLS as they are.</summary>
/// <remarks>
/// Never disposed: requests of an older configuration may still use it. Its connections close when they have been idle for a
/// while, and nothing is left of it then.
/// </remarks>
sealed class MemberTransport
{
    static readonly TimeSpan IdleConnection = TimeSpan.FromSeconds(60);

    readonly ConcurrentDictionary<IPEndPoint, MemberState> _members = [];
    readonly MemberConnector _connector;
    readonly TransportSettings _settings;

    internal MemberTransport(TransportSettings settings, NamespaceSockets sockets)
    {
        _settings = settings;
        _connector = new(settings, sockets, endPoint => _members.GetValueOrDefault(endPoint)?.Traffic);
        Invoker = new(new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            EnableMultipleHttp2Connections = true,
            PooledConnectionIdleTimeout = IdleConnection,
            ConnectTimeout = Timeout.InfiniteTimeSpan, // the connector has its own, and says who it was
            ConnectCallback = _connector.ConnectAsync,
        });
    }

    internal HttpMessageInvoker Invoker { get; }

    internal Version Version => _settings.IsHttp2 ? HttpVersion.Version20 : HttpVersion.Version11;

    internal bool Has(TransportSettings settings) => _settings == settings;

    internal void Know(MemberState member) => _members[new(member.Key.Address, member.Key.Port)] = member;

    internal void Forget(MemberState member) => _members.TryRemove(new(member.Key.Address, member.Key.Port), out _);

    internal ForwarderRequestConfig Request(TimeSpan idle) => new()
    {
        ActivityTimeout = idle,
        Version = Version,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };
}

/// <summary>What makes connections of one pool different from those of another.</summary>
sealed record TransportSettings(bool IsHttp2, bool IsTls, MemberTls Tls)
{
    /// <summary>
    /// For the HTTP client. HTTP/2 carries it on the wire, so it must be the truth; HTTP/1.1 does not, and the client keeps
    /// connections of https apart by the Host header, which no member needs.
    /// </summary>
    internal string Scheme => IsHttp2 && IsTls ? "https" : "http";

    internal static TransportSettings Of(HttpPool? pool)
    {
        var protocol = pool?.Protocol ?? HttpPool.Http;
        return new(protocol is HttpPool.H2 or HttpPool.H2c, protocol is HttpPool.Https or HttpPool.H2, pool?.Tls ?? new());
    }
}
