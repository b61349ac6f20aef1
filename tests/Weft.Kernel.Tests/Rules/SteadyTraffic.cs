using System.Net;
using System.Net.Sockets;

namespace Weft.Kernel.Tests.Rules;

/// <summary>
/// Traffic from web to log (same host) and log2 (the other): to UDP port 80, which must be answered always, on one old flow
/// and ever new ones; and to UDP port 22, which must never arrive.
/// </summary>
sealed class SteadyTraffic : IDisposable
{
    const ushort Allowed = 80, Denied = 22;

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    readonly List<Socket> _sockets = [];
    readonly List<Thread> _threads = [];
    readonly List<Socket> _forbidden = [];
    readonly CancellationTokenSource _end = new();
    string _lost = "";
    int _rounds;

    internal SteadyTraffic(RuleSite site)
    {
        var web = site.Members["web"];
        foreach (var target in (Member[])[site.Members["log"], site.Members["log2"]])
        {
            var echo = Keep(Probe.Bound(target, AddressFamily.InterNetwork, Allowed));
            _forbidden.Add(Keep(Probe.Bound(target, AddressFamily.InterNetwork, Denied)));
            Run(() => Answer(echo));
            var old = Keep(Probe.Bound(web, AddressFamily.InterNetwork, Probe.Fresh()));
            Run(() => Ask(web, target, old));
        }
    }

    /// <summary>Waits until so many more questions have been answered.</summary>
    internal async Task PassedAsync(int questions)
    {
        var goal = Volatile.Read(ref _rounds) + questions;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (Volatile.Read(ref _rounds) < goal && Volatile.Read(ref _lost).Length == 0)
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    /// <summary>What was lost that was to pass, and how many passed that were not to.</summary>
    internal (string Lost, int Leaked) Finish()
    {
        _end.Cancel();
        foreach (var thread in _threads)
            thread.Join();
        return (_lost, _forbidden.Count(socket => socket.Available > 0));
    }

    public void Dispose()
    {
        Finish();
        foreach (var socket in _sockets)
            socket.Dispose();
        _end.Dispose();
    }

    void Ask(Member web, Member target, Socket old)
    {
        for (var i = 0; !_end.IsCancellationRequested; i++)
        {
            // Not every time: without room in the flow table the answers of a one-way rule are nobody's answers.
            using var fresh = i % 8 == 0 ? Probe.Bound(web, AddressFamily.InterNetwork, Probe.Fresh()) : null;
            foreach (var (socket, kind) in new[] { (old, "an old"), (fresh, "a new") })
            {
                if (socket is null)
                    continue;
                socket.SendTo([1], new IPEndPoint(target.V4, Denied));
                socket.SendTo(BitConverter.GetBytes(i), new IPEndPoint(target.V4, Allowed));
                if (!IsAnswered(socket, i))
                {
                    Volatile.Write(ref _lost, $"{kind} flow to {target.Name}, question {i}");
                    return;
                }
            }
            Interlocked.Increment(ref _rounds);
        }
    }

    bool IsAnswered(Socket socket, int question)
    {
        socket.ReceiveTimeout = (int)Patience.TotalMilliseconds;
        var answer = new byte[16];
        try
        {
            while (socket.Receive(answer) != sizeof(int) || BitConverter.ToInt32(answer) != question)
            {
            }
            return true;
        }
        catch (SocketException) when (_end.IsCancellationRequested)
        {
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    void Answer(Socket echo)
    {
        var buffer = new byte[16];
        echo.ReceiveTimeout = 100;
        while (!_end.IsCancellationRequested)
        {
            try
            {
                EndPoint sender = new IPEndPoint(IPAddress.Any, 0);
                var length = echo.ReceiveFrom(buffer, ref sender);
                echo.SendTo(buffer.AsSpan(0, length), SocketFlags.None, sender);
            }
            catch (SocketException)
            {
                // Nobody has asked for a while.
            }
        }
    }

    Socket Keep(Socket socket)
    {
        _sockets.Add(socket);
        return socket;
    }

    void Run(Action action)
    {
        var thread = new Thread(() => action()) { IsBackground = true };
        thread.Start();
        _threads.Add(thread);
    }
}
