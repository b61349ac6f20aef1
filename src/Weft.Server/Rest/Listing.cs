using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Weft.Model.Json;
using Weft.Model.State;

namespace Weft.Server.Rest;

/// <summary>Pages of a collection: <c>{"items": […], "next": marker, "revision": n}</c>, by project and name.</summary>
static class Listing
{
    const int FlushItems = 128;

    /// <summary>Between project and name in a marker; no name has it.</summary>
    const char Separator = '/';

    public static async Task WriteAsync(HttpContext http, RestContext rest, Scope scope, ListQuery query)
    {
        var limit = query.Limit ?? ListQuery.DefaultLimit;
        if (limit is < 1 or > ListQuery.LargestLimit)
            throw new ProblemException(Problem.BadRequest("limit", $"{limit} is not between 1 and {ListQuery.LargestLimit}"));
        var snapshot = rest.Cluster.Current;
        var keys = snapshot.KeysOf(scope.Kind);
        var index = Snapshot.IndexAfter(keys, Start(scope, query.Marker));
        http.Response.ContentType = "application/json";
        using var writer = new Utf8JsonWriter(http.Response.BodyWriter);
        writer.WriteStartObject();
        writer.WriteStartArray("items");
        ResourceKey? last = null;
        ResourceKey? next = null;
        for (var count = 0; index < keys.Count && !IsPast(scope, keys[index]); index++)
        {
            if (!scope.Shows(keys[index]))
                continue;
            if (count++ == limit)
            {
                next = last;
                break;
            }
            last = keys[index];
            JsonSerializer.Serialize(writer, rest.Statuses.Shown(snapshot.Resources[keys[index]], snapshot), WeftJson.OfKind(scope.Kind)!);
            if (count % FlushItems == 0)
            {
                await writer.FlushAsync(http.RequestAborted);
            }
        }
        writer.WriteEndArray();
        if (next is { } marker)
            writer.WriteString("next", scope.IsOwned ? $"{marker.Project}{Separator}{marker.Name}" : marker.Name);
        writer.WriteNumber("revision", snapshot.Revision);
        writer.WriteEndObject();
        await writer.FlushAsync(http.RequestAborted);
    }

    static ResourceKey Start(Scope scope, string? marker)
    {
        if (string.IsNullOrEmpty(marker))
            return new(scope.Kind, scope.Project ?? "", "");
        if (!scope.IsOwned)
            return new(scope.Kind, "", marker);
        var cut = marker.IndexOf(Separator, StringComparison.Ordinal);
        return cut < 0
            ? throw new ProblemException(Problem.BadRequest("marker", "is not the 'next' of a page before"))
            : new(scope.Kind, marker[..cut], marker[(cut + 1)..]);
    }

    static bool IsPast(Scope scope, ResourceKey key) => scope.Project is { } project && string.CompareOrdinal(key.Project, project) > 0;
}
