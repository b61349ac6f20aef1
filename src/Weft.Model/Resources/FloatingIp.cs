using System.Net;
using System.Text.Json.Serialization;

namespace Weft.Model.Resources;

/// <summary>
/// An address of an external network that leads to a port or a load balancer: translated one to one on the node that it is
/// on, both ways. Nothing gets in by it that no rule allows.
/// </summary>
public sealed record FloatingIp : ProjectResource
{
    public const string KindName = "floating-ip";

    [JsonPropertyOrder(KindOrder)]
    public override string Kind => KindName;

    /// <summary>The default one when not given. Fixed once made.</summary>
    public string? ExternalNetwork { get; init; }

    /// <summary>Chosen by the server when not given: from the pools, IPv4 first. Fixed once made.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>Name of a port of the project. Either this, or a load balancer, or neither.</summary>
    public string? Port { get; init; }

    /// <summary>Name of a load balancer of the project.</summary>
    public string? LoadBalancer { get; init; }

    /// <summary>Which of the target's addresses; its first one of the family when not given.</summary>
    public IPAddress? TargetAddress { get; init; }

    /// <summary>Nothing but these ports, if any; then connections that the port opens do not leave by this address.</summary>
    public IReadOnlyList<PortMapping>? PortMappings { get; init; }

    /// <summary>
    /// Its port mappings, or the listeners of its load balancer, are rules by themselves, as published ports are: they let in,
    /// unless a policy denies it.
    /// </summary>
    public bool Open { get; init; }

    /// <summary>Told by the server, for people: where it is answered for. Not stored.</summary>
    public FloatingIpStatus? Status { get; init; }
}

/// <summary><c>down</c>: bound to nothing that is anywhere; <c>active</c>; <c>error</c>: see the message.</summary>
public sealed record FloatingIpStatus(string State, string? Node = null, string? Message = null);

/// <summary>One port of an outside address, or a range of them, and what it leads to. Equal by what it holds.</summary>
public sealed record PortMapping
{
    /// <summary><c>tcp</c> or <c>udp</c> (or another protocol that has ports). Required.</summary>
    public string Protocol { get; init => field = value ?? ""; } = "";

    /// <summary>Outside. Required; at most 1,024 ports.</summary>
    public PortRange Ports { get; init; }

    /// <summary>The first one inside, the others follow; the same as outside when 0.</summary>
    public ushort TargetPort { get; init; }
}
