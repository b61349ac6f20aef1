using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Weft.Model.Addressing;

/// <summary>Addresses as numbers, so that ranges can be compared and walked.</summary>
public static class AddressMath
{
    /// <summary>The address as a number: 32 bits of IPv4, 128 bits of IPv6.</summary>
    public static UInt128 ToNumber(this IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        return length == 4 ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    /// <summary>The address of <paramref name="number"/> in <paramref name="family"/>.</summary>
    public static IPAddress ToAddress(this UInt128 number, AddressFamily family)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, number);
        return new(family == AddressFamily.InterNetwork ? bytes[12..] : bytes);
    }

    /// <summary>Bits of an address of the family: 32 or 128.</summary>
    public static int Bits(AddressFamily family) => family == AddressFamily.InterNetwork ? 32 : 128;

    /// <summary>The lowest address, which names the prefix itself.</summary>
    public static UInt128 First(this IPNetwork prefix) => prefix.BaseAddress.ToNumber();

    /// <summary>The highest address; the broadcast address in IPv4.</summary>
    public static UInt128 Last(this IPNetwork prefix)
    {
        var hostBits = Bits(prefix.BaseAddress.AddressFamily) - prefix.PrefixLength;
        var size = hostBits == 128 ? UInt128.MaxValue : (UInt128.One << hostBits) - 1;
        return prefix.First() | size;
    }

    /// <summary>The prefix of that length that holds the address.</summary>
    public static IPNetwork PrefixAround(this IPAddress address, int length)
    {
        var hostBits = Bits(address.AddressFamily) - length;
        var number = hostBits == 128 ? 0 : address.ToNumber() >> hostBits << hostBits;
        return new(number.ToAddress(address.AddressFamily), length);
    }

    /// <summary>Whether all of <paramref name="other"/> is in the prefix.</summary>
    public static bool Contains(this IPNetwork prefix, IPNetwork other) =>
        prefix.PrefixLength <= other.PrefixLength
        && prefix.BaseAddress.AddressFamily == other.BaseAddress.AddressFamily && prefix.Contains(other.BaseAddress);

    public static bool Overlaps(this IPNetwork prefix, IPNetwork other) =>
        prefix.BaseAddress.AddressFamily == other.BaseAddress.AddressFamily
        && prefix.First() <= other.Last() && other.First() <= prefix.Last();

    /// <summary>
    /// Accepts the full written forms only: four decimal parts without leading zeros, or IPv6 without a
    /// zone. What <see cref="IPAddress.TryParse(string?, out IPAddress?)"/> takes besides (<c>1</c>, <c>0x7f.1</c>) is refused.
    /// </summary>
    public static bool TryParse(string? text, out IPAddress address)
    {
        address = IPAddress.None;
        if (text is null || !IPAddress.TryParse(text, out var parsed) || text.Contains('%') || text.StartsWith('['))
            return false;
        if (parsed.AddressFamily == AddressFamily.InterNetwork && parsed.ToString() != text)
            return false;
        address = parsed;
        return true;
    }
}
