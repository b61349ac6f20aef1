using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Weft.Model.Json;
using Weft.Model.Resources;

namespace Weft.Server.Rest;

static class NodeEndpoints
{
    public static void MapNodes(this IEndpointRouteBuilder api, RestContext rest)
    {
        var nodes = new Collection<Node>(rest, Node.KindName, "nodes", WeftJson.Default.Node);
        var group = api.MapGroup("/nodes").WithTags("nodes");
        group.MapGet("", (HttpContext http, [AsParameters] ListQuery query) => nodes.ListAsync(http, query))
            .Lists<Node>("List or watch nodes");
        group.MapGet("/{name}", (HttpContext http, string name) => nodes.GetAsync(http, null, name))
            .Answers<Node>("Show one, by name or uid");
        group.MapDelete("/{name}", (HttpContext http, string name, bool? force) => nodes.DeleteAsync(http, null, name, force ?? false))
            .Deletes<Node>("Delete one that is gone for good; with force, its ports too");
    }
}
