using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Weft.Model.Json;
using Weft.Model.Resources;

namespace Weft.Server.Rest;

static class SecurityGroupEndpoints
{
    public static void MapSecurityGroups(this IEndpointRouteBuilder api, RestContext rest)
    {
        var securityGroups = new Collection<SecurityGroup>(rest, SecurityGroup.KindName, "security-groups", WeftJson.Default.SecurityGroup);
        var group = api.MapGroup("/security-groups").WithTags("security-groups");
        group.MapGet("", (HttpContext http, [AsParameters] ListQuery query) => securityGroups.ListAsync(http, query))
            .Lists<SecurityGroup>("List or watch security groups");
        group.MapGet("/{name}", (HttpContext http, string name, string? project) => securityGroups.GetAsync(http, project, name))
            .Answers<SecurityGroup>("Show one, by name or uid");
        group.MapPost("", (HttpContext http, string? project) => securityGroups.PostAsync(http, project))
            .Creates<SecurityGroup>("Create one");
        group.MapPut("/{name}", (HttpContext http, string name, string? project) => securityGroups.PutAsync(http, project, name))
            .Replaces<SecurityGroup>("Create or replace one");
        group.MapDelete("/{name}", (HttpContext http, string name, string? project) => securityGroups.DeleteAsync(http, project, name))
            .Deletes<SecurityGroup>("Delete one");
    }
}
