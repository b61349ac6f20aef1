using System.Net;
using Weft.Model.Addressing;

namespace Weft.Model.Local;

/// <summary>
/// Body of <c>POST /v1/attachments</c> of the agent's local API: give a network namespace an interface
/// in a network. Exactly one of <see cref="Netns"/>, <see cref="Pid"/> and <see cref="Container"/>.
/// </summary>
public sealed record AttachPortRequest
{
    /// <summary>The agent's default project when not given.</summary>
    public string? Project { get; init; }

    public required string Network { get; init; }

    /// <summary>A path, or a name under <c>/run/netns</c>.</summary>
    public string? Netns { get; init; }

    /// <summary>A process of this host, in the agent's PID namespace.</summary>
    public int? Pid { get; init; }

    /// <summary>Id or name of a running container of this host's engine.</summary>
    public string? Container { get; init; }

    /// <summary>Of the port. One that exists and is nowhere is used as it is; chosen when not given.</summary>
    public string? Name { get; init; }

    /// <summary>Name inside the namespace, at most 15 bytes; the first free of eth0, eth1, … when not given.</summary>
    public string? Interface { get; init; }

    /// <summary>The server chooses one per family when not given.</summary>
    public IReadOnlyList<IPAddress>? Addresses { get; init; }

    public MacAddress? MacAddress { get; init; }

    public IReadOnlyList<string>? Aliases { get; init; }

    /// <summary>Names of the project's security groups; its default one when not given.</summary>
    public IReadOnlyList<string>? SecurityGroups { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }
}
