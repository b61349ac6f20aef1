using Microsoft.AspNetCore.Http;
using Weft.Model.Resources;
using Weft.Proxy.Balancing;

namespace Weft.Proxy.Routing;

/// <summary>What is done with requests that match: pool, redirect or answer, whichever is there; nothing: not found.</summary>
sealed record RouteModel(HttpRoute Route, PoolModel? Pool, TimeSpan RequestTimeout, RequestMatcher Matcher)
{
    internal static RouteModel Of(HttpRoute route, PoolModel? pool, int listenerTimeoutSeconds)
    {
        var seconds = route.RequestTimeoutSeconds > 0 ? route.RequestTimeoutSeconds : listenerTimeoutSeconds;
        return new(route, pool, TimeSpan.FromSeconds(seconds), new(route.Match ?? new()));
    }
}

/// <summary>The routes of a listener in their order, and what is done when none fits.</summary>
sealed class RouteTable(IReadOnlyList<RouteModel> routes, RouteModel otherwise)
{
    readonly RouteModel[] _routes = [.. routes];

    internal RouteModel Find(HttpRequest request)
    {
        var host = request.Host.Host;
        foreach (var route in _routes)
        {
            if (route.Matcher.Fits(request, host))
                return route;
        }
        return otherwise;
    }
}
