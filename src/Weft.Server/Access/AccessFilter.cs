using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Weft.Server.Rest;

namespace Weft.Server.Access;

/// <summary>Nobody gets past it without being known; what they may do is asked where it is known.</summary>
static class AccessFilter
{
    const string Scheme = "Bearer ";

    public static async Task InvokeAsync(HttpContext http, TokenKeeper tokens, RequestDelegate next)
    {
        var caller = TrustedListener.IsTrusted(http) ? Access.Caller.Root : FromToken(http, tokens);
        if (caller is not null)
        {
            http.Features.Set(caller);
            await next(http);
            return;
        }
        http.Response.Headers.WWWAuthenticate = "Bearer";
        await Problem.Unauthorized(HasToken(http)).WriteAsync(http);
    }

    public static Caller Caller(this HttpContext http) => http.Features.Get<Caller>()!;

    /// <summary>Null: none was sent.</summary>
    public static string? BearerOf(HttpContext http)
    {
        var header = http.Request.Headers.Authorization.ToString();
        return header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : null;
    }

    static Caller? FromToken(HttpContext http, TokenKeeper tokens) => BearerOf(http) is { } bearer ? tokens.FindCaller(bearer) : null;

    static bool HasToken(HttpContext http) => http.Request.Headers.ContainsKey(HeaderNames.Authorization);
}
