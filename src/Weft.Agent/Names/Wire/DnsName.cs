using System.Diagnostics.CodeAnalysis;

namespace Weft.Agent.Names.Wire;

/// <summary>Names between their wire form and text: lower case, dots between labels, none at the end.</summary>
static class DnsName
{
    /// <summary>False when a label holds anything but visible ASCII without dot: no name of ours does.</summary>
    internal static bool TryToText(ReadOnlySpan<byte> wire, [NotNullWhen(true)] out string? text)
    {
        Span<char> characters = stackalloc char[DnsReader.MaxName];
        var length = 0;
        text = null;
        for (var at = 0; at < wire.Length && wire[at] != 0; at += 1 + wire[at])
        {
            if (length > 0)
                characters[length++] = '.';
            foreach (var b in wire.Slice(at + 1, wire[at]))
            {
                if (b is <= (byte)' ' or >= 0x7f or (byte)'.')
                    return false;
                characters[length++] = char.ToLowerInvariant((char)b);
            }
        }
        text = new string(characters[..length]);
        return true;
    }

    /// <summary>Writes the wire form. False: an empty or too long label, or too long altogether.</summary>
    internal static bool TryToWire(ReadOnlySpan<char> text, Span<byte> wire, out int length)
    {
        length = 0;
        if (text.IsEmpty)
            return TryPut(wire, ref length, 0);
        foreach (var range in text.Split('.'))
        {
            var label = text[range];
            if (label.Length is 0 or > DnsReader.MaxLabel || length + label.Length + 2 > DnsReader.MaxName)
                return false;
            if (!TryPut(wire, ref length, (byte)label.Length))
                return false;
            foreach (var c in label)
            {
                if (c > 0x7f || !TryPut(wire, ref length, (byte)c))
                    return false;
            }
        }
        return TryPut(wire, ref length, 0);
    }

    static bool TryPut(Span<byte> wire, ref int length, byte value)
    {
        if (length >= wire.Length)
            return false;
        wire[length++] = value;
        return true;
    }
}
