using System.Text.Json.Serialization;
using Weft.Model.Json;

namespace Weft.Model.Proxying;

/// <summary>The JSON form of the files between agent and proxy: camelCase, no nulls, unknown and repeated fields refused.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    Converters = [typeof(IPAddressJsonConverter)])]
[JsonSerializable(typeof(ProxyConfiguration))]
[JsonSerializable(typeof(ProxyStatus))]
public sealed partial class ProxyJson : JsonSerializerContext;
