using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Weft.Model.Json;
using Weft.Model.Resources;

namespace Weft.Server.Rest;

static class AddressEndpoints
{
    public static void MapAddresses(this IEndpointRouteBuilder api, RestContext rest)
    {
        var addresses = new Collection<AddressReservation>(rest, AddressReservation.KindName, "addresses", WeftJson.Default.AddressReservation);
        var group = api.MapGroup("/addresses").WithTags("addresses");
        group.MapGet("", (HttpContext http, [AsParameters] ListQuery query) => addresses.ListAsync(http, query))
            .Lists<AddressReservation>("List or watch addresses");
        group.MapGet("/{name}", (HttpContext http, string name, string? project) => addresses.GetAsync(http, project, name))
            .Answers<AddressReservation>("Show one, by name or uid");
        group.MapPost("", (HttpContext http, string? project) => addresses.PostAsync(http, project))
            .Creates<AddressReservation>("Create one");
        group.MapPut("/{name}", (HttpContext http, string name, string? project) => addresses.PutAsync(http, project, name))
            .Replaces<AddressReservation>("Create or replace one");
        group.MapDelete("/{name}", (HttpContext http, string name, string? project) => addresses.DeleteAsync(http, project, name))
            .Deletes<AddressReservation>("Delete one");
    }
}
