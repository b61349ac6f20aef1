namespace Weft.Analytics.Ipfix;

/// <summary>What a record has; there is a template for each combination, so that no element is sent that says nothing.</summary>
[Flags]
enum IpfixShape
{
    Plain = 0,
    Ipv6 = 1,
    /// <summary>ICMP or ICMPv6, in place of ports.</summary>
    Icmp = 2,
    /// <summary>Counts of both directions.</summary>
    Biflow = 4,
    Translated = 8,
}

/// <summary>Tells the shapes of the records of a batch.</summary>
sealed class IpfixShapes(FlowColumns columns, bool biflows)
{
    readonly Func<int, ulong> _protocol = columns.Number("protocol");
    readonly Func<int, ulong> _replies = columns.Number("total.reply.packets");
    readonly ReadOnlyMemory<byte>[] _addresses =
        [.. new[] { "source.address", "destination.address", "translated.source.address", "translated.destination.address" }.Select(columns.Addresses)];

    public IpfixShape Of(int row)
    {
        var shape = IpfixShape.Plain;
        for (var i = 0; i < _addresses.Length; i++)
        {
            var address = _addresses[i].Span.Slice(row * 16, 16);
            if (!IpfixAddress.IsIpv4(address))
                shape |= IpfixShape.Ipv6;
            if (i >= 2 && !columns.Mirrored && !IpfixAddress.IsNone(address))
                shape |= IpfixShape.Translated;
        }
        if (_protocol(row) is 1 or 58)
            shape |= IpfixShape.Icmp;
        // RFC 5103: a flow that nothing came back of is told as a uniflow.
        if (biflows && _replies(row) > 0)
            shape |= IpfixShape.Biflow;
        return shape;
    }
}

static class IpfixAddress
{
    static ReadOnlySpan<byte> Mapped => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF];

    public static bool IsNone(ReadOnlySpan<byte> address) => !address.ContainsAnyExcept((byte)0);

    /// <summary>Mapped, or none at all.</summary>
    public static bool IsIpv4(ReadOnlySpan<byte> address) => address.StartsWith(Mapped) || IsNone(address);
}
