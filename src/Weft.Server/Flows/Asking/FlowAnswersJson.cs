using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Weft.Analytics.Queries;

namespace Weft.Server.Flows.Asking;

/// <summary>A list of all that there is.</summary>
sealed record FlowItems<T>(IReadOnlyList<T> Items);

/// <summary>Questions are read as strictly as documents.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false)]
[JsonSerializable(typeof(FlowRequest))]
[JsonSerializable(typeof(FlowStatusReport))]
[JsonSerializable(typeof(FlowItems<FlowFieldReport>))]
[JsonSerializable(typeof(FlowItems<string>))]
sealed partial class FlowAnswersJson : JsonSerializerContext
{
    /// <summary>Texts keep their quotes and signs: the answers are JSON, never part of a page.</summary>
    public static readonly FlowAnswersJson Readable = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
