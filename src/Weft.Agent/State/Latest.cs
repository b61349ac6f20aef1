namespace Weft.Agent.State;

/// <summary>The newest value of something, and a wait for newer ones. Safe for any number of threads.</summary>
/// <remarks>
/// Values in between may be missed: a reader gets the newest when it looks. So a value must be whole,
/// never a step.
/// </remarks>
public sealed class Latest<T>(T initial) where T : class
{
    readonly Lock _lock = new();
    T _value = initial;
    TaskCompletionSource _changed = NewSignal();

    public T Value => Volatile.Read(ref _value);

    public void Publish(T value) => Update(_ => value);

    /// <summary>Replaces the value by a function of it; the function runs once, under a lock.</summary>
    public void Update(Func<T, T> change)
    {
        TaskCompletionSource signal;
        lock (_lock)
        {
            Volatile.Write(ref _value, change(_value));
            signal = _changed;
            _changed = NewSignal();
        }
        signal.SetResult();
    }

    /// <summary>The newest value that is not <paramref name="known"/>, at once if there is one.</summary>
    public async Task<T> NextAsync(T known, CancellationToken cancellation) =>
        await WaitForAsync(value => !ReferenceEquals(value, known), cancellation).ConfigureAwait(false);

    /// <summary>The first value seen that fulfils the condition; the current one counts.</summary>
    public async Task<T> WaitForAsync(Func<T, bool> condition, CancellationToken cancellation)
    {
        while (true)
        {
            var (value, changed) = Look();
            if (condition(value))
                return value;
            await changed.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    (T Value, Task Changed) Look()
    {
        lock (_lock)
            return (_value, _changed.Task);
    }

    static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
