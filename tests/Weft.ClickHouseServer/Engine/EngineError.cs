using System.Globalization;
using System.Text.RegularExpressions;

namespace Weft.ClickHouseServer.Engine;

/// <summary>An exception of the engine: <c>Code: 62. DB::Exception: … (SYNTAX_ERROR)</c>.</summary>
sealed partial record EngineError(string Message)
{
    const int UnknownException = 1002;

    public int Code { get; } =
        Leading().Match(Message) is { Success: true } match ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : UnknownException;

    /// <summary>The HTTP status that ClickHouse's server gives for the code; system.errors names the codes.</summary>
    public int Status => Code switch
    {
        194 => StatusCodes.Status401Unauthorized,
        192 or 193 or 497 or 512 or 516 => StatusCodes.Status403Forbidden,
        // What cannot be understood: text that does not parse, wrong arguments, types and syntax.
        6 or 8 or 15 or 25 or 26 or 27 or 36 or 37 or 38 or 41 or 44 or 53 or 62 or 72 or 117 or 123 or 167 or 168
            or 223 or 321 or 376 or 427 or 441 or 675 or 676 => StatusCodes.Status400BadRequest,
        // What is not known: table, column, function, type, engine, database, setting, format, role.
        46 or 47 or 50 or 56 or 60 or 63 or 73 or 78 or 81 or 115 or 152 or 336 or 511 => StatusCodes.Status404NotFound,
        159 => StatusCodes.Status408RequestTimeout,
        229 => StatusCodes.Status413PayloadTooLarge,
        48 => StatusCodes.Status501NotImplemented,
        76 or 209 or 439 => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };

    [GeneratedRegex(@"^Code: (\d+)\.")]
    private static partial Regex Leading();
}

/// <summary>An exception of the engine that came when the answer had begun.</summary>
sealed class EngineException(string message) : Exception(message);
