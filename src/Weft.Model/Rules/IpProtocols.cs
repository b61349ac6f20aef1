using System.Collections.Frozen;
using System.Globalization;

namespace Weft.Model.Rules;

/// <summary>IP protocols by name, as rules write them, and by number (IANA, "Protocol Numbers").</summary>
public static class IpProtocols
{
    public const byte Icmp = 1;
    public const byte Tcp = 6;
    public const byte Udp = 17;
    public const byte Dccp = 33;
    public const byte IcmpV6 = 58;
    public const byte Sctp = 132;
    public const byte UdpLite = 136;

    // The first name of a number is the one that is shown.
    static readonly (string Name, byte Number)[] Known =
    [
        ("icmp", Icmp), ("igmp", 2), ("tcp", Tcp), ("egp", 8), ("udp", Udp), ("dccp", Dccp), ("rsvp", 46), ("gre", 47),
        ("esp", 50), ("ah", 51), ("icmpv6", IcmpV6), ("ipv6-icmp", IcmpV6), ("icmp6", IcmpV6), ("ospf", 89), ("ospfigp", 89), ("pim", 103),
        ("vrrp", 112), ("pgm", 113), ("l2tp", 115), ("sctp", Sctp), ("udplite", UdpLite), ("udp-lite", UdpLite),
    ];

    static readonly FrozenDictionary<string, byte> Numbers =
        Known.ToFrozenDictionary(pair => pair.Name, pair => pair.Number, StringComparer.OrdinalIgnoreCase);

    /// <summary>All names that are understood.</summary>
    public static IEnumerable<string> Names => Known.Select(pair => pair.Name);

    /// <summary>A name, in whatever case, or a number from 0 to 255.</summary>
    public static bool TryParse(string? text, out byte number)
    {
        number = 0;
        return text is not null
            && (Numbers.TryGetValue(text, out number)
                || byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number));
    }

    /// <summary>The number in digits when it has no name.</summary>
    public static string NameOf(byte number)
    {
        foreach (var known in Known)
            if (known.Number == number)
                return known.Name;
        return number.ToString(CultureInfo.InvariantCulture);
    }

    public static bool HasPorts(byte number) => number is Tcp or Udp or Dccp or Sctp or UdpLite;

    public static bool HasIcmpTypes(byte number) => number is Icmp or IcmpV6;
}
