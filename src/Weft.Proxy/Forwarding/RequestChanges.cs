using System.Net;
using Microsoft.AspNetCore.Http;
using Weft.Model.Resources;
using Weft.Proxy.Balancing;
using Weft.Proxy.Routing;
using Yarp.ReverseProxy.Forwarder;

namespace Weft.Proxy.Forwarding;

/// <summary>What is changed on a request's way to one member, and on the answer's way back.</summary>
sealed class RequestChanges(RouteModel route, MemberModel member, StickyCookie? cookie, bool nameMember) : HttpTransformer
{
    const string Forwarded = "Forwarded";
    const string ForwardedPrefix = "X-Forwarded-";
    const string RealAddress = "X-Real-IP";

    public override async ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken).ConfigureAwait(false);
        var request = httpContext.Request;
        Introduce(request, proxyRequest);
        if (route.Route.RequestHeaders is { } changes)
            Change(proxyRequest, changes);
        proxyRequest.RequestUri = RequestUtilities.MakeDestinationAddress(
            destinationPrefix, PathFor(request.Path), request.QueryString);
    }

    public override async ValueTask<bool> TransformResponseAsync(
        HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (!await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken).ConfigureAwait(false))
            return false;
        Change(httpContext.Response.Headers, route.Route.ResponseHeaders);
        if (nameMember && cookie is not null)
            NameMember(httpContext);
        return true;
    }

    /// <summary>Removes and sets headers of an answer.</summary>
    internal static void Change(IHeaderDictionary headers, HeaderChanges? changes)
    {
        foreach (var name in changes?.Remove ?? [])
            headers.Remove(name);
        foreach (var (name, value) in changes?.Set ?? new Dictionary<string, string>())
            headers[name] = value;
    }

    /// <summary>Who the client is, told by us alone: what it says about itself is not believed.</summary>
    static void Introduce(HttpRequest request, HttpRequestMessage proxyRequest)
    {
        var headers = proxyRequest.Headers;
        foreach (var name in request.Headers.Keys)
        {
            if (name.StartsWith(ForwardedPrefix, StringComparison.OrdinalIgnoreCase))
                headers.Remove(name);
        }
        headers.Remove(Forwarded);
        headers.Remove(RealAddress);
        headers.Host = request.Host.Value;
        if (request.HttpContext.Connection.RemoteIpAddress is { } client)
            headers.TryAddWithoutValidation("X-Forwarded-For", Plain(client).ToString());
        headers.TryAddWithoutValidation("X-Forwarded-Proto", request.Scheme);
        headers.TryAddWithoutValidation("X-Forwarded-Host", request.Host.Value);
    }

    static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    static void Change(HttpRequestMessage request, HeaderChanges changes)
    {
        foreach (var name in changes.Remove ?? [])
            Remove(request, name);
        foreach (var (name, value) in changes.Set ?? new Dictionary<string, string>())
        {
            Remove(request, name);
            if (!request.Headers.TryAddWithoutValidation(name, value))
                request.Content?.Headers.TryAddWithoutValidation(name, value);
        }
    }

    static void Remove(HttpRequestMessage request, string name)
    {
        // Headers of a body are kept apart, and each collection refuses names of the other.
        if (!request.Headers.NonValidated.Contains(name))
            request.Content?.Headers.Remove(name);
        else
            request.Headers.Remove(name);
    }

    PathString PathFor(PathString asked) => route.Route.ReplacePrefix is { } prefix
        ? new(prefix.TrimEnd('/') + route.Matcher.Rest(asked.Value ?? "/") is { Length: > 0 } path ? path : "/")
        : asked;

    void NameMember(HttpContext context) =>
        context.Response.Cookies.Append(cookie!.Name ?? StickyCookie.DefaultName, member.Cookie, new()
        {
            HttpOnly = true,
            Path = "/",
            SameSite = SameSiteMode.Lax,
            Secure = context.Request.IsHttps,
            MaxAge = cookie.MaxAgeSeconds > 0 ? TimeSpan.FromSeconds(cookie.MaxAgeSeconds) : null,
        });
}
