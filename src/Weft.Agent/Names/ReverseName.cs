using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace Weft.Agent.Names;

/// <summary>Addresses as names: RFC 1035 section 3.5 (in-addr.arpa) and RFC 3596 section 2.5 (ip6.arpa).</summary>
static class ReverseName
{
    const string V4Suffix = ".in-addr.arpa";
    const string V6Suffix = ".ip6.arpa";

    internal static bool TryParse(string name, [NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        if (name.EndsWith(V4Suffix, StringComparison.Ordinal))
            return TryParseV4(name.AsSpan(0, name.Length - V4Suffix.Length), out address);
        if (name.EndsWith(V6Suffix, StringComparison.Ordinal))
            return TryParseV6(name.AsSpan(0, name.Length - V6Suffix.Length), out address);
        return false;
    }

    static bool TryParseV4(ReadOnlySpan<char> labels, [NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        Span<byte> bytes = stackalloc byte[4];
        var left = bytes.Length;
        foreach (var range in labels.Split('.'))
        {
            if (left == 0 || !byte.TryParse(labels[range], NumberStyles.None, CultureInfo.InvariantCulture, out bytes[--left]))
                return false;
        }
        if (left != 0)
            return false;
        address = new IPAddress(bytes);
        return true;
    }

    static bool TryParseV6(ReadOnlySpan<char> labels, [NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        if (labels.Length != 63)
            return false;
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        for (var i = 0; i < 32; i++)
        {
            var digit = labels[2 * i];
            if (!char.IsAsciiHexDigit(digit) || i < 31 && labels[2 * i + 1] != '.')
                return false;
            bytes[15 - i / 2] |= (byte)(Convert.ToInt32(digit.ToString(), 16) << 4 * (i & 1));
        }
        address = new IPAddress(bytes);
        return true;
    }
}
