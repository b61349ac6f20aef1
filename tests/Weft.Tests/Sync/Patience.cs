namespace Weft.Tests.Sync;

/// <summary>Waits for what will be, with a deadline.</summary>
static class Patience
{
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    public static Task UntilAsync(Func<bool> condition, string what) => UntilAsync(() => Task.FromResult(condition()), what);

    public static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        var deadline = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(deadline) < Longest, $"waited {Longest} for: {what}");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    public static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(Longest, TestContext.Current.CancellationToken);

    public static Task Soon(this Task task) => task.WaitAsync(Longest, TestContext.Current.CancellationToken);
}
