using System.Net;
using System.Text.Json.Serialization;
using Weft.Model.Addressing;

namespace Weft.Model.Resources;

/// <summary>An attachment point of a network, with its addresses.</summary>
public sealed record Port : ProjectResource
{
    public const string KindName = "port";

    [JsonPropertyOrder(KindOrder)]
    public override string Kind => KindName;

    /// <summary>Required. Name of the network, in the same project.</summary>
    public string Network { get; init => field = value ?? ""; } = "";

    /// <summary>Chosen by the server when not given.</summary>
    public MacAddress? MacAddress { get; init; }

    /// <summary>One per subnet's family when not given; each from a subnet of the network.</summary>
    public IReadOnlyList<IPAddress>? Addresses { get; init; }

    /// <summary>Where it is attached; none: nowhere.</summary>
    public string? Node { get; init; }

    /// <summary>More names that resolve to it inside the network.</summary>
    public IReadOnlyList<string>? Aliases { get; init; }

    /// <summary>Names of security groups of its project. Not given: the project's default one, if it has one; empty: none.</summary>
    public IReadOnlyList<string>? SecurityGroups { get; init; }

    /// <summary>
    /// Ports of its node's own addresses that lead to it (<c>docker run -p</c>). Each is a rule by itself: it lets in what it
    /// publishes, unless a policy denies it. A port of a node and protocol is one's only.
    /// </summary>
    public IReadOnlyList<PortMapping>? Published { get; init; }

    /// <summary>What it is attached to, for people: a container's id or name, a namespace.</summary>
    public string? Device { get; init; }

    /// <summary>Who manages it: <c>docker</c>, <c>attach</c>; none: a person through the API.</summary>
    public string? Owner { get; init; }

    /// <summary>Told by the node; not stored.</summary>
    public PortStatus? Status { get; init; }
}

/// <summary><c>down</c>: not attached; <c>active</c>: packets pass; <c>error</c>: closed, see the message.</summary>
public sealed record PortStatus(string State, string? Message = null);
