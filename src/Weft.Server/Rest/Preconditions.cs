using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Weft.Server.Commits;

namespace Weft.Server.Rest;

/// <summary>If-Match and If-None-Match (RFC 9110 section 13.1); an entity tag is a revision in quotes.</summary>
readonly record struct Preconditions(PutMode Mode, long? Revision)
{
    /// <exception cref="ProblemException">They cannot be read.</exception>
    public static Preconditions Of(HttpContext http)
    {
        var headers = http.Request.GetTypedHeaders();
        if (Has(http, HeaderNames.IfNoneMatch))
        {
            return headers.IfNoneMatch is [{ Tag.Value: "*" }]
                ? new(PutMode.Create, null)
                : throw new ProblemException(Problem.BadRequest("If-None-Match", "only * can be asked for"));
        }
        if (!Has(http, HeaderNames.IfMatch))
            return new(PutMode.CreateOrReplace, null);
        return headers.IfMatch switch
        {
            [{ Tag.Value: "*" }] => new(PutMode.Replace, null),
            [{ IsWeak: false, Tag.Value: var tag }] when long.TryParse(tag.AsSpan().Trim('"'), out var revision) =>
                new(PutMode.Replace, revision),
            _ => throw new ProblemException(Problem.BadRequest("If-Match", "must be one ETag that the server gave, or *")),
        };
    }

    static bool Has(HttpContext http, string name) => http.Request.Headers.ContainsKey(name);
}
