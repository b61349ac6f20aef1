using System.Diagnostics;

namespace Weft.Kernel.Tests;

/// <summary>Waits for what the kernel does in its own time, up to a deadline.</summary>
static class Eventually
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    internal static void True(Func<bool> condition)
    {
        var start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(start) > Limit)
                throw new TimeoutException("the condition did not come true");
            Thread.Yield();
        }
    }
}
