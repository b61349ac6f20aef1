using System.Text.Json.Serialization;

namespace Weft.Server.Rest;

/// <summary>JSON of the API besides its documents.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Problem))]
sealed partial class RestJson : JsonSerializerContext;
