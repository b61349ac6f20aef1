using System.Text.Json.Serialization;

namespace Weft.Agent.Attachments;

/// <summary>Who moves the interface into its namespace, and who asked.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AttachMethod>))]
public enum AttachMethod
{
    Netns,
    Pid,
    Container,
    Docker,

    /// <summary>The agent itself: a port of a load balancer's proxy.</summary>
    Proxy,

    /// <summary>Found in the kernel without a record of it.</summary>
    Found,
}

/// <summary>What this node was told to attach: desired state of the node's own, on disk.</summary>
public sealed record PortAttachment
{
    /// <summary>Uid of the port.</summary>
    public required Guid Port { get; init; }

    /// <summary>weft_port.id: random, so that what is left of a port that is gone is not taken for another's.</summary>
    public required uint Id { get; init; }

    public required AttachMethod Method { get; init; }

    /// <summary>As the request named it.</summary>
    public required string Target { get; init; }

    /// <summary>Inside the namespace, or what it is called until Docker moves it.</summary>
    public required string Interface { get; init; }

    /// <summary>The port was made for this attachment and goes with it.</summary>
    public bool OwnsPort { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PortAttachment))]
sealed partial class AttachmentJson : JsonSerializerContext;
