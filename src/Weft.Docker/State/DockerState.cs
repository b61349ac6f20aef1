using System.Collections.Concurrent;
using System.Text.Json.Serialization;
using Weft.Model.Json;

namespace Weft.Docker.State;

/// <summary>What must be known again after a restart, even before Docker answers: it may be waiting for us.</summary>
sealed class DockerState(string folder)
{
    public RecordFolder<NetworkLink> Networks { get; } =
        new(Path.Combine(folder, "networks"), StateJson.Default.NetworkLink);

    /// <summary>
    /// Ids of networks that Docker is removing: it lists them for a little longer, and they must not be taken for new
    /// ones. In memory only, and until Docker ends: it may not have removed them by then.
    /// </summary>
    public ConcurrentDictionary<string, bool> Leaving { get; } = new(StringComparer.Ordinal);

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
