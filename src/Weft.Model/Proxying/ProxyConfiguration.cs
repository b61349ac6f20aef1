using System.Net;
using Weft.Model.Resources;

namespace Weft.Model.Proxying;

/// <summary>
/// What the proxy of a node does for one load balancer: the whole of it, one file. The contract between the agent, which
/// writes it, and the proxy, which may be older or newer than the agent.
/// </summary>
public sealed record ProxyConfiguration
{
    public required Guid Uid { get; init; }

    public required string Project { get; init; }

    public required string Name { get; init; }

    /// <summary>Name under /run/netns in which it listens and reaches its members; the proxy's own when not given.</summary>
    public string? Namespace { get; init; }

    /// <summary>Where it listens.</summary>
    public required IReadOnlyList<IPAddress> Addresses { get; init; }

    public required IReadOnlyList<ProxyListener> Listeners { get; init; }

    public required IReadOnlyList<ProxyPool> Pools { get; init; }
}

public sealed record ProxyListener
{
    public required string Name { get; init; }

    /// <summary><c>http</c> or <c>https</c>.</summary>
    public required string Protocol { get; init; }

    public required ushort Port { get; init; }

    /// <summary>For requests that no route fits; they are not found when there is none.</summary>
    public string? Pool { get; init; }

    /// <summary>Connections at once; no limit when 0.</summary>
    public uint MaxConnections { get; init; }

    /// <summary>The names of certificates in it mean nothing to the proxy: <see cref="Certificates"/> holds what they name.</summary>
    public HttpHandling? Http { get; init; }

    public IReadOnlyList<ProxyCertificate>? Certificates { get; init; }
}

public sealed record ProxyCertificate
{
    public required string Name { get; init; }

    /// <summary>PEM.</summary>
    public required string Chain { get; init; }

    /// <summary>PEM.</summary>
    public required string PrivateKey { get; init; }

    /// <summary>Without the key.</summary>
    public override string ToString() => $"certificate {Name}";
}

public sealed record ProxyPool
{
    public required string Name { get; init; }

    /// <summary>As in <see cref="Pool.Algorithm"/>.</summary>
    public string? Algorithm { get; init; }

    public HttpPool? Http { get; init; }

    public required IReadOnlyList<ProxyMember> Members { get; init; }
}

public sealed record ProxyMember
{
    /// <summary>What a member is known by in cookies and counts: lasting, and the same on every node.</summary>
    public required string Id { get; init; }

    public required IPAddress Address { get; init; }

    public required ushort Port { get; init; }

    /// <summary>0: draining: only those come whose cookie names it.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>Requests at once; no limit when 0.</summary>
    public uint MaxConnections { get; init; }

    /// <summary>False: it gets nothing.</summary>
    public bool Healthy { get; init; } = true;
}
