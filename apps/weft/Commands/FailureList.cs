using Weft.Model.Validation;

namespace Weft.Cli.Commands;

/// <summary>Lets a command go on after a failure, and end with all of them.</summary>
sealed class FailureList
{
    readonly List<Fault> faults = [];
    int exitCode;
    string? hint;

    public bool IsEmpty => faults.Count == 0;

    /// <param name="place">What the paths of the failure's faults are within.</param>
    public async Task TryAsync(string place, Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (CliException e) when (e.ExitCode != ExitCodes.Unreachable)
        {
            exitCode = exitCode == 0 || exitCode == e.ExitCode ? e.ExitCode : ExitCodes.Failure;
            hint ??= e.Hint;
            faults.AddRange(e.Faults.Count == 0
                ? [new(place, e.Message)]
                : e.Faults.Select(fault =>
                    fault with { Path = fault.Path.Length == 0 ? place : $"{place}:{fault.Path}" }));
        }
    }

    /// <exception cref="CliException">when anything failed</exception>
    public void Throw(string message)
    {
        if (!IsEmpty)
            throw new CliException(exitCode, message, faults, hint);
    }
}
