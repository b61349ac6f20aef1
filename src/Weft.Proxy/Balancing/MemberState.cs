using System.Net;
using Weft.Proxy.Doors;

namespace Weft.Proxy.Balancing;

/// <summary>What names a member through all configurations of a load balancer.</summary>
readonly record struct MemberKey(string Pool, string Id, IPAddress Address, ushort Port);

/// <summary>What is known of a member beyond one configuration: what it is doing, and how it was.</summary>
sealed class MemberState(MemberKey key, TimeProvider time)
{
    /// <summary>After it could not be reached, others come first for so long; by then its monitor has an opinion.</summary>
    static readonly TimeSpan Distrust = TimeSpan.FromSeconds(2);

    long _active;
    long _requests;
    long _failures;
    long _serverErrors;
    long _distrustedUntil;

    internal MemberKey Key => key;

    internal Traffic Traffic { get; } = new();

    internal long Active => Interlocked.Read(ref _active);

    internal long Requests => Interlocked.Read(ref _requests);

    internal long Failures => Interlocked.Read(ref _failures);

    internal long ServerErrors => Interlocked.Read(ref _serverErrors);

    internal bool IsDistrusted =>
        Interlocked.Read(ref _distrustedUntil) is var until && until > 0 && time.GetTimestamp() < until;

    /// <summary>False: it has as many requests as it may.</summary>
    internal bool TryBegin(uint limit)
    {
        if (Interlocked.Increment(ref _active) > limit && limit > 0)
        {
            Interlocked.Decrement(ref _active);
            return false;
        }
        Interlocked.Increment(ref _requests);
        return true;
    }

    /// <param name="status">Of its answer; 0: there was none.</param>
    internal void End(int status)
    {
        Interlocked.Decrement(ref _active);
        if (status >= 500)
            Interlocked.Increment(ref _serverErrors);
        if (status > 0)
            Interlocked.Exchange(ref _distrustedUntil, 0);
    }

    internal void Fail()
    {
        Interlocked.Increment(ref _failures);
        Interlocked.Exchange(ref _distrustedUntil, time.GetTimestamp() + (long)(Distrust.TotalSeconds * time.TimestampFrequency));
    }
}
