using Weft.Model.Proxying;
using Weft.Model.Resources;
using Weft.Proxy.Balancing;
using Weft.Proxy.Routing;
using Weft.Proxy.Tls;

namespace Weft.Proxy.Runtime;

/// <summary>A listener of one configuration, ready for requests. Never changes.</summary>
sealed record ListenerModel(
    string Name, bool IsTls, uint MaxConnections, TimeSpan Idle, RouteTable Routes, CertificateStore Certificates)
{
    const int DefaultIdleSeconds = 60;

    internal static ListenerModel Of(
        ProxyListener listener, IReadOnlyDictionary<string, PoolModel> pools, CertificateStore certificates)
    {
        var http = listener.Http ?? new();
        var routes = (http.Routes ?? [])
            .Select(route => RouteModel.Of(route, Pool(route.Pool), http.RequestTimeoutSeconds))
            .ToList();
        var otherwise = RouteModel.Of(new(), Pool(listener.Pool), http.RequestTimeoutSeconds);
        var idle = http.IdleTimeoutSeconds > 0 ? http.IdleTimeoutSeconds : DefaultIdleSeconds;
        return new(
            listener.Name, listener.Protocol == Listener.HttpsProtocol, listener.MaxConnections, TimeSpan.FromSeconds(idle),
            new(routes, otherwise), certificates);

        PoolModel? Pool(string? name) => name is null ? null : pools[name];
    }
}
