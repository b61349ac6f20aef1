using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Weft.Model.Json;
using Weft.Model.Resources;

namespace Weft.Server.Rest;

static class PortEndpoints
{
    public static void MapPorts(this IEndpointRouteBuilder api, RestContext rest)
    {
        var ports = new Collection<Port>(rest, Port.KindName, "ports", WeftJson.Default.Port);
        var group = api.MapGroup("/ports").WithTags("ports");
        group.MapGet("", (HttpContext http, [AsParameters] ListQuery query) => ports.ListAsync(http, query))
            .Lists<Port>("List or watch ports");
        group.MapGet("/{name}", (HttpContext http, string name, string? project) => ports.GetAsync(http, project, name))
            .Answers<Port>("Show one, by name or uid");
        group.MapPost("", (HttpContext http, string? project) => ports.PostAsync(http, project))
            .Creates<Port>("Create one");
        group.MapPut("/{name}", (HttpContext http, string name, string? project) => ports.PutAsync(http, project, name))
            .Replaces<Port>("Create or replace one");
        group.MapDelete("/{name}", (HttpContext http, string name, string? project) => ports.DeleteAsync(http, project, name))
            .Deletes<Port>("Delete one");
    }
}
