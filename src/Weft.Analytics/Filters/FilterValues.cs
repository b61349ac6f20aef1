using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Weft.Analytics.Fields;
using Weft.Flows;
using Weft.Model.Addressing;
using Weft.Model.Rules;
using Weft.Model.Validation;

namespace Weft.Analytics.Filters;

/// <summary>What people write as the value of a field, as numbers; and the way back.</summary>
static class FilterValues
{
    const string Span = "..";

    /// <param name="Fault">What is wrong, and what would fit; null: nothing.</param>
    internal readonly record struct Read<T>(ImmutableArray<(T Low, T High)> Ranges, string? Fault);

    /// <summary>Of a field in its store: what it can be.</summary>
    internal static (Int128 Least, Int128 Most) Limits(FlowField field) => field.Type switch
    {
        FlowType.Time => (0, FlowTime.Of(DateTimeOffset.MaxValue)),
        FlowType.UInt8 when field.Meaning == FlowMeaning.Names => (0, field.Names.Count - 1),
        FlowType.UInt8 when field.Meaning == FlowMeaning.Flag => (0, 1),
        FlowType.UInt8 => (0, byte.MaxValue),
        FlowType.UInt16 => (0, ushort.MaxValue),
        FlowType.UInt32 => (0, uint.MaxValue),
        FlowType.UInt64 => (0, ulong.MaxValue),
        _ => (int.MinValue, int.MaxValue),
    };

    internal static (string What, ImmutableArray<FilterOperator> Possible) Operators(FlowField field) => (field.Type, field.Meaning) switch
    {
        (FlowType.Text, _) => ("a text", [FilterOperator.Equal, FilterOperator.In, FilterOperator.Matches, FilterOperator.Contains, FilterOperator.StartsWith]),
        (FlowType.Address, _) => ("an address", [FilterOperator.Equal, FilterOperator.In]),
        (_, FlowMeaning.TcpFlags) => ("a set of flags", [FilterOperator.Equal, FilterOperator.In, FilterOperator.Contains]),
        (_, FlowMeaning.Names) => ($"one of {string.Join(", ", field.Names)}", [FilterOperator.Equal, FilterOperator.In]),
        (_, FlowMeaning.Flag) => ("true or false", [FilterOperator.Equal, FilterOperator.In]),
        (_, FlowMeaning.Protocol) => ("a protocol", [FilterOperator.Equal, FilterOperator.In]),
        (_, FlowMeaning.Id) => ("an id", [FilterOperator.Equal, FilterOperator.In]),
        _ => (field.Type == FlowType.Time ? "a time" : "a number",
            [FilterOperator.Equal, FilterOperator.Less, FilterOperator.LessOrEqual, FilterOperator.Greater, FilterOperator.GreaterOrEqual, FilterOperator.In]),
    };

    internal static string Sign(FilterOperator one) => one switch
    {
        FilterOperator.Equal => "=, !=",
        FilterOperator.Less => "<",
        FilterOperator.LessOrEqual => "<=",
        FilterOperator.Greater => ">",
        FilterOperator.GreaterOrEqual => ">=",
        FilterOperator.In => "in",
        FilterOperator.Matches => "~, !~",
        FilterOperator.Contains => "contains",
        _ => "starts with",
    };

    internal static Read<Int128> Numbers(FlowField field, string text, DateTimeOffset now, bool mayBeRange)
    {
        if (One(field, text, now) is { } one)
            return InLimits(field, text, one, one);
        if (mayBeRange && Halves(field, text) is var (first, last) && One(field, first, now) is { } low && One(field, last, now) is { } high)
        {
            return low <= high ? InLimits(field, text, low, high)
                : new([], $"'{NameRules.Shown(text)}' ends before it begins");
        }
        return new([], $"'{NameRules.Shown(text)}' is not {Wanted(field)}{Nearest.Question(Nearest.Of(text, Known(field)))}");
    }

    internal static Read<UInt128> Addresses(string text)
    {
        if (text.Length == 0 || text.Equals("none", StringComparison.OrdinalIgnoreCase))
            return new([(0, 0)], null);
        if (AddressMath.TryParse(text, out var one))
            return new([(FlowAddress.Of(one), FlowAddress.Of(one))], null);
        if (text.Split(Span) is [var first, var last] || text.Split('-') is [var f, var l] && (first = f) is not null && (last = l) is not null)
        {
            if (AddressMath.TryParse(first, out var low) && AddressMath.TryParse(last, out var high))
            {
                return FlowAddress.Of(low) <= FlowAddress.Of(high) ? new([(FlowAddress.Of(low), FlowAddress.Of(high))], null)
                    : new([], $"'{NameRules.Shown(text)}' ends before it begins");
            }
        }
        if (Prefix(text) is var (address, length))
        {
            var prefix = address.PrefixAround(length);
            return prefix.BaseAddress.Equals(address) ? new([.. FlowAddress.Ranges(prefix)], null)
                : new([], $"host bits are set in '{NameRules.Shown(text)}': the prefix would be {prefix}");
        }
        return new([], $"'{NameRules.Shown(text)}' is not an address such as 10.1.0.5, a prefix such as 10.1.0.0/24 or fd00:1::/64, or none");
    }

