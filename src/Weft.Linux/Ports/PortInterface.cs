using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Weft.Model.Addressing;

namespace Weft.Linux;

/// <summary>What a port's interface in a container shall be.</summary>
public sealed record PortInterface
{
    const string Prefix = "weft";
    const int NameDigits = 11; // with the prefix, all that an interface's name may have

    /// <summary>Of the port.</summary>
    public required Guid Uid { get; init; }

    /// <summary>Inside the container, at most 15 bytes.</summary>
    public required string Name { get; init; }

    public required MacAddress Mac { get; init; }

    /// <summary>Bytes of L3.</summary>
    public required int Mtu { get; init; }

    public IReadOnlyList<PortAddress> Addresses { get; init; } = [];

    /// <summary>The gateways become default routes, the first of each family.</summary>
    public bool DefaultRoutes { get; init; } = true;

    /// <summary>The host's side, made from the uid: who knows the port knows the interface.</summary>
    public string HostName => HostNameOf(Uid);

    /// <summary>
    /// "weft" and the last 44 bits of the uid. The first bits of a version 7 uid are the time: ports made in one
    /// minute would share them.
    /// </summary>
    public static string HostNameOf(Guid uid) => Prefix + uid.ToString("N", CultureInfo.InvariantCulture)[^NameDigits..];

    internal string Alias => PortAlias.Of(Uid);

    internal bool HasIPv6 => Addresses.Any(a => a.Address.AddressFamily == AddressFamily.InterNetworkV6);
}

/// <summary>An address of a port, with its subnet's prefix length and gateway.</summary>
public sealed record PortAddress(IPAddress Address, int PrefixLength, IPAddress? Gateway = null);

/// <summary>A port's interface as it is in the kernel.</summary>
public sealed record PlumbedPort
{
    public required Guid Uid { get; init; }

    /// <summary>Name of the host's side.</summary>
    public required string HostName { get; init; }

    /// <summary>Index of the host's side: the key of the vrouter's port map.</summary>
    public required int HostIndex { get; init; }

    /// <summary>Index of the container's side, in its namespace.</summary>
    public required int ContainerIndex { get; init; }

    /// <summary>The number under which the host's namespace knows the container's; null: still in the host's.</summary>
    public int? NamespaceId { get; init; }

    /// <summary>Bytes of L3, of the host's side.</summary>
    public int Mtu { get; init; }

    /// <summary>Both sides are up.</summary>
    public bool HasCarrier { get; init; }

    internal static PlumbedPort? From(Link link) => PortAlias.TryParse(link.Alias, out var uid)
        ? new PlumbedPort
        {
            Uid = uid,
            HostName = link.Name,
            HostIndex = link.Index,
            ContainerIndex = link.PeerIndex,
            NamespaceId = link.PeerNamespaceId,
            Mtu = link.Mtu,
            HasCarrier = link.HasCarrier,
        }
        : null;
}

/// <summary>The mark by which an agent without memory knows its interfaces: "weft:" and the port's uid.</summary>
static class PortAlias
{
    const string Prefix = "weft:";

    internal static string Of(Guid uid) => $"{Prefix}{uid:D}";

    internal static bool TryParse(string alias, out Guid uid)
    {
        uid = default;
        return alias.StartsWith(Prefix, StringComparison.Ordinal)
            && Guid.TryParseExact(alias.AsSpan(Prefix.Length), "D", out uid);
    }
}
