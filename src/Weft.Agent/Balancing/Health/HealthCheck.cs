using System.Net;
using Weft.Model.Resources;

namespace Weft.Agent.Balancing;

/// <summary>How one member of this node is asked. Equal by what it holds.</summary>
/// <param name="Target">Where, in the service namespace: an address that stands for the port (<c>weft_probe</c>).</param>
/// <param name="Address">The member's own, for the <c>Host</c> header.</param>
/// <param name="Ifindex">Of the port; another one is another container.</param>
sealed record HealthCheck(HealthMonitor Monitor, IPEndPoint Target, IPAddress Address, int Ifindex)
{
    internal TimeSpan Interval => TimeSpan.FromMilliseconds(
        Monitor.IntervalMilliseconds == 0 ? HealthMonitor.DefaultInterval : Monitor.IntervalMilliseconds);

    internal TimeSpan Timeout => Monitor.TimeoutMilliseconds == 0 ? Interval : TimeSpan.FromMilliseconds(Monitor.TimeoutMilliseconds);

    /// <summary>The answer of another container says nothing of this one.</summary>
    internal bool IsOfSameAs(HealthCheck other) => Target.Equals(other.Target) && Address.Equals(other.Address) && Ifindex == other.Ifindex;
}

/// <summary>Asks once.</summary>
interface IProber
{
    /// <summary>Null: it is well; else what is wrong, for a person. A check that takes too long is cancelled.</summary>
    Task<string?> AskAsync(HealthCheck check, CancellationToken cancellation);
}

/// <summary>From single answers to whether a member is well: so many in a row turn it.</summary>
sealed class MemberHealth(int rise, int fall)
{
    int _inARow;
    bool _last;

    /// <summary>Null: not known yet.</summary>
    internal bool? IsWell { get; private set; }

    /// <returns>True when <see cref="IsWell"/> is another than before.</returns>
    internal bool Take(bool good)
    {
        _inARow = _inARow > 0 && good == _last ? _inARow + 1 : 1;
        _last = good;
        if (IsWell == good || _inARow < Math.Max(1, good ? rise : fall))
            return false;
        IsWell = good;
        return true;
    }
}
