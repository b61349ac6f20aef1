using Weft.Model.Addressing;

namespace Weft.Linux;

/// <summary>What any new interface may be given. Null leaves the kernel's default.</summary>
public abstract record LinkSpec
{
    public required string Name { get; init; }

    public MacAddress? Mac { get; init; }

    /// <summary>Bytes of L3.</summary>
    public int? Mtu { get; init; }

    public int? TxQueueLength { get; init; }

    public int? Group { get; init; }

    public string? Alias { get; init; }

    /// <summary>Created set up.</summary>
    public bool Up { get; init; }
}

/// <summary>A pair of veth; this end is made in the namespace of the netlink socket. The other starts set down.</summary>
public sealed record VethSpec : LinkSpec
{
    public required string PeerName { get; init; }

    public MacAddress? PeerMac { get; init; }

    /// <summary>The other end is made directly in here: no move, no name taken meanwhile.</summary>
    public NetNs? PeerNamespace { get; init; }

    /// <summary>Transmit and receive queues of both ends. The kernel's default is one per possible CPU.</summary>
    public int Queues { get; init; } = 1;
}

public sealed record BridgeSpec : LinkSpec;

public sealed record DummySpec : LinkSpec;

public sealed record VxlanSpec : LinkSpec
{
    public VxlanSettings Settings { get; init; } = new();
}

/// <summary>Changes of an existing interface. Null leaves as it is.</summary>
public sealed record LinkUpdate
{
    public string? Name { get; init; }

    public MacAddress? Mac { get; init; }

    /// <summary>Bytes of L3.</summary>
    public int? Mtu { get; init; }

    public int? TxQueueLength { get; init; }

    public string? Alias { get; init; }

    public int? Group { get; init; }

    /// <summary>Index of a bridge to join; 0: leave.</summary>
    public int? Master { get; init; }

    /// <summary>Moves there.</summary>
    public NetNs? Namespace { get; init; }

    /// <summary>Whether the kernel gives it an IPv6 link-local address when it goes up. Set it before that.</summary>
    public bool? LinkLocalAddress { get; init; }

    /// <summary>Whether it takes frames for multicast addresses that nobody has joined.</summary>
    public bool? AllMulticast { get; init; }

    /// <summary>Applied by the kernel after name, MAC and MTU, before <see cref="LinkLocalAddress"/>.</summary>
    public bool? Up { get; init; }
}
