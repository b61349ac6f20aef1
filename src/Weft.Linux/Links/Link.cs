using Weft.Model.Addressing;

namespace Weft.Linux;

/// <summary>A network interface as the kernel describes it.</summary>
public sealed record Link
{
    public required int Index { get; init; }

    public required string Name { get; init; }

    /// <summary>The driver's word: veth, bridge, vxlan, dummy; empty for physical ones and the loopback.</summary>
    public string Kind { get; init; } = "";

    public MacAddress? Mac { get; init; }

    /// <summary>Bytes of L3.</summary>
    public int Mtu { get; init; }

    /// <summary>Set up by the administrator.</summary>
    public bool IsUp { get; init; }

    /// <summary>Up, and the other end is there too.</summary>
    public bool HasCarrier { get; init; }

    public bool IsLoopback { get; init; }

    /// <summary>It takes frames for multicast addresses that nobody has joined.</summary>
    public bool AllMulticast { get; init; }

    /// <summary>Index of the bridge it belongs to; 0: none.</summary>
    public int Master { get; init; }

    /// <summary>For a veth: the index of its peer, in the peer's namespace; 0: none.</summary>
    public int PeerIndex { get; init; }

    /// <summary>The number under which this namespace knows the peer's; null: the same namespace.</summary>
    public int? PeerNamespaceId { get; init; }

    /// <summary>Free text; ours are marked "weft:&lt;uid&gt;".</summary>
    public string Alias { get; init; } = "";

    public int Group { get; init; }

    /// <summary>Packets.</summary>
    public int TxQueueLength { get; init; }

    public int TxQueues { get; init; }

    public int RxQueues { get; init; }

    /// <summary>Set when <see cref="Kind"/> is vxlan.</summary>
    public VxlanSettings? Vxlan { get; init; }
}

/// <summary>What is special to a VXLAN interface (RFC 7348).</summary>
public sealed record VxlanSettings
{
    /// <summary>The VNI; 0 with <see cref="CollectMetadata"/>.</summary>
    public uint Id { get; init; }

    /// <summary>Destination and listening UDP port.</summary>
    public ushort Port { get; init; } = 4789;

    /// <summary>The tunnel's addresses and VNI travel with each packet ("external").</summary>
    public bool CollectMetadata { get; init; }

    public bool Learning { get; init; }

    /// <summary>Outer source address.</summary>
    public System.Net.IPAddress? Local { get; init; }
}

/// <summary>Names an interface by its index or by its name.</summary>
public readonly record struct LinkRef
{
    LinkRef(int index, string? name) => (Index, Name) = (index, name);

    public int Index { get; }

    public string? Name { get; }

    public static implicit operator LinkRef(int index) => FromIndex(index);

    public static implicit operator LinkRef(string name) => FromName(name);

    public static implicit operator LinkRef(Link link) => FromIndex(link.Index);

    public static LinkRef FromIndex(int index) => new(index, null);

    /// <exception cref="ArgumentException">Not 1 to 15 bytes, or with a slash, colon or white space.</exception>
    public static LinkRef FromName(string name) => new(0, LinkName.Check(name));

    public static LinkRef FromLink(Link link) => FromIndex(link.Index);

    public override string ToString() => Name ?? $"#{Index}";
}

/// <summary>What the kernel accepts as the name of an interface (dev_valid_name).</summary>
static class LinkName
{
    const int MaxBytes = 15;

    internal static string Check(string name) =>
        name.Length > 0 && System.Text.Encoding.UTF8.GetByteCount(name) <= MaxBytes && name is not ("." or "..")
            && !name.Any(c => c is '/' or ':' or '\0' || char.IsWhiteSpace(c))
            ? name
            : throw new ArgumentException($"'{name}' is no name of an interface", nameof(name));
}
