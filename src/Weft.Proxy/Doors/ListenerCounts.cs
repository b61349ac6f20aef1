namespace Weft.Proxy.Doors;

/// <summary>What a listener has seen since the proxy began.</summary>
sealed class ListenerCounts
{
    long _connections;
    long _refused;
    long _requests;
    long _active;
    long _serverErrors;

    internal Traffic Traffic { get; } = new();

    internal long TotalConnections => Interlocked.Read(ref _connections);

    internal long Refused => Interlocked.Read(ref _refused);

    internal long Requests => Interlocked.Read(ref _requests);

    internal long Active => Interlocked.Read(ref _active);

    internal long ServerErrors => Interlocked.Read(ref _serverErrors);

    internal void Connect() => Interlocked.Increment(ref _connections);

    internal void Refuse() => Interlocked.Increment(ref _refused);

    internal void Begin()
    {
        Interlocked.Increment(ref _requests);
        Interlocked.Increment(ref _active);
    }

    internal void End(int status)
    {
        Interlocked.Decrement(ref _active);
        if (status >= 500)
            Interlocked.Increment(ref _serverErrors);
    }
}
