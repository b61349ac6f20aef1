using System.CommandLine.Parsing;
using System.Globalization;

namespace Weft.Daemon.Commands;

/// <summary>On or off. Not a bool: the parser would take no other word than true and false as its value.</summary>
enum Switch { NotGiven, Off, On }

/// <summary>Values of options with units.</summary>
static class Amounts
{
    static readonly (string Unit, double Seconds)[] s_times = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("d", 86400)];

    static readonly (string Unit, long Bytes)[] s_sizes =
        [("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40), ("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("B", 1)];

    internal static Switch ParseSwitch(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (text is "on" or "off")
            return text == "on" ? Switch.On : Switch.Off;
        result.AddError($"{Name(result)} {text}: must be on or off");
        return default;
    }

    internal static TimeSpan ParseTime(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (TryParse(text, s_times, out var seconds) && seconds is >= 1 and <= 86400 * 3660.0)
            return TimeSpan.FromSeconds(seconds);
        result.AddError($"{Name(result)} {text}: must be a time of at least 1s, such as 10s, 5m or 7d");
        return default;
    }

    internal static long ParseSize(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (TryParse(text, [.. s_sizes.Select(size => (size.Unit, (double)size.Bytes))], out var bytes) && bytes is >= 1 << 20 and <= 1L << 50)
            return (long)bytes;
        result.AddError($"{Name(result)} {text}: must be a size of at least 1MiB, such as 256MiB or 2GiB");
        return 0;
    }

    static bool TryParse(string text, (string Unit, double Factor)[] units, out double value)
    {
        foreach (var (unit, factor) in units)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal)
                && double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value))
            {
                value *= factor;
                return true;
            }
        }
        value = 0;
        return false;
    }

    static string Name(ArgumentResult result) => ((OptionResult)result.Parent!).Option.Name;
}
