using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Weft.Model.Json;
using Weft.Model.Resources;

namespace Weft.Server.Rest;

/// <summary>The collections of what lives in projects; they have the same endpoints.</summary>
static class OwnedCollections
{
    public static void MapOwnedCollections(this IEndpointRouteBuilder api, RestContext rest)
    {
        api.MapOwned(rest, Network.KindName, "networks", WeftJson.Default.Network);
        api.MapOwned(rest, Port.KindName, "ports", WeftJson.Default.Port);
        api.MapOwned(rest, Policy.KindName, "policies", WeftJson.Default.Policy);
        api.MapOwned(rest, SecurityGroup.KindName, "security-groups", WeftJson.Default.SecurityGroup);
        api.MapOwned(rest, FloatingIp.KindName, "floating-ips", WeftJson.Default.FloatingIp);
        api.MapOwned(rest, Router.KindName, "routers", WeftJson.Default.Router);
        api.MapOwned(rest, LoadBalancer.KindName, "load-balancers", WeftJson.Default.LoadBalancer);
        api.MapOwned(rest, Certificate.KindName, "certificates", WeftJson.Default.Certificate);
        api.MapOwned(rest, AddressReservation.KindName, "addresses", WeftJson.Default.AddressReservation);
    }

    static void MapOwned<T>(this IEndpointRouteBuilder api, RestContext rest, string kind, string path, JsonTypeInfo<T> type)
        where T : ProjectResource
    {
        var all = new Collection<T>(rest, kind, path, type);
        var group = api.MapGroup("/" + path).WithTags(path);
        group.MapGet("", (HttpContext http, [AsParameters] ListQuery query) => all.ListAsync(http, query))
            .Lists<T>($"List or watch {path.Replace('-', ' ')}");
        group.MapGet("/{name}", (HttpContext http, string name, string? project) => all.GetAsync(http, project, name))
            .Answers<T>("Show one, by name or uid");
        group.MapPost("", (HttpContext http, string? project) => all.PostAsync(http, project))
            .Creates<T>("Create one");
        group.MapPut("/{name}", (HttpContext http, string name, string? project) => all.PutAsync(http, project, name))
            .Replaces<T>("Create or replace one");
        group.MapDelete("/{name}", (HttpContext http, string name, string? project) => all.DeleteAsync(http, project, name))
            .Deletes<T>("Delete one");
    }
}
