using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Weft.Model.Resources;

namespace Weft.Proxy.Routing;

/// <summary>Where a redirect leads.</summary>
static class Redirection
{
    internal static string Target(HttpRequest request, HttpRedirect redirect, RequestMatcher matcher)
    {
        var scheme = redirect.Scheme ?? request.Scheme;
        var path = request.Path.Value ?? "/";
        var wanted = redirect.Path is { } template
            ? template.Replace("{path}", path, StringComparison.Ordinal)
                .Replace("{rest}", matcher.Rest(path), StringComparison.Ordinal)
            : path;
        // Two slashes at the beginning would make the path a host for clients that resolve it again.
        wanted = "/" + wanted.TrimStart('/');
        return UriHelper.BuildAbsolute(scheme, Host(request, redirect, scheme), PathString.Empty, new(wanted), request.QueryString);
    }

    /// <summary>The port asked for is kept with its scheme only: <c>http</c> on 8080 says nothing about <c>https</c>.</summary>
    static HostString Host(HttpRequest request, HttpRedirect redirect, string scheme)
    {
        var host = redirect.Host ?? request.Host.Host;
        if (redirect.Port > 0)
            return IsDefault(scheme, redirect.Port) ? new(host) : new(host, redirect.Port);
        return redirect.Host is null && scheme == request.Scheme && request.Host.Port is { } port ? new(host, port) : new(host);
    }

    static bool IsDefault(string scheme, int port) => port == (scheme == "https" ? 443 : 80);
}
