using System.Net;
using System.Net.Sockets;

namespace Weft.Tests.Sync;

/// <summary>A relay that can fall silent, as a host does whose power went: connections stay, nothing comes through.</summary>
sealed class BreakablePath : IAsyncDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource _stop = new();
    readonly List<Task> _relays = [];
    readonly int _target;
    readonly Task _accepting;
    volatile CancellationTokenSource _frozen = new();

    public BreakablePath(int target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Nothing passes any more on the connections that there are, and new ones get no answer.</summary>
    public void Freeze() => _frozen.Cancel();

    /// <summary>New connections work again.</summary>
    public void Thaw() => _frozen = new();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await Record.ExceptionAsync(() => _accepting);
        await Record.ExceptionAsync(() => Task.WhenAll(_relays));
    }

    async Task AcceptAsync()
    {
        while (true)
        {
            var near = await _listener.AcceptSocketAsync(_stop.Token);
            _relays.Add(RelayAsync(near, _frozen.Token));
        }
    }

    async Task RelayAsync(Socket near, CancellationToken frozen)
    {
        using var far = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using (near)
        {
            await far.ConnectAsync(IPAddress.Loopback, _target, _stop.Token);
            await Record.ExceptionAsync(() => Task.WhenAny(CopyAsync(near, far, frozen), CopyAsync(far, near, frozen)));
            if (frozen.IsCancellationRequested)
                await Record.ExceptionAsync(() => Task.Delay(Timeout.InfiniteTimeSpan, _stop.Token));
        }
    }

    static async Task CopyAsync(Socket from, Socket to, CancellationToken frozen)
    {
        var buffer = new byte[16 * 1024];
        while (await from.ReceiveAsync(buffer, frozen) is > 0 and var count)
            await to.SendAsync(buffer.AsMemory(0, count), frozen);
    }
}
