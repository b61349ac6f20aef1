namespace Weft.ClickHouseServer.Engine;

/// <summary>Runs the engine's blocking calls on threads of their own, and ends a statement whose client has left.</summary>
static class EngineThread
{
    // The engine parses and plans by recursion; .NET's 1.5 MiB are fewer than ClickHouse's own threads have.
    const int StackSize = 8 << 20;

    static readonly TimeSpan KillAgain = TimeSpan.FromMilliseconds(50);

    public static async Task<T> RunAsync<T>(ChdbEngine engine, Func<T> work, CancellationToken cancellationToken)
    {
        var ended = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var number = 0;
        new Thread(
            () =>
            {
                Volatile.Write(ref number, Libc.gettid());
                try
                {
                    ended.SetResult(work());
                }
                catch (Exception exception)
                {
                    ended.SetException(exception);
                }
            },
            StackSize)
        { IsBackground = true, Name = "statement" }.Start();
        try
        {
            await ended.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (!ended.Task.IsCompleted)
        {
            // Again and again: the statement may not have begun, or one of several may have ended.
            while (!ended.Task.IsCompleted)
            {
                await Task.Run(() => engine.Kill(Volatile.Read(ref number)), CancellationToken.None);
                await Task.WhenAny(ended.Task, Task.Delay(KillAgain, CancellationToken.None));
            }
        }
        return await ended.Task;
    }
}
