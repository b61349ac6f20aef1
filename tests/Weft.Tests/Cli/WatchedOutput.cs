using System.Text;

namespace Weft.Tests.Cli;

/// <summary>Output that can be waited for. Safe for one writer and one reader.</summary>
sealed class WatchedOutput : TextWriter
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    readonly Lock gate = new();
    readonly StringBuilder text = new();
    TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value)
    {
        lock (gate)
        {
            text.Append(value);
            if (value == '\n')
            {
                changed.TrySetResult();
                changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    public async Task WaitForAsync(string expected, CancellationToken cancel)
    {
        while (true)
        {
            Task more;
            lock (gate)
            {
                if (text.ToString().Contains(expected, StringComparison.Ordinal))
                    return;
                more = changed.Task;
            }
            await more.WaitAsync(Limit, cancel);
        }
    }
}
