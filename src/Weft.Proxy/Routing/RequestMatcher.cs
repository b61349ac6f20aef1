using Microsoft.AspNetCore.Http;
using Weft.Model.Resources;

namespace Weft.Proxy.Routing;

/// <summary>Whether a request fits what a route asks for.</summary>
sealed class RequestMatcher(HttpMatch match)
{
    readonly HostPattern[] _hosts = [.. (match.Hosts ?? []).Select(HostPattern.Of)];
    readonly string[] _methods = [.. match.Methods ?? []];
    readonly HeaderMatch[] _headers = [.. match.Headers ?? []];

    /// <summary>Without a slash at its end; empty when there is none to fit.</summary>
    readonly string _prefix = (match.PathPrefix ?? "").TrimEnd('/');

    internal bool Fits(HttpRequest request, string host) =>
        FitsHost(host) && FitsPath(request.Path.Value ?? "/") && FitsMethod(request.Method) && FitsHeaders(request.Headers);

    /// <summary>What comes after the prefix: empty, or beginning with a slash.</summary>
    internal string Rest(string path) => path.Length >= _prefix.Length ? path[_prefix.Length..] : "";

    bool FitsHost(string host)
    {
        if (_hosts.Length == 0)
            return true;
        foreach (var pattern in _hosts)
        {
            if (pattern.Fits(host))
                return true;
        }
        return false;
    }

    bool FitsPath(string path) =>
        (match.Path is null || path == match.Path)
        && (_prefix.Length == 0
            || path.StartsWith(_prefix, StringComparison.Ordinal)
            && (path.Length == _prefix.Length || path[_prefix.Length] == '/'));

    bool FitsMethod(string method) => _methods.Length == 0 || _methods.Contains(method, StringComparer.OrdinalIgnoreCase);

    bool FitsHeaders(IHeaderDictionary headers)
    {
        foreach (var header in _headers)
        {
            if (!headers.TryGetValue(header.Name, out var values)
                || header.Value is not null && !values.Contains(header.Value, StringComparer.Ordinal))
                return false;
        }
        return true;
    }
}

/// <summary>A host name, or all below one.</summary>
readonly record struct HostPattern(string Name, bool IsWildcard)
{
    internal static HostPattern Of(string text) =>
        text.StartsWith("*.", StringComparison.Ordinal) ? new(text[1..], true) : new(text, false);

    internal bool Fits(string host) => IsWildcard
        ? host.Length > Name.Length && host.EndsWith(Name, StringComparison.OrdinalIgnoreCase)
        : host.Equals(Name, StringComparison.OrdinalIgnoreCase);
}
