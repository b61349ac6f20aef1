namespace Weft.Model.Local;

/// <summary>Answer of <c>GET /v1/debug/outside</c> of the agent's local API: how this node is tied to external networks.</summary>
public sealed record LocalOutside
{
    public IReadOnlyList<LocalUplink> Uplinks { get; init; } = [];

    /// <summary>Those that this node answers for.</summary>
    public IReadOnlyList<LocalFloatingIp> FloatingIps { get; init; } = [];

    /// <summary>What ports of this node are outside.</summary>
    public IReadOnlyList<LocalTranslation> Translations { get; init; } = [];
}

/// <param name="External">Name of the external network.</param>
/// <param name="Addresses">The node's own there.</param>
/// <param name="FloatingIps">How many addresses of others the node answers for.</param>
public sealed record LocalUplink(string External, string Interface, IReadOnlyList<string> Addresses, int FloatingIps);

/// <param name="LeadsTo">A port, or a load balancer, and its address: <c>port default/web 10.1.0.5</c>.</param>
/// <param name="Connections">In the flow table now, both ways.</param>
public sealed record LocalFloatingIp(string External, string Name, string Address, string LeadsTo, long Connections);

/// <param name="Network"><c>project/name</c>.</param>
/// <param name="Inside">One address of it; null: all that have none of their own.</param>
/// <param name="Ports">Of the address, that connections get; null: they keep theirs.</param>
/// <param name="Connections">In the flow table now, of ports that are that outside.</param>
public sealed record LocalTranslation(string Network, string? Inside, string External, string Address, string? Ports, long Connections);
