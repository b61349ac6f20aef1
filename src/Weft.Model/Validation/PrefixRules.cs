using System.Net;
using System.Net.Sockets;
using Weft.Model.Addressing;

namespace Weft.Model.Validation;

/// <summary>Which prefixes a subnet may have.</summary>
static class PrefixRules
{
    /// <summary>Never the address of one station: RFC 6890, RFC 4291 section 2.</summary>
    static readonly (IPNetwork Prefix, string Meaning)[] Special =
    [
        (IPNetwork.Parse("0.0.0.0/8"), "this network"),
        (IPNetwork.Parse("127.0.0.0/8"), "loopback"),
        (IPNetwork.Parse("169.254.0.0/16"), "link-local"),
        (IPNetwork.Parse("224.0.0.0/4"), "multicast"),
        (IPNetwork.Parse("240.0.0.0/4"), "reserved"),
        (IPNetwork.Parse("::/8"), "reserved, with loopback and mapped IPv4"),
        (IPNetwork.Parse("fe80::/10"), "link-local"),
        (IPNetwork.Parse("ff00::/8"), "multicast"),
    ];

    public static bool IsIPv4(this IPNetwork prefix) => prefix.BaseAddress.AddressFamily == AddressFamily.InterNetwork;

    public static void Check(IPNetwork prefix, string path, Faults faults)
    {
        if (prefix.BaseAddress is null || prefix.Equals(default))
        {
            faults.Add(path, "is required");
            return;
        }
        var (shortest, longest) = prefix.IsIPv4() ? (8, 30) : (32, 124);
        if (prefix.PrefixLength < shortest || prefix.PrefixLength > longest)
            faults.Add(path, $"{prefix} has length /{prefix.PrefixLength}; from /{shortest} to /{longest} are allowed");
        foreach (var (special, meaning) in Special)
        {
            if (prefix.Overlaps(special))
                faults.Add(path, $"{prefix} overlaps {special} ({meaning})");
        }
    }
}
