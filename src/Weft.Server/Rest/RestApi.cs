using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Scalar.AspNetCore;

namespace Weft.Server.Rest;

/// <summary>Everything that answers over plain HTTP.</summary>
static class RestApi
{
    public static void MapRestApi(this IEndpointRouteBuilder app, RestContext rest)
    {
        var api = app.MapGroup("/api/v1");
        api.MapProjects(rest);
        api.MapExternalNetworks(rest);
        api.MapOwnedCollections(rest);
        api.MapAdvice(rest);
        api.MapTrace(rest);
        api.MapFlows(rest);
        api.MapNodes(rest);
        api.MapTokens(rest);
        app.MapOpenApi("/openapi/{documentName}.json");
        app.MapScalarApiReference("/docs", options => options.WithTitle("Weft").DisableDefaultFonts().WithOpenApiRoutePattern("/openapi/v1.json"));
        app.MapGet("/healthz", () => Results.Text("ok\n")).ExcludeFromDescription();
        app.MapGet("/readyz", () => Results.Text("ok\n")).ExcludeFromDescription();
    }
}
