namespace Weft.Dataplane;

/// <summary>The kernel's verifier refused a program. The message has the last lines, <see cref="Log"/> everything.</summary>
public sealed class BpfVerifierException(string program, int errno, string log)
    : Exception($"the kernel refused program {program} (errno {errno}): {LastLines(log)}")
{
    const int LinesShown = 8;

    public string Program { get; } = program;

    /// <summary>The positive error number of the load.</summary>
    public int Errno { get; } = errno;

    /// <summary>The verifier's whole log.</summary>
    public string Log { get; } = log;

    static string LastLines(string log) => string.Join(
        '\n', log.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).TakeLast(LinesShown));
}
