using System.Diagnostics;

namespace Weft.Bench;

/// <summary>Runs commands as a person would type them; a failing one stops the run with its output.</summary>
static class Shell
{
    public static string Run(string command, TimeSpan? timeout = null)
    {
        using var process = Start(command);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(timeout ?? TimeSpan.FromSeconds(60)))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"no end after {timeout}: {command}");
        }
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"exit {process.ExitCode}: {command}\n{output.Result}{errors.Result}");
        return output.Result;
    }

    /// <summary>For tearing down what may not be there.</summary>
    public static void Try(string command)
    {
        try
        {
            Run(command);
        }
        catch (Exception error) when (error is InvalidOperationException or TimeoutException)
        {
        }
    }

    public static Process Start(string command)
    {
        var info = new ProcessStartInfo("/bin/bash") { RedirectStandardOutput = true, RedirectStandardError = true };
        info.ArgumentList.Add("-c");
        info.ArgumentList.Add(command);
        return Process.Start(info) ?? throw new InvalidOperationException("bash did not start");
    }

    /// <summary>Polls until <paramref name="command"/> succeeds.</summary>
    public static void WaitFor(string command, TimeSpan deadline)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                Run(command, TimeSpan.FromSeconds(10));
                return;
            }
            catch (Exception error) when (error is InvalidOperationException or TimeoutException)
            {
                if (clock.Elapsed > deadline)
                    throw;
                Thread.Sleep(100);
            }
        }
    }
}
