using System.Globalization;

namespace Weft.Model.Resources;

/// <summary>Transport ports from first to last, both included; written <c>80</c> or <c>8000-8100</c>.</summary>
public readonly record struct PortRange(ushort First, ushort Last)
{
    public static readonly PortRange All = new(0, ushort.MaxValue);

    public bool Contains(ushort port) => First <= port && port <= Last;

    /// <summary>False for what is no port or range; a range that runs backwards is one, for its own message.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out PortRange range)
    {
        var dash = text.IndexOf('-');
        range = default;
        if (!TryPort(dash < 0 ? text : text[..dash], out var first))
            return false;
        var last = first;
        if (dash >= 0 && !TryPort(text[(dash + 1)..], out last))
            return false;
        range = new(first, last);
        return true;
    }

    public override string ToString() => First == Last
        ? First.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{First}-{Last}");

    static bool TryPort(ReadOnlySpan<char> text, out ushort port) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port);
}
