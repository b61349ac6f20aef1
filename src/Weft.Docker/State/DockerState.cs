using System.Text.Json.Serialization;
using Weft.Model.Json;

namespace Weft.Docker.State;

/// <summary>What must be known again after a restart, even before Docker answers: it may be waiting for us.</summary>
sealed class DockerState(string folder)
{
    public RecordFolder<NetworkLink> Networks { get; } =
        new(Path.Combine(folder, "networks"), StateJson.Default.NetworkLink);

    public RecordFolder<EndpointRecord> Endpoints { get; } =
        new(Path.Combine(folder, "endpoints"), StateJson.Default.EndpointRecord);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(IPAddressJsonConverter), typeof(IPNetworkJsonConverter)])]
[JsonSerializable(typeof(NetworkLink))]
[JsonSerializable(typeof(EndpointRecord))]
sealed partial class StateJson : JsonSerializerContext;
