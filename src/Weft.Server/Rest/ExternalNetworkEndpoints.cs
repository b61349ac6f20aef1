using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Weft.Model.Json;
using Weft.Model.Resources;

namespace Weft.Server.Rest;

/// <summary>External networks: every caller sees them, admins change them.</summary>
static class ExternalNetworkEndpoints
{
    public static void MapExternalNetworks(this IEndpointRouteBuilder api, RestContext rest)
    {
        var externals = new Collection<ExternalNetwork>(rest, ExternalNetwork.KindName, "external-networks", WeftJson.Default.ExternalNetwork);
        var group = api.MapGroup("/external-networks").WithTags("external-networks");
        group.MapGet("", (HttpContext http, [AsParameters] ListQuery query) => externals.ListAsync(http, query))
            .Lists<ExternalNetwork>("List or watch external networks");
        group.MapGet("/{name}", (HttpContext http, string name) => externals.GetAsync(http, null, name))
            .Answers<ExternalNetwork>("Show one, by name or uid");
        group.MapPost("", (Delegate)((HttpContext http) => externals.PostAsync(http, null)))
            .Creates<ExternalNetwork>("Create one");
        group.MapPut("/{name}", (HttpContext http, string name) => externals.PutAsync(http, null, name))
            .Replaces<ExternalNetwork>("Create or replace one");
        group.MapDelete("/{name}", (HttpContext http, string name) => externals.DeleteAsync(http, null, name))
            .Deletes<ExternalNetwork>("Delete one");
    }
}
