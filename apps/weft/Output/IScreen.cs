using System.Runtime.InteropServices;

namespace Weft.Cli.Output;

/// <summary>A terminal that a program fills, and whose keys it takes.</summary>
interface IScreen
{
    (int Width, int Height) Size { get; }

    /// <summary>The next key, or null when nothing was pressed, and the size has not changed, for so long.</summary>
    Task<ConsoleKeyInfo?> ReadKeyAsync(TimeSpan patience, CancellationToken cancel);
}

/// <summary>The process's own. The runtime does without echo while keys are read, and restores the terminal at the end.</summary>
sealed class ConsoleScreen : IScreen
{
    /// <summary>The runtime has no way to wait for a key and give up; a key is seen at most so much later.</summary>
    static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(40);

    public (int Width, int Height) Size => (Console.WindowWidth, Console.WindowHeight);

    public async Task<ConsoleKeyInfo?> ReadKeyAsync(TimeSpan patience, CancellationToken cancel)
    {
        var resized = false;
        using var signal = PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => resized = true);
        for (var waited = TimeSpan.Zero; waited < patience && !Volatile.Read(ref resized); waited += s_step)
        {
            if (Console.KeyAvailable)
                return Console.ReadKey(intercept: true);
            await Task.Delay(s_step, cancel);
        }
        return null;
    }
}
