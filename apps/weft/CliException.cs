using Weft.Model.Validation;

namespace Weft.Cli;

/// <summary>An expected end of a command: a message for people, faults one per line, and what to do next.</summary>
sealed class CliException(int exitCode, string message, IReadOnlyList<Fault>? faults = null, string? hint = null)
    : Exception(message)
{
    public int ExitCode { get; } = exitCode;

    public IReadOnlyList<Fault> Faults { get; } = faults ?? [];

    /// <summary>Of faults that lie in a text of the user's: where.</summary>
    public IReadOnlyList<FaultPlace> Places { get; init; } = [];

    /// <summary>What to do next; a sentence or a command.</summary>
    public string? Hint { get; } = hint;

    public static CliException Usage(string message, string? hint = null) =>
        new(ExitCodes.Usage, message, hint: hint);
}

/// <summary>A part of a text that something is wrong with.</summary>
/// <param name="Path">Of the text: <c>where</c>.</param>
readonly record struct FaultPlace(string Path, int Offset, int Length);
