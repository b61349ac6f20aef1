using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Weft.Model.Json;
using Weft.Model.Resources;

namespace Weft.Server.Rest;

static class NetworkEndpoints
{
    public static void MapNetworks(this IEndpointRouteBuilder api, RestContext rest)
    {
        var networks = new Collection<Network>(rest, Network.KindName, "networks", WeftJson.Default.Network);
        var group = api.MapGroup("/networks").WithTags("networks");
        group.MapGet("", (HttpContext http, [AsParameters] ListQuery query) => networks.ListAsync(http, query))
            .Lists<Network>("List or watch networks");
        group.MapGet("/{name}", (HttpContext http, string name, string? project) => networks.GetAsync(http, project, name))
            .Answers<Network>("Show one, by name or uid");
        group.MapPost("", (HttpContext http, string? project) => networks.PostAsync(http, project))
            .Creates<Network>("Create one");
        group.MapPut("/{name}", (HttpContext http, string name, string? project) => networks.PutAsync(http, project, name))
            .Replaces<Network>("Create or replace one");
        group.MapDelete("/{name}", (HttpContext http, string name, string? project) => networks.DeleteAsync(http, project, name))
            .Deletes<Network>("Delete one");
    }
}
