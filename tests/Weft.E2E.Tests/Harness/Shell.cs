using System.Diagnostics;
using System.Text;

namespace Weft.E2E.Tests.Harness;

/// <summary>What a command said, and how it ended.</summary>
sealed record Outcome(string Command, int Code, string Output, string Error)
{
    internal bool Succeeded => Code == 0;

    /// <summary>Its output without the last line's end.</summary>
    internal string Text => Output.TrimEnd('\n');

    internal Outcome Checked() => Succeeded ? this : throw new InvalidOperationException(
        $"{Command}\nended with {Code}\n{Error}{Output}");
}

/// <summary>Runs commands of this machine.</summary>
static class Shell
{
    static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    internal static async Task<Outcome> RunAsync(IEnumerable<string> command, TimeSpan? limit = null)
    {
        var words = command.ToList();
        using var process = new Process
        {
            StartInfo = new(words[0], words.Skip(1))
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                StandardOutputEncoding = Encoding.UTF8,
                WorkingDirectory = Repository.Root,
            },
        };
        process.StartInfo.Environment["PATH"] = Repository.Path;
        process.Start();
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        stop.CancelAfter(limit ?? Limit);
        try
        {
            await process.WaitForExitAsync(stop.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException(string.Join(' ', words) + " does not end");
        }
        // A daemon that the command left behind may hold the pipes: what is there by now is all.
        await Task.WhenAny(Task.WhenAll(output, error), Task.Delay(TimeSpan.FromSeconds(1), CancellationToken.None));
        return new(
            string.Join(' ', words), process.ExitCode,
            output.IsCompletedSuccessfully ? output.Result : "", error.IsCompletedSuccessfully ? error.Result : "");
    }

    /// <summary>Looks until it is so.</summary>
    /// <param name="why">What is to be known when it is not.</param>
    internal static async Task EventuallyAsync(string what, Func<Task<bool>> condition, TimeSpan? limit = null, Func<Task<string>>? why = null)
    {
        var patience = limit ?? TimeSpan.FromSeconds(120);
        var start = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(start) > patience)
                throw new TimeoutException($"{what}: not within {patience.TotalSeconds} s\n{(why is null ? "" : await why())}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken);
        }
    }
}
