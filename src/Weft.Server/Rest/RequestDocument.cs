using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Weft.Model.Resources;
using Weft.Model.Validation;

namespace Weft.Server.Rest;

/// <summary>Reads the document that a request brings.</summary>
static class RequestDocument
{
    const int LargestBody = 1 << 20;

    /// <summary>Of what holds rules: 100,000 of them, written out.</summary>
    const int LargestRuleBody = 32 << 20;

    /// <exception cref="ProblemException">It cannot be read; says where and why.</exception>
    public static async Task<T> ReadAsync<T>(HttpContext http, string kind, JsonTypeInfo<T> type) where T : class
    {
        if (!http.Request.HasJsonContentType())
            throw new ProblemException(new(StatusCodes.Status415UnsupportedMediaType, "the request cannot be read")
            {
                Detail = "send the document as application/json",
            });
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = LargestOf(kind);
        var buffer = new ArrayBufferWriter<byte>();
        try
        {
            int read;
            while ((read = await http.Request.Body.ReadAsync(buffer.GetMemory(4096), http.RequestAborted)) > 0)
                buffer.Advance(read);
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw new ProblemException(new(StatusCodes.Status413PayloadTooLarge, "the request is too large")
            {
                Detail = $"a {kind} may have at most {LargestOf(kind) >> 20} MiB",
            });
        }
        return Parse(buffer.WrittenMemory, kind, type);
    }

    static int LargestOf(string kind) =>
        kind is Policy.KindName or SecurityGroup.KindName ? LargestRuleBody : LargestBody;

    static T Parse<T>(ReadOnlyMemory<byte> utf8, string kind, JsonTypeInfo<T> type) where T : class
    {
        try
        {
            if (typeof(T).IsAssignableTo(typeof(Resource)))
                CheckKind(utf8.Span, kind);
            return JsonSerializer.Deserialize(utf8.Span, type)
                ?? throw new ProblemException(Problem.BadRequest("", $"null is not a {kind}"));
        }
        catch (JsonException e)
        {
            var fault = JsonFaults.Of(e, kind);
            throw new ProblemException(Problem.BadRequest(fault.Path, fault.Message));
        }
        catch (DecoderFallbackException)
        {
            throw new ProblemException(Problem.BadRequest("", "the body is not UTF-8"));
        }
    }

    /// <summary>The kind is written, not read: a document of another kind must not pass for this one.</summary>
    static void CheckKind(ReadOnlySpan<byte> utf8, string kind)
    {
        var reader = new Utf8JsonReader(utf8);
        while (reader.Read())
        {
            if (reader.CurrentDepth != 1 || reader.TokenType != JsonTokenType.PropertyName || !reader.ValueTextEquals("kind"u8))
                continue;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String || reader.GetString() != kind)
            {
                var given = reader.TokenType == JsonTokenType.String ? $"'{NameRules.Shown(reader.GetString()!)}'" : "this";
                throw new ProblemException(Problem.BadRequest("kind", $"{given} is not '{kind}'"));
            }
        }
    }
}
