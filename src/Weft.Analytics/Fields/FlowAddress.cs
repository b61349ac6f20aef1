using System.Net;
using System.Net.Sockets;
using Weft.Model.Addressing;

namespace Weft.Analytics.Fields;

/// <summary>Addresses as records have them: 128 bits, IPv4 mapped; zero is none.</summary>
public static class FlowAddress
{
    const ulong Mapped = 0xffff_0000_0000;

    static readonly UInt128 s_firstMapped = Mapped;
    static readonly UInt128 s_lastMapped = Mapped | uint.MaxValue;

    public static UInt128 Of(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetwork ? Mapped | address.ToNumber() : address.ToNumber();

    public static bool IsMapped(UInt128 address) => address >= s_firstMapped && address <= s_lastMapped;

    /// <summary>Empty for none.</summary>
    public static string Write(UInt128 address) =>
        address == 0 ? ""
        : IsMapped(address) ? ((UInt128)(uint)address).ToAddress(AddressFamily.InterNetwork).ToString()
        : address.ToAddress(AddressFamily.InterNetworkV6).ToString();

    /// <summary>Those of a prefix. One of IPv6 holds neither IPv4, which lies within <c>::/0</c>, nor none.</summary>
    public static IReadOnlyList<(UInt128 Low, UInt128 High)> Ranges(IPNetwork prefix)
    {
        if (prefix.BaseAddress.AddressFamily == AddressFamily.InterNetwork)
            return [(Mapped | prefix.First(), Mapped | prefix.Last())];
        var (low, high) = (prefix.First(), prefix.Last());
        if (low == 0 && high > 0)
            low = 1;
        return low >= s_firstMapped || high < s_lastMapped ? [(low, high)] : [(low, s_firstMapped - 1), (s_lastMapped + 1, high)];
    }

    /// <summary>The prefix that these are exactly, when they are one.</summary>
    public static IPNetwork? Prefix(UInt128 low, UInt128 high)
    {
        var size = high - low;
        if (size == UInt128.MaxValue || !UInt128.IsPow2(size + 1) || (low & size) != 0)
            return null;
        var bits = (int)UInt128.TrailingZeroCount(size + 1);
        if (IsMapped(low) && IsMapped(high))
            return new(((UInt128)(uint)low).ToAddress(AddressFamily.InterNetwork), 32 - bits);
        var prefix = new IPNetwork(low.ToAddress(AddressFamily.InterNetworkV6), 128 - bits);
        return Ranges(prefix) is [var one] && one == (low, high) ? prefix : null;
    }
}
