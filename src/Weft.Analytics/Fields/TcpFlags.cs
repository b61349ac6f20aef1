using System.Globalization;

namespace Weft.Analytics.Fields;

/// <summary>TCP flags by name (RFC 9293 section 3.1): <c>syn+ack</c>; <c>none</c> when there are none.</summary>
public static class TcpFlags
{
    const string None = "none";
    const char Joint = '+';

    // By bit.
    static readonly string[] s_names = ["fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr"];

    public static IReadOnlyList<string> Names => s_names;

    public static string NameOf(byte flags) =>
        flags == 0 ? None : string.Join(Joint, s_names.Where((_, bit) => (flags >> bit & 1) != 0));

    /// <summary>Names with <c>+</c> between, in whatever order and case, or a number from 0 to 255.</summary>
    public static bool TryParse(string text, out byte flags)
    {
        if (byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out flags) || text.Equals(None, StringComparison.OrdinalIgnoreCase))
            return true;
        foreach (var name in text.Split(Joint))
        {
            var bit = Array.FindIndex(s_names, known => known.Equals(name, StringComparison.OrdinalIgnoreCase));
            if (bit < 0)
                return false;
            flags |= (byte)(1 << bit);
        }
        return true;
    }
}
