namespace Weft.Cli;

/// <summary>What the process ends with; a promise to scripts, written in <c>weft --help</c>.</summary>
static class ExitCodes
{
    public const int Ok = 0;
    public const int Failure = 1;
    public const int Usage = 2;
    public const int NotFound = 3;
    public const int Conflict = 4;
    public const int Unreachable = 5;

    /// <summary>What was asked about does not pass.</summary>
    public const int Refused = 6;

    /// <summary>By Ctrl+C or SIGTERM: 128 and the signal, as shells do it.</summary>
    public const int Interrupted = 130;

    public const string Help = """
        Exit codes:
          0  done
          1  failed: the server or the agent refused, or the input has faults
          2  wrong usage: unknown command, missing or malformed option
          3  not found
          4  conflict: it exists already, is in use, or was changed by another
          5  the server or the agent cannot be reached
          6  'explain', 'trace': the connection does not pass
          130  interrupted
        """;
}
