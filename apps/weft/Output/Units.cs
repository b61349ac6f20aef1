using System.Globalization;

namespace Weft.Cli.Output;

/// <summary>Amounts for people.</summary>
static class Units
{
    static readonly string[] s_binary = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    static readonly string[] s_decimal = ["", "k", "M", "G", "T", "P"];

    /// <summary>With the unit that leaves one to four digits.</summary>
    public static string Bytes(double bytes) => Scaled(bytes, 10_000, 1024, s_binary);

    /// <summary>Bits in a second, from bytes in a second, as links are named.</summary>
    public static string BitRate(double bytesPerSecond) => Scaled(bytesPerSecond * 8, 10_000, 1000, s_decimal) + "bit/s";

    /// <summary>A number that need not be exact.</summary>
    public static string Count(double number) =>
        number is > 0 and < 10 && number != Math.Truncate(number) ? number.ToString("0.0", CultureInfo.InvariantCulture)
        : Scaled(number, 100_000, 1000, s_decimal);

    static string Scaled(double number, double most, double step, string[] units)
    {
        var unit = 0;
        while (number >= most && unit < units.Length - 1)
            (number, unit) = (number / step, unit + 1);
        return string.Create(CultureInfo.InvariantCulture, $"{number:0}{units[unit]}");
    }
}
