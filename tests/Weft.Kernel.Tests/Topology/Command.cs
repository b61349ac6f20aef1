using System.Diagnostics;

namespace Weft.Kernel.Tests;

/// <summary>What a finished program left.</summary>
sealed record CommandResult(int ExitCode, string Output, string Error);

/// <summary>A program run by a test, in a network namespace when one is named. Killed at disposal.</summary>
/// <remarks>nsenter and not "ip netns exec": the latter hides /sys and so cgroups and bpffs.</remarks>
sealed class Command : IDisposable
{
    static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(60);
    readonly Process _process;
    readonly Task<string> _output;
    readonly Task<string> _error;

    Command(TestNamespace? ns, string program, string[] arguments)
    {
        var start = new ProcessStartInfo(ns is null ? program : "nsenter")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        string[] prefix = ns is null ? [] : [$"--net={ns.Path}", "--", program];
        foreach (var argument in prefix.Concat(arguments))
            start.ArgumentList.Add(argument);
        _process = Process.Start(start)!;
        _output = _process.StandardOutput.ReadToEndAsync();
        _error = _process.StandardError.ReadToEndAsync();
    }

    internal int ProcessId => _process.Id;

    /// <summary>Starts and goes on.</summary>
    internal static Command Start(TestNamespace ns, string program, params string[] arguments) =>
        new(ns, program, arguments);

    /// <summary>Runs to the end and demands success.</summary>
    internal static CommandResult Run(string program, params string[] arguments) => Demand(null, program, arguments);

    /// <inheritdoc cref="Run(string, string[])"/>
    internal static CommandResult Run(TestNamespace ns, string program, params string[] arguments) =>
        Demand(ns, program, arguments);

    /// <summary>Runs to the end; the caller looks at the exit code.</summary>
    internal static CommandResult Try(TestNamespace ns, string program, params string[] arguments)
    {
        using var command = new Command(ns, program, arguments);
        return command.Finish(DefaultLimit);
    }

    /// <summary>Waits for the end.</summary>
    internal CommandResult Finish(TimeSpan limit)
    {
        if (!_process.WaitForExit(limit))
            throw new TimeoutException($"{_process.StartInfo.FileName} did not end in {limit}");
        return new CommandResult(_process.ExitCode, _output.GetAwaiter().GetResult(), _error.GetAwaiter().GetResult());
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }

    static CommandResult Demand(TestNamespace? ns, string program, string[] arguments)
    {
        using var command = new Command(ns, program, arguments);
        var result = command.Finish(DefaultLimit);
        return result.ExitCode == 0
            ? result
            : throw new InvalidOperationException(
                $"{program} {string.Join(' ', arguments)}: {result.ExitCode}\n{result.Output}{result.Error}");
    }
}
