using System.Buffers;
using System.Globalization;

namespace Weft.Analytics.Fields;

/// <summary>Times as microseconds since 1970, and how people write them.</summary>
public static class FlowTime
{
    public const long Second = 1_000_000;

    public static long Of(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset ToTime(long microseconds) =>
        DateTimeOffset.UnixEpoch.AddTicks(Math.Clamp(microseconds, s_first, s_last) * TimeSpan.TicksPerMicrosecond);

    /// <summary>RFC 3339 in UTC with microseconds.</summary>
    public static string Write(long microseconds) =>
        ToTime(microseconds).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    /// <summary>RFC 3339, also a date alone or without a zone (UTC); <c>now</c>; or an age such as <c>10m</c>.</summary>
    public static bool TryParse(string text, DateTimeOffset now, out long microseconds)
    {
        microseconds = 0;
        if (text.Equals("now", StringComparison.OrdinalIgnoreCase))
            microseconds = Of(now);
        else if (Durations.TryParse(text, out var age) && age <= Of(now))
            microseconds = Of(now) - age;
        else if (text.Length >= 10 && text[4] == '-' && DateTimeOffset.TryParseExact(text, s_formats, CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time))
            microseconds = Of(time);
        else
            return false;
        return true;
    }

    static readonly long s_first = Of(DateTimeOffset.MinValue);
    static readonly long s_last = Of(DateTimeOffset.MaxValue);

    static readonly string[] s_formats =
    [
        "yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFK",
        "yyyy-MM-dd HH:mmK", "yyyy-MM-dd HH:mm:ssK", "yyyy-MM-dd HH:mm:ss.FFFFFFK",
    ];
}

/// <summary>Lengths of time as microseconds: <c>250us</c>, <c>5ms</c>, <c>1.5s</c>, <c>10m</c>, <c>2h</c>, <c>7d</c>, <c>1w</c>.</summary>
public static class Durations
{
    static readonly (string Unit, long Microseconds)[] s_units =
    [
        ("us", 1), ("µs", 1), ("ms", 1_000), ("s", FlowTime.Second), ("m", 60 * FlowTime.Second), ("h", 3600 * FlowTime.Second),
        ("d", 86400 * FlowTime.Second), ("w", 7 * 86400 * FlowTime.Second),
    ];

    /// <summary>A unit is needed, and a whole number of microseconds.</summary>
    public static bool TryParse(string text, out long microseconds)
    {
        microseconds = 0;
        return Scaled.TryParse(text, s_units, out var value) && value <= long.MaxValue && (microseconds = (long)value) >= 0;
    }

    /// <summary>In the largest unit that it is a whole number of: <c>90s</c>, <c>2h</c>.</summary>
    public static string Write(TimeSpan span)
    {
        var microseconds = span.Ticks / TimeSpan.TicksPerMicrosecond;
        var (unit, factor) = s_units.Last(unit => unit.Unit != "w" && microseconds % unit.Microseconds == 0);
        return string.Create(CultureInfo.InvariantCulture, $"{microseconds / factor}{(factor == 1 ? "us" : unit)}");
    }
}

/// <summary>Amounts of data in bytes: <c>10MB</c> (thousands), <c>10MiB</c> (1024).</summary>
public static class Sizes
{
    static readonly (string Unit, long Bytes)[] s_units =
    [
        ("B", 1), ("k", 1000), ("kB", 1000), ("M", 1000_000), ("MB", 1000_000), ("G", 1000_000_000), ("GB", 1000_000_000),
        ("T", 1000_000_000_000), ("TB", 1000_000_000_000), ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40),
    ];

    public static bool TryParse(string text, out Int128 bytes) => Scaled.TryParse(text, s_units, out bytes);
}

/// <summary>A decimal number with a unit, where the whole of it is a whole number of the smallest unit.</summary>
static class Scaled
{
    static readonly SearchValues<char> s_digits = SearchValues.Create("0123456789.");

    internal static bool TryParse(string text, ReadOnlySpan<(string Unit, long Factor)> units, out Int128 value)
    {
        value = 0;
        var digits = text.AsSpan().IndexOfAnyExcept(s_digits);
        if (digits <= 0 || digits > 20)
            return false;
        var scale = 0L;
        foreach (var (unit, factor) in units)
        {
            if (unit.Equals(text[digits..], StringComparison.OrdinalIgnoreCase))
                scale = factor;
        }
        if (scale == 0 || !decimal.TryParse(text.AsSpan(0, digits), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            || number > decimal.MaxValue / scale || number * scale != decimal.Truncate(number * scale))
            return false;
        value = (Int128)(number * scale);
        return true;
    }
}
