using System.Threading.Channels;

namespace Weft.Agent.Runtime;

/// <summary>Why the runtime should look again.</summary>
[Flags]
enum WakeReasons
{
    None = 0,

    /// <summary>A new state, or other attachments.</summary>
    State = 1,

    /// <summary>Routes, addresses or the fabric interface changed.</summary>
    Paths = 2,

    /// <summary>An interface of a port may be gone.</summary>
    Interfaces = 4,

    /// <summary>Some time has passed.</summary>
    Time = 8,
}

/// <summary>A bell for one sleeper: rings that come while it is awake are one ring.</summary>
sealed class Wake
{
    readonly Channel<bool> _bell = Channel.CreateBounded<bool>(new BoundedChannelOptions(1)
    {
        FullMode = BoundedChannelFullMode.DropWrite,
        SingleReader = true,
    });

    int _reasons;

    internal void Ring(WakeReasons reasons)
    {
        Interlocked.Or(ref _reasons, (int)reasons);
        _bell.Writer.TryWrite(true);
    }

    /// <summary>All reasons since the last time.</summary>
    internal async ValueTask<WakeReasons> WaitAsync(CancellationToken cancellation)
    {
        await _bell.Reader.ReadAsync(cancellation).ConfigureAwait(false);
        return (WakeReasons)Interlocked.Exchange(ref _reasons, 0);
    }
}
