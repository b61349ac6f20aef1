namespace Weft.Analytics.Ipfix;

/// <summary>How values of columns become bytes.</summary>
static class IpfixValues
{
    /// <summary>Seconds from 1900, where NTP counts from, to 1970.</summary>
    const ulong NtpEpoch = 2_208_988_800;

    public static IpfixValue Number(FlowColumns columns, IpfixColumn column) => Number(columns, column, value => value);

    public static IpfixValue Number(FlowColumns columns, IpfixColumn column, Func<ulong, ulong> convert) =>
        Sized(column.Element.Length, columns.Number(column.Fields[0]), convert);

    /// <summary>What is counted once for a connection is not counted again where its answers are told apart.</summary>
    public static IpfixValue Once(FlowColumns columns, IpfixColumn column) =>
        columns.Mirrored ? Sized(column.Element.Length, _ => 0, value => value) : Number(columns, column);

    /// <summary>Both fields in one value.</summary>
    public static IpfixValue Pair(FlowColumns columns, IpfixColumn column, Func<ulong, ulong, ulong> join)
    {
        var (first, second) = (columns.Number(column.Fields[0]), columns.Number(column.Fields[1]));
        return Sized(column.Element.Length, row => join(first(row), second(row)), value => value);
    }

    public static IpfixValue Text(FlowColumns columns, IpfixColumn column)
    {
        var texts = columns.Texts(column.Fields[0]);
        return (int row, ref IpfixWriter writer) => writer.Text(texts.Of(row));
    }

    /// <summary>Line feeds around and between labels become commas between them.</summary>
    public static IpfixValue Labels(FlowColumns columns, IpfixColumn column)
    {
        var texts = columns.Texts(column.Fields[0]);
        return (int row, ref IpfixWriter writer) =>
        {
            var text = writer.NoLabels ? [] : texts.Of(row).Trim((byte)'\n');
            Span<byte> joined = text.Length <= 512 ? stackalloc byte[text.Length] : new byte[text.Length];
            text.Replace(joined, (byte)'\n', (byte)',');
            writer.Text(joined);
        };
    }

    public static IpfixValue Address(FlowColumns columns, IpfixColumn column)
    {
        var addresses = columns.Addresses(column.Fields[0]);
        var skipped = 16 - column.Element.Length;
        return (int row, ref IpfixWriter writer) => writer.Bytes(addresses.Span.Slice(row * 16, 16)[skipped..]);
    }

    /// <summary>What was not translated is beyond the translation what it was before.</summary>
    public static IpfixValue AddressOr(FlowColumns columns, IpfixColumn column, string otherwise)
    {
        var (addresses, others) = (columns.Addresses(column.Fields[0]), columns.Addresses(otherwise));
        var skipped = 16 - column.Element.Length;
        return (int row, ref IpfixWriter writer) =>
        {
            var address = addresses.Span.Slice(row * 16, 16);
            writer.Bytes((IpfixAddress.IsNone(address) ? others.Span.Slice(row * 16, 16) : address)[skipped..]);
        };
    }

    public static IpfixValue PortOr(FlowColumns columns, IpfixColumn column, string otherwise)
    {
        var (ports, others) = (columns.Number(column.Fields[0]), columns.Number(otherwise));
        return Sized(column.Element.Length, row => ports(row) is > 0 and var port ? port : others(row), value => value);
    }

    public static ulong Milliseconds(ulong microseconds) => microseconds / 1000;

    /// <summary>RFC 7011 section 6.1.9; the lowest 11 bits say less than a microsecond.</summary>
    public static ulong Ntp(ulong microseconds) =>
        ((microseconds / 1_000_000) + NtpEpoch) << 32 | ((microseconds % 1_000_000 << 32) / 1_000_000 & ~0x7FFul);

    static IpfixValue Sized(int length, Func<int, ulong> read, Func<ulong, ulong> convert) => length switch
    {
        1 => (int row, ref IpfixWriter writer) => writer.UInt8((byte)convert(read(row))),
        2 => (int row, ref IpfixWriter writer) => writer.UInt16((ushort)convert(read(row))),
        4 => (int row, ref IpfixWriter writer) => writer.UInt32((uint)convert(read(row))),
        _ => (int row, ref IpfixWriter writer) => writer.UInt64(convert(read(row))),
    };
}
