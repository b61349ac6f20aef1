using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Weft.Server.Rest;

/// <summary>What the OpenAPI document says of the endpoints: they read and write bodies by themselves.</summary>
static class EndpointDescriptions
{
    const string Json = "application/json";

    public static RouteHandlerBuilder Lists<T>(this RouteHandlerBuilder endpoint, string summary) => endpoint
        .WithSummary(summary)
        .Produces<Page<T>>(StatusCodes.Status200OK, Json, "application/x-ndjson")
        .Fails(StatusCodes.Status400BadRequest, StatusCodes.Status410Gone);

    public static RouteHandlerBuilder Answers<T>(this RouteHandlerBuilder endpoint, string summary) => endpoint
        .WithSummary(summary)
        .Produces<T>(StatusCodes.Status200OK, Json)
        .Fails(StatusCodes.Status404NotFound);

    public static RouteHandlerBuilder Asks<TQuestion, TAnswer>(this RouteHandlerBuilder endpoint, string summary)
        where TQuestion : notnull => endpoint
        .WithSummary(summary)
        .Accepts<TQuestion>(Json)
        .Produces<TAnswer>(StatusCodes.Status200OK, Json)
        .Fails(StatusCodes.Status400BadRequest, StatusCodes.Status422UnprocessableEntity);

    public static RouteHandlerBuilder Creates<T>(this RouteHandlerBuilder endpoint, string summary) where T : notnull => endpoint
        .WithSummary(summary)
        .Accepts<T>(Json)
        .Produces<T>(StatusCodes.Status201Created, Json)
        .Fails(StatusCodes.Status400BadRequest, StatusCodes.Status409Conflict,
            StatusCodes.Status413PayloadTooLarge, StatusCodes.Status422UnprocessableEntity);

    public static RouteHandlerBuilder Replaces<T>(this RouteHandlerBuilder endpoint, string summary) where T : notnull => endpoint
        .Creates<T>(summary)
        .Produces<T>(StatusCodes.Status200OK, Json)
        .WithMetadata(new HeaderParameter("If-Match", "Only when its ETag is this one; * for only when it exists."))
        .WithMetadata(new HeaderParameter("If-None-Match", "* for only when it does not exist."))
        .Fails(StatusCodes.Status412PreconditionFailed);

    public static RouteHandlerBuilder Deletes<T>(this RouteHandlerBuilder endpoint, string summary) => endpoint
        .WithSummary(summary)
        .WithDescription("The answer is the resource as it was. Refused with 409 and those who use it when it is in use.")
        .Produces<T>(StatusCodes.Status200OK, Json)
        .WithMetadata(new HeaderParameter("If-Match", "Only when its ETag is this one."))
        .Fails(StatusCodes.Status404NotFound, StatusCodes.Status409Conflict, StatusCodes.Status412PreconditionFailed);

    static RouteHandlerBuilder Fails(this RouteHandlerBuilder endpoint, params int[] statuses)
    {
        foreach (var status in (int[])[.. statuses, StatusCodes.Status401Unauthorized, StatusCodes.Status403Forbidden])
            endpoint.Produces<Problem>(status, Problem.ContentType);
        return endpoint;
    }
}

/// <summary>A header that an endpoint reads.</summary>
sealed record HeaderParameter(string Name, string Description);

/// <summary>A part of a list.</summary>
/// <param name="Next">What to give as <c>marker</c> for the next part; null: there is none.</param>
/// <param name="Revision">Of the store; where a watch may go on.</param>
sealed record Page<T>(IReadOnlyList<T> Items, string? Next, long Revision);
