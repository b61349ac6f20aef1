using Spectre.Console;

namespace Weft.Cli.Output;

/// <summary>Where a command reads from and writes to, and what it may assume about it.</summary>
sealed class Terminal
{
    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    public required TextReader In { get; init; }

    /// <summary>Colours in <see cref="Out"/>: only on a terminal that has them and without NO_COLOR.</summary>
    public bool OutHasColors { get; init; }

    public bool ErrorHasColors { get; init; }

    /// <summary>A person sees <see cref="Out"/>.</summary>
    public bool OutIsTerminal { get; init; }

    /// <summary>Columns of the terminal now.</summary>
    public Func<int> Width { get; init; } = () => 80;

    /// <summary>Keys and size of the terminal, for what fills it; null: there is none.</summary>
    public IScreen? Screen { get; init; }

    /// <summary>What <see cref="Out"/> writes to, for what is no text. Flush that one before.</summary>
    public Func<Stream> OutBytes { get; init; } = () => throw new NotSupportedException("there is no stream of bytes");

    /// <summary>A person watches standard error, so progress may move there.</summary>
    public bool ErrorIsInteractive { get; init; }

    public required Func<string, string?> Environment { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public static Terminal System()
    {
        // NO_COLOR counts when it is there and not empty: https://no-color.org
        var colors = string.IsNullOrEmpty(global::System.Environment.GetEnvironmentVariable("NO_COLOR"))
            && global::System.Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
        var stream = Console.OpenStandardOutput();
        return new()
        {
            // Not Console.Out: that one makes a system call for every line.
            Out = new StreamWriter(stream, bufferSize: 1 << 16),
            OutBytes = () => stream,
            OutIsTerminal = !Console.IsOutputRedirected,
            Width = () => Console.WindowWidth,
            Screen = Console.IsOutputRedirected || Console.IsInputRedirected ? null : new ConsoleScreen(),
            Error = Console.Error,
            In = Console.In,
            OutHasColors = colors && !Console.IsOutputRedirected,
            ErrorHasColors = colors && !Console.IsErrorRedirected,
            ErrorIsInteractive = !Console.IsErrorRedirected && !Console.IsOutputRedirected,
            Environment = global::System.Environment.GetEnvironmentVariable,
        };
    }

    /// <summary>
    /// Runs <paramref name="work"/>; a spinner tells what goes on when it takes longer than a second.
    /// </summary>
    public async Task<T> WithProgressAsync<T>(string what, Task<T> work, CancellationToken cancel)
    {
        if (!ErrorIsInteractive)
            return await work;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var patience = Task.Delay(TimeSpan.FromSeconds(1), Time, stop.Token);
        if (await Task.WhenAny(work, patience) == work)
        {
            await stop.CancelAsync();
            return await work;
        }
        var console = AnsiConsole.Create(new()
        {
            Out = new AnsiConsoleOutput(Error),
            ColorSystem = ErrorHasColors ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        });
        return await console.Status().StartAsync(Markup.Escape(what), _ => work);
    }
}
