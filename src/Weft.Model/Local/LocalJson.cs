using System.Text.Json.Serialization;
using Weft.Model.Json;

namespace Weft.Model.Local;

/// <summary>The JSON form of the agent's local API: camelCase, no nulls, unknown fields refused.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    Converters = [typeof(IPAddressJsonConverter), typeof(IPNetworkJsonConverter)])]
[JsonSerializable(typeof(AttachPortRequest))]
[JsonSerializable(typeof(Attachment))]
[JsonSerializable(typeof(IReadOnlyList<Attachment>))]
[JsonSerializable(typeof(LocalStatus))]
[JsonSerializable(typeof(LocalProblem))]
[JsonSerializable(typeof(LocalRecords))]
[JsonSerializable(typeof(LocalOutside))]
[JsonSerializable(typeof(IReadOnlyList<LocalFlow>))]
[JsonSerializable(typeof(IReadOnlyList<LocalDrop>))]
public sealed partial class LocalJson : JsonSerializerContext;
