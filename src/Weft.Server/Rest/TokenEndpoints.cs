using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Weft.Model.Json;
using Weft.Model.Resources;
using Weft.Server.Commits;

namespace Weft.Server.Rest;

static class TokenEndpoints
{
    public static void MapTokens(this IEndpointRouteBuilder api, RestContext rest)
    {
        var tokens = new Collection<Token>(rest, Token.KindName, "tokens", WeftJson.Default.Token);
        var group = api.MapGroup("/tokens").WithTags("tokens");
        group.MapGet("", (HttpContext http, [AsParameters] ListQuery query) => tokens.ListAsync(http, query))
            .Lists<Token>("List or watch tokens");
        group.MapGet("/{name}", (HttpContext http, string name) => tokens.GetAsync(http, null, name))
            .Answers<Token>("Show one, by name or uid");
        group.MapPost("", (Delegate)((HttpContext http) => tokens.PostAsync(http, null, (_, put) => Issue(http, rest, put))))
            .Creates<Token>("Create one; the answer holds the secret, this once");
        group.MapPut("/{name}", (HttpContext http, string name) => tokens.PutAsync(http, null, name, (_, put) => Issue(http, rest, put)))
            .Replaces<Token>("Create one, or change its role and expiry");
        group.MapDelete("/{name}", (HttpContext http, string name) => tokens.DeleteAsync(http, null, name))
            .Deletes<Token>("Delete one");
    }

    static Task<Outcome> Issue(HttpContext http, RestContext rest, Write.Put put)
    {
        var document = (Token)put.Document;
        return document.Secret is null && document.SecretHash is null
            ? rest.Tokens.PutAsync(put, http.RequestAborted)
            : throw new ProblemException(Problem.BadRequest(
                document.Secret is null ? "secretHash" : "secret", "is chosen by the server"));
    }
}
