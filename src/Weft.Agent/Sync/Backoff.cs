namespace Weft.Agent.Sync;

/// <summary>Waits that double, each spread by a half, so that nodes do not come back all at once.</summary>
sealed class Backoff(TimeSpan first, TimeSpan longest, Random random, TimeProvider time)
{
    int _failures;

    public Task WaitAsync(CancellationToken cancellation)
    {
        var wait = first * Math.Pow(2, Math.Min(_failures++, 20));
        return Task.Delay((wait < longest ? wait : longest) * (0.5 + random.NextDouble()), time, cancellation);
    }

    public void Reset() => _failures = 0;
}
