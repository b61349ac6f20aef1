using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Weft.Linux;

namespace Weft.E2E.Tests.Harness;

/// <summary>What became of one connection.</summary>
/// <param name="Start">Since the beginning of the load.</param>
/// <param name="Answer">Empty: none within three seconds, or a refusal.</param>
sealed record Attempt(TimeSpan Start, TimeSpan End, string Answer);

/// <summary>Opens connections out of a namespace at a steady rate, whatever becomes of the earlier ones, and asks one question over each.</summary>
sealed class SteadyLoad : IAsyncDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    static readonly byte[] Question = "GET /name HTTP/1.0\r\n\r\n"u8.ToArray();

    readonly ConcurrentBag<Attempt> _attempts = [];
    readonly CancellationTokenSource _stop = new();
    readonly long _begin = Stopwatch.GetTimestamp();
    readonly NetNs _namespace;
    readonly Task _running;

    internal SteadyLoad(string ns, string address, int port, int perSecond)
    {
        _namespace = NetNs.Open(ns);
        _running = Task.Run(() => RunAsync(new(IPAddress.Parse(address), port), perSecond), CancellationToken.None);
    }

    internal TimeSpan Now => Stopwatch.GetElapsedTime(_begin);

    /// <summary>Those that have ended, in the order in which they began.</summary>
    internal List<Attempt> Attempts => [.. _attempts.OrderBy(attempt => attempt.Start)];

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        _namespace.Dispose();
    }

    async Task RunAsync(IPEndPoint target, int perSecond)
    {
        var running = new List<Task>();
        while (!_stop.IsCancellationRequested)
        {
            for (var due = (int)(Now.TotalSeconds * perSecond); running.Count < due;)
                running.Add(OnceAsync(target));
            await Task.Delay(TimeSpan.FromMilliseconds(5), CancellationToken.None);
        }
        await Task.WhenAll(running);
    }

    async Task OnceAsync(IPEndPoint target)
    {
        var (start, answer) = (Now, new StringBuilder());
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            using var socket = _namespace.OpenSocket(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(target, limit.Token);
            await socket.SendAsync(Question, limit.Token);
            var buffer = new byte[1024];
            for (int read; (read = await socket.ReceiveAsync(buffer, limit.Token)) > 0;)
                answer.Append(Encoding.Latin1.GetString(buffer, 0, read));
        }
        catch (Exception failure) when (failure is SocketException or OperationCanceledException)
        {
            answer.Clear();
        }
        _attempts.Add(new(start, Now, answer.ToString().TrimEnd('\n').Split('\n')[^1]));
    }
}