    internal static string NoFlags(string text) =>
        $"'{NameRules.Shown(text)}' is not a set of flags such as syn or syn+ack, of {string.Join(", ", TcpFlags.Names)}; none for an empty one";

    internal static string Write(FlowField field, Int128 value) => field.Meaning switch
    {
        _ when field.Type == FlowType.Time => FlowTime.Write((long)value),
        FlowMeaning.Names => field.Names[(int)value],
        FlowMeaning.Flag => value == 0 ? "false" : "true",
        FlowMeaning.Protocol => IpProtocols.NameOf((byte)value),
        FlowMeaning.TcpFlags => TcpFlags.NameOf((byte)value),
        FlowMeaning.Id => ((ulong)value).ToString("x16", CultureInfo.InvariantCulture),
        _ => value.ToString(CultureInfo.InvariantCulture),
    };

    static Int128? One(FlowField field, string text, DateTimeOffset now) => field.Meaning switch
    {
        _ when field.Type == FlowType.Time => FlowTime.TryParse(text, now, out var time) ? time : null,
        FlowMeaning.Names => IndexOf(field.Names, text) is >= 0 and var index ? index : null,
        FlowMeaning.Flag => Flag(text),
        FlowMeaning.Protocol => IpProtocols.TryParse(text, out var protocol) ? protocol : null,
        FlowMeaning.TcpFlags => TcpFlags.TryParse(text, out var flags) ? flags : null,
        FlowMeaning.Id => Id(text),
        FlowMeaning.Bytes => Number(text) ?? (Sizes.TryParse(text, out var bytes) ? bytes : null),
        FlowMeaning.Microseconds => Number(text) ?? (Durations.TryParse(text, out var span) ? span : null),
        FlowMeaning.Milliseconds => Number(text) ?? Milliseconds(text),
        _ => Number(text),
    };

    static Read<Int128> InLimits(FlowField field, string text, Int128 low, Int128 high)
    {
        var (least, most) = Limits(field);
        return low >= least && high <= most ? new([(low, high)], null)
            : new([], $"'{NameRules.Shown(text)}' is not between {Write(field, least)} and {Write(field, most)}");
    }

    /// <summary>Of <c>8000-8100</c> and <c>1MB..2MB</c>; the hyphen is for what has none within.</summary>
    static (string First, string Last)? Halves(FlowField field, string text)
    {
        var at = text.IndexOf(Span, StringComparison.Ordinal);
        if (at > 0)
            return (text[..at], text[(at + Span.Length)..]);
        at = field.Type == FlowType.Time || text.Length == 0 ? -1 : text.IndexOf('-', 1);
        return at > 0 ? (text[..at], text[(at + 1)..]) : null;
    }

    static Int128? Number(string text) =>
        text.Length <= 20 && Int128.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    static Int128? Id(string text) => ulong.TryParse(
        text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? text.AsSpan(2) : text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var id)
        ? id : null;

    static Int128? Flag(string text) =>
        text.Equals("true", StringComparison.OrdinalIgnoreCase) || text is "1" ? 1
        : text.Equals("false", StringComparison.OrdinalIgnoreCase) || text is "0" ? 0
        : null;

    static Int128? Milliseconds(string text)
    {
        var negative = text.StartsWith('-');
        return Durations.TryParse(negative ? text[1..] : text, out var span) && span % 1000 == 0 ? (negative ? -span : span) / 1000 : null;
    }

    static (IPAddress Address, int Length)? Prefix(string text) =>
        text.Split('/') is [var start, { Length: > 0 and <= 3 } digits] && AddressMath.TryParse(start, out var address)
            && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var length) && length <= AddressMath.Bits(address.AddressFamily)
            ? (address, length) : null;

    static int IndexOf(IReadOnlyList<string> names, string text)
    {
        for (var i = 0; i < names.Count; i++)
        {
            if (names[i].Equals(text, StringComparison.OrdinalIgnoreCase))
                return i;
        }
        return -1;
    }

    static IEnumerable<string> Known(FlowField field) => field.Meaning switch
    {
        FlowMeaning.Names => field.Names,
        FlowMeaning.Protocol => IpProtocols.Names,
        FlowMeaning.TcpFlags => TcpFlags.Names,
        _ => [],
    };

    static string Wanted(FlowField field) => field.Meaning switch
    {
        _ when field.Type == FlowType.Time => "a time such as 2026-01-31T12:00:00Z or an age such as 10m, 2h or 7d",
        FlowMeaning.Names => $"one of {string.Join(", ", field.Names)}",
        FlowMeaning.Flag => "true or false",
        FlowMeaning.Protocol => "a protocol such as tcp, udp or icmp, or a number from 0 to 255",
        FlowMeaning.TcpFlags => $"a set of flags such as syn or syn+ack, of {string.Join(", ", TcpFlags.Names)}, or none",
        FlowMeaning.Id => "an id of up to 16 hexadecimal digits",
        FlowMeaning.Bytes => "an amount such as 1500, 10kB, 5MB or 2GiB",
        FlowMeaning.Microseconds => "a duration such as 250us, 5ms or 1s, or a number of microseconds",
        FlowMeaning.Milliseconds => "a duration such as 5ms or 1s, or a number of milliseconds",
        _ => "a number",
    };
}
