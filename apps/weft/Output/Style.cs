namespace Weft.Cli.Output;

/// <summary>SGR sequences of ECMA-48 that every terminal with colours knows.</summary>
static class Style
{
    public static string Bold(string text) => $"\e[1m{text}\e[0m";

    public static string Red(string text) => $"\e[31m{text}\e[0m";

    static string Green(string text) => $"\e[32m{text}\e[0m";

    public static string Yellow(string text) => $"\e[33m{text}\e[0m";

    /// <summary>States have the colours one expects; other text has none.</summary>
    public static string OfState(string cell) => cell switch
    {
        "active" or "connected" or "allowed" => Green(cell),
        "down" => Yellow(cell),
        "error" or "away" or "denied" or "no route" => Red(cell),
        _ => cell,
    };
}
