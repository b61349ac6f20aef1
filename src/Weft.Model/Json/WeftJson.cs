using System.Text.Json.Serialization;
using Weft.Model.Resources;

namespace Weft.Model.Json;

/// <summary>The JSON form of all documents: camelCase, no nulls, unknown fields refused.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    Converters = [typeof(IPAddressJsonConverter), typeof(IPNetworkJsonConverter)])]
[JsonSerializable(typeof(Project))]
[JsonSerializable(typeof(Network))]
[JsonSerializable(typeof(Port))]
[JsonSerializable(typeof(Node))]
[JsonSerializable(typeof(AddressReservation))]
public sealed partial class WeftJson : JsonSerializerContext;
