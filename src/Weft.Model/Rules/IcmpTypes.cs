using System.Collections.Frozen;
using System.Globalization;

namespace Weft.Model.Rules;

/// <summary>Types of ICMP and ICMPv6 messages by name (IANA's registries, in the words of iptables).</summary>
public static class IcmpTypes
{
    static readonly FrozenDictionary<string, byte> V4 = new (string Name, byte Type)[]
    {
        ("echo-reply", 0), ("destination-unreachable", 3), ("source-quench", 4), ("redirect", 5), ("echo-request", 8),
        ("router-advertisement", 9), ("router-solicitation", 10), ("time-exceeded", 11), ("parameter-problem", 12),
        ("timestamp-request", 13), ("timestamp-reply", 14), ("address-mask-request", 17), ("address-mask-reply", 18),
    }.ToFrozenDictionary(pair => pair.Name, pair => pair.Type, StringComparer.OrdinalIgnoreCase);

    static readonly FrozenDictionary<string, byte> V6 = new (string Name, byte Type)[]
    {
        ("destination-unreachable", 1), ("packet-too-big", 2), ("time-exceeded", 3), ("parameter-problem", 4),
        ("echo-request", 128), ("echo-reply", 129), ("multicast-listener-query", 130), ("multicast-listener-report", 131),
        ("multicast-listener-done", 132), ("router-solicitation", 133), ("router-advertisement", 134),
        ("neighbour-solicitation", 135), ("neighbour-advertisement", 136), ("redirect", 137),
    }.ToFrozenDictionary(pair => pair.Name, pair => pair.Type, StringComparer.OrdinalIgnoreCase);

    /// <summary>The names of a protocol's types; none for a protocol other than the two.</summary>
    public static IEnumerable<string> Names(byte protocol) => TableOf(protocol).Keys.Order(StringComparer.Ordinal);

    /// <summary>A name of a type of <paramref name="protocol"/>, in whatever case, or a number from 0 to 255.</summary>
    public static bool TryParse(byte protocol, string? text, out byte type)
    {
        type = 0;
        return text is not null && IpProtocols.HasIcmpTypes(protocol)
            && (TableOf(protocol).TryGetValue(text, out type)
                || byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out type));
    }

    /// <summary>The number in digits when it has no name.</summary>
    public static string NameOf(byte protocol, byte type)
    {
        foreach (var (name, number) in TableOf(protocol))
            if (number == type)
                return name;
        return type.ToString(CultureInfo.InvariantCulture);
    }

    static FrozenDictionary<string, byte> TableOf(byte protocol) => protocol switch
    {
        IpProtocols.Icmp => V4,
        IpProtocols.IcmpV6 => V6,
        _ => FrozenDictionary<string, byte>.Empty,
    };
}
