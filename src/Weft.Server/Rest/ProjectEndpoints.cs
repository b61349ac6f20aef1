using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Weft.Model.Json;
using Weft.Model.Resources;

namespace Weft.Server.Rest;

static class ProjectEndpoints
{
    public static void MapProjects(this IEndpointRouteBuilder api, RestContext rest)
    {
        var projects = new Collection<Project>(rest, Project.KindName, "projects", WeftJson.Default.Project);
        var group = api.MapGroup("/projects").WithTags("projects");
        group.MapGet("", (HttpContext http, [AsParameters] ListQuery query) => projects.ListAsync(http, query))
            .Lists<Project>("List or watch projects");
        group.MapGet("/{name}", (HttpContext http, string name) => projects.GetAsync(http, null, name))
            .Answers<Project>("Show one, by name or uid");
        group.MapPost("", (Delegate)((HttpContext http) => projects.PostAsync(http, null)))
            .Creates<Project>("Create one");
        group.MapPut("/{name}", (HttpContext http, string name) => projects.PutAsync(http, null, name))
            .Replaces<Project>("Create or replace one");
        group.MapDelete("/{name}", (HttpContext http, string name) => projects.DeleteAsync(http, null, name))
            .Deletes<Project>("Delete one");
    }
}
