using System.Net;
using Weft.Model.Addressing;

namespace Weft.Model.Local;

/// <summary>A port with an interface on this node: an answer of the agent's local API.</summary>
public sealed record Attachment
{
    /// <summary>Uid of the port.</summary>
    public required Guid Port { get; init; }

    public required string Project { get; init; }

    public required string Network { get; init; }

    /// <summary>Of the port.</summary>
    public required string Name { get; init; }

    /// <summary>Who asked for it: <c>netns</c>, <c>pid</c>, <c>container</c>, <c>docker</c>.</summary>
    public required string Method { get; init; }

    /// <summary>What was named in the request: path or name, PID, container.</summary>
    public required string Target { get; init; }

    /// <summary>Inside the namespace; empty while another program has yet to move it there.</summary>
    public required string Interface { get; init; }

    /// <summary>The host side.</summary>
    public required string HostInterface { get; init; }

    public required MacAddress MacAddress { get; init; }

    public required IReadOnlyList<IPNetworkAddress> Addresses { get; init; }

    /// <summary>Bytes of L3.</summary>
    public required int Mtu { get; init; }

    /// <summary><c>active</c>, <c>down</c> or <c>error</c>.</summary>
    public required string State { get; init; }

    public string? Message { get; init; }

    /// <summary>Only in the answer to the attaching request.</summary>
    public AttachTiming? Timing { get; init; }
}

/// <summary>An address with the length of its subnet's prefix and the subnet's gateway.</summary>
public sealed record IPNetworkAddress(IPAddress Address, int PrefixLength, IPAddress? Gateway);

/// <summary>Where the time of an attach went, in milliseconds.</summary>
/// <param name="Server">Making the port and hearing of it.</param>
/// <param name="Agent">The agent's own part: links, addresses, programs, maps.</param>
public sealed record AttachTiming(double Server, double Agent);
