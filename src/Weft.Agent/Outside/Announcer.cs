using System.Net;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Weft.Linux;
using Weft.Model.Addressing;

namespace Weft.Agent.Outside;

/// <summary>Where an address is answered for, and by which hardware address.</summary>
readonly record struct AnsweredAddress(int Ifindex, MacAddress Mac, IPAddress Address);

/// <summary>Tells the neighbours outside that addresses are this node's from now on. Thread-safe.</summary>
/// <remarks>
/// Each three times, since nobody confirms them, and all at a bounded rate: ten thousand at once must not drown the link,
/// nor hold up the rounds. What is taken back is told no more: by then it may be another node's.
/// </remarks>
sealed partial class Announcer(Action<int, byte[]> send, TimeProvider time, ILogger logger)
{
    internal const int Times = 3;

    /// <summary>Frames in a burst, and bursts in a second.</summary>
    internal const int Burst = 25, BurstsPerSecond = 20;

    /// <summary>RFC 4861 section 10, RetransTimer.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    readonly Lock _lock = new();
    readonly Dictionary<AnsweredAddress, int> _left = []; // how often each is still to be told
    readonly PriorityQueue<AnsweredAddress, long> _due = new();
    readonly Channel<bool> _bell = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    /// <summary>How many are still to be told, at least once more.</summary>
    internal int Count
    {
        get
        {
            lock (_lock)
                return _left.Count;
        }
    }

    internal void Announce(AnsweredAddress address)
    {
        lock (_lock)
        {
            if (_left.TryAdd(address, Times))
                _due.Enqueue(address, time.GetTimestamp());
            else
                _left[address] = Times; // its next turn is queued already
        }
        _bell.Writer.TryWrite(true);
    }

    internal void Withdraw(AnsweredAddress address)
    {
        lock (_lock)
            _left.Remove(address);
    }

    /// <summary>Until cancelled.</summary>
    internal async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var wait = SendDue();
            if (wait is not { } delay)
                await _bell.Reader.ReadAsync(cancellation).ConfigureAwait(false);
            else
                await Task.Delay(delay, time, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Sends one burst of what is due.</summary>
    /// <returns>When to look again; null: when the bell rings.</returns>
    internal TimeSpan? SendDue()
    {
        for (var sent = 0; sent < Burst; sent++)
        {
            AnsweredAddress next;
            lock (_lock)
            {
                if (!TakeDue(out next, out var wait))
                    return wait;
            }
            Send(next);
        }
        return TimeSpan.FromSeconds(1.0 / BurstsPerSecond);
    }

    bool TakeDue(out AnsweredAddress next, out TimeSpan? wait)
    {
        wait = null;
        while (_due.TryPeek(out next, out var at))
        {
            var ahead = time.GetElapsedTime(time.GetTimestamp(), at);
            if (ahead > TimeSpan.Zero)
            {
                // One that is new may come meanwhile, and must not wait.
                wait = ahead < Interval / BurstsPerSecond ? ahead : Interval / BurstsPerSecond;
                return false;
            }
            _due.Dequeue();
            if (!_left.TryGetValue(next, out var left))
                continue;
            if (left > 1)
            {
                _left[next] = left - 1;
                _due.Enqueue(next, time.GetTimestamp() + (long)(Interval.TotalSeconds * time.TimestampFrequency));
            }
            else
                _left.Remove(next);
            return true;
        }
        return false;
    }

    void Send(AnsweredAddress address)
    {
        try
        {
            send(address.Ifindex, AddressAnnouncement.Frame(address.Mac, address.Address));
        }
        catch (LinuxException failure)
        {
            LogNotSent(address.Address, failure.Message); // neighbours find out when they ask
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Could not announce {Address}: {Reason}")]
    partial void LogNotSent(IPAddress address, string reason);
}
