using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Weft.Model.Resources;

namespace Weft.Model.Json;

/// <summary>The JSON form of all documents: camelCase, no nulls, unknown and repeated fields refused.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    Converters = [typeof(IPAddressJsonConverter), typeof(IPNetworkJsonConverter), typeof(PortRangeJsonConverter)])]
[JsonSerializable(typeof(Project))]
[JsonSerializable(typeof(Network))]
[JsonSerializable(typeof(Port))]
[JsonSerializable(typeof(Node))]
[JsonSerializable(typeof(AddressReservation))]
[JsonSerializable(typeof(Token))]
[JsonSerializable(typeof(Policy))]
[JsonSerializable(typeof(SecurityGroup))]
[JsonSerializable(typeof(ExternalNetwork))]
[JsonSerializable(typeof(FloatingIp))]
[JsonSerializable(typeof(Router))]
[JsonSerializable(typeof(LoadBalancer))]
[JsonSerializable(typeof(Certificate))]
public sealed partial class WeftJson : JsonSerializerContext
{
    /// <summary>How to read and write documents of <paramref name="kind"/>; null for an unknown kind.</summary>
    public static JsonTypeInfo? OfKind(string kind) => kind switch
    {
        Resources.Project.KindName => Default.Project,
        Resources.Network.KindName => Default.Network,
        Resources.Port.KindName => Default.Port,
        Resources.Node.KindName => Default.Node,
        Resources.AddressReservation.KindName => Default.AddressReservation,
        Resources.Token.KindName => Default.Token,
        Resources.Policy.KindName => Default.Policy,
        Resources.SecurityGroup.KindName => Default.SecurityGroup,
        Resources.ExternalNetwork.KindName => Default.ExternalNetwork,
        Resources.FloatingIp.KindName => Default.FloatingIp,
        Resources.Router.KindName => Default.Router,
        Resources.LoadBalancer.KindName => Default.LoadBalancer,
        Resources.Certificate.KindName => Default.Certificate,
        _ => null,
    };

    public static byte[] ToUtf8(Resource resource) =>
        JsonSerializer.SerializeToUtf8Bytes(resource, OfKind(resource.Kind)!);

    /// <exception cref="JsonException">The kind is unknown, or the text is no such document.</exception>
    public static Resource FromUtf8(string kind, ReadOnlySpan<byte> utf8) =>
        JsonSerializer.Deserialize(utf8, OfKind(kind) ?? throw new JsonException($"unknown kind '{kind}'")) as Resource
        ?? throw new JsonException($"an empty document for kind '{kind}'");
}
