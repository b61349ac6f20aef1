using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Weft.Model.State;
using Weft.Model.Validation;
using Weft.Server.Commits;

namespace Weft.Server.Rest;

/// <summary>What went wrong, for people and programs (RFC 9457).</summary>
sealed record Problem(int Status, string Title)
{
    public const string ContentType = "application/problem+json";

    public string Type { get; init; } = "about:blank";

    public string? Detail { get; init; }

    /// <summary>Everything that is wrong with the request, each with its place.</summary>
    public IReadOnlyList<Fault>? Faults { get; init; }

    /// <summary>The first few that use what was to be deleted or changed.</summary>
    public IReadOnlyList<ProblemUser>? UsedBy { get; init; }

    /// <summary>How many use it.</summary>
    public int? UsedByCount { get; init; }

    /// <summary>Seconds after which trying again makes sense; told in the header.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public int? RetryAfter { get; init; }

    public static Problem Unauthorized(bool hasToken) => new(StatusCodes.Status401Unauthorized, "who are you?")
    {
        Detail = hasToken
            ? "the token is unknown, wrong or expired"
            : "send a token as 'Authorization: Bearer TOKEN', or use the server's Unix socket",
    };

    public static Problem Forbidden(string what) => new(StatusCodes.Status403Forbidden, "not allowed") { Detail = what };

    public static Problem NotFound(string what) => new(StatusCodes.Status404NotFound, "not found") { Detail = what };

    public static Problem BadRequest(string path, string message) =>
        new(StatusCodes.Status400BadRequest, "the request cannot be read") { Detail = message, Faults = [new(path, message)] };

    public static Problem Gone(string what) => new(StatusCodes.Status410Gone, "too old") { Detail = what };

    /// <summary>Of an outcome that is not <see cref="Outcome.Committed"/>.</summary>
    public static Problem Of(Outcome outcome) => outcome switch
    {
        Outcome.Invalid invalid => new Problem(StatusCodes.Status422UnprocessableEntity, "the document is not valid")
        {
            Faults = invalid.Faults,
        },
        Outcome.NotFound => new(StatusCodes.Status404NotFound, "not found"),
        Outcome.Conflict conflict => new(StatusCodes.Status409Conflict, "it conflicts with what there is")
        {
            Faults = conflict.Faults,
        },
        Outcome.InUse inUse => new(StatusCodes.Status409Conflict, "it is in use")
        {
            UsedBy = [.. inUse.Users.Select(ProblemUser.Of)],
            UsedByCount = inUse.Count,
        },
        Outcome.Exhausted exhausted => new(StatusCodes.Status409Conflict, "nothing is left") { Faults = [exhausted.Fault] },
        Outcome.RevisionMismatch => new(StatusCodes.Status412PreconditionFailed, "it has changed in between"),
        _ => throw new NotSupportedException(outcome.GetType().Name),
    } with
    { Detail = outcome.Describe() };

    public async Task WriteAsync(HttpContext http)
    {
        http.Response.StatusCode = Status;
        http.Response.ContentType = ContentType;
        if (RetryAfter is { } seconds)
            http.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        await http.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(this, RestJson.Readable.Problem), http.RequestAborted);
    }
}

sealed record ProblemUser(string Kind, string? Project, string Name)
{
    public static ProblemUser Of(ResourceKey key) => new(key.Kind, key.Project.Length == 0 ? null : key.Project, key.Name);
}
