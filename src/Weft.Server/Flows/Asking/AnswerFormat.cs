using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Weft.Server.Rest;

namespace Weft.Server.Flows.Asking;

/// <summary>The formats of answers, chosen by <c>Accept</c>.</summary>
static class AnswerFormat
{
    internal const string Json = "application/json";
    internal const string Lines = "application/x-ndjson";
    internal const string Csv = "text/csv";
    internal const string Arrow = "application/vnd.apache.arrow.stream";

    static readonly string[] s_all = [Json, Lines, Csv, Arrow];

    /// <exception cref="ProblemException">None of those that the caller takes.</exception>
    internal static string Of(HttpRequest request)
    {
        var accepted = request.GetTypedHeaders().Accept;
        if (accepted.Count == 0)
            return Json;
        foreach (var type in accepted.OrderByDescending(type => type.Quality ?? 1))
        {
            if (type.Quality != 0 && s_all.FirstOrDefault(known => new MediaTypeHeaderValue(known).IsSubsetOf(type)) is { } format)
                return format;
        }
        throw new ProblemException(new(StatusCodes.Status406NotAcceptable, "no such format")
        {
            Detail = $"answers are {string.Join(", ", s_all)}",
        });
    }

    internal static IAnswerWriter Writer(string format, HttpResponse response)
    {
        response.ContentType = format == Csv ? $"{Csv}; charset=utf-8" : format;
        return format switch
        {
            Lines => new LinesAnswer(response.BodyWriter),
            Csv => new CsvAnswer(response.BodyWriter),
            Arrow => new ArrowAnswer(response.BodyWriter),
            _ => new JsonAnswer(response.BodyWriter),
        };
    }
}
