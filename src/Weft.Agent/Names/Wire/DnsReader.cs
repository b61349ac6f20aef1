using System.Buffers.Binary;

namespace Weft.Agent.Names.Wire;

/// <summary>Reads a DNS message (RFC 1035 section 4) from left to right. No input makes it throw.</summary>
ref struct DnsReader(ReadOnlySpan<byte> message, int position)
{
    internal const int HeaderLength = 12;
    internal const int MaxLabel = 63;

    /// <summary>RFC 1035 section 2.3.4: octets on the wire, lengths and root included.</summary>
    internal const int MaxName = 255;

    readonly ReadOnlySpan<byte> _message = message;

    internal int Position { get; private set; } = position;

    internal bool TryReadUInt16(out ushort value)
    {
        if (!TryRead(2, out var bytes))
        {
            value = 0;
            return false;
        }
        value = BinaryPrimitives.ReadUInt16BigEndian(bytes);
        return true;
    }

    internal bool TryReadUInt32(out uint value)
    {
        if (!TryRead(4, out var bytes))
        {
            value = 0;
            return false;
        }
        value = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        return true;
    }

    internal bool TryRead(int count, out ReadOnlySpan<byte> bytes)
    {
        if (count > _message.Length - Position)
        {
            bytes = default;
            return false;
        }
        bytes = _message.Slice(Position, count);
        Position += count;
        return true;
    }

    /// <summary>Copies a name to <paramref name="name"/> in its uncompressed form, root included.</summary>
    /// <param name="name">At least <see cref="MaxName"/> long.</param>
    /// <param name="length">Of the uncompressed form.</param>
    internal bool TryReadName(scoped Span<byte> name, out int length)
    {
        length = 0;
        var at = Position;
        var end = -1; // where reading goes on, once a pointer was followed
        var limit = at; // a pointer must lead before all that was read: so there is no loop
        while (at < _message.Length)
        {
            int label = _message[at];
            if (label >= 0xc0)
            {
                if (at + 1 >= _message.Length)
                    return false;
                var target = (label & 0x3f) << 8 | _message[at + 1];
                if (target >= limit || target < HeaderLength)
                    return false;
                end = end < 0 ? at + 2 : end;
                limit = at = target;
                continue;
            }
            // 0x40 and 0x80 are extended label types that nobody uses (RFC 6891 section 5).
            if (label > MaxLabel || at + 1 + label > _message.Length || length + 1 + label > MaxName)
                return false;
            _message.Slice(at, 1 + label).CopyTo(name[length..]);
            length += 1 + label;
            at += 1 + label;
            if (label == 0)
            {
                Position = end < 0 ? at : end;
                return true;
            }
        }
        return false;
    }

    internal bool TrySkipName()
    {
        while (TryRead(1, out var length))
        {
            if (length[0] == 0)
                return true;
            if (length[0] >= 0xc0)
                return TryRead(1, out _);
            if (length[0] > MaxLabel || !TryRead(length[0], out _))
                return false;
        }
        return false;
    }
}
