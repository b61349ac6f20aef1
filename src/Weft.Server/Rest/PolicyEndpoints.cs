using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Weft.Model.Json;
using Weft.Model.Resources;

namespace Weft.Server.Rest;

static class PolicyEndpoints
{
    public static void MapPolicies(this IEndpointRouteBuilder api, RestContext rest)
    {
        var policies = new Collection<Policy>(rest, Policy.KindName, "policies", WeftJson.Default.Policy);
        var group = api.MapGroup("/policies").WithTags("policies");
        group.MapGet("", (HttpContext http, [AsParameters] ListQuery query) => policies.ListAsync(http, query))
            .Lists<Policy>("List or watch policies");
        group.MapGet("/{name}", (HttpContext http, string name, string? project) => policies.GetAsync(http, project, name))
            .Answers<Policy>("Show one, by name or uid");
        group.MapPost("", (HttpContext http, string? project) => policies.PostAsync(http, project))
            .Creates<Policy>("Create one");
        group.MapPut("/{name}", (HttpContext http, string name, string? project) => policies.PutAsync(http, project, name))
            .Replaces<Policy>("Create or replace one");
        group.MapDelete("/{name}", (HttpContext http, string name, string? project) => policies.DeleteAsync(http, project, name))
            .Deletes<Policy>("Delete one");
    }
}
