using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Weft.Agent.Names.Wire;

namespace Weft.Agent.Names;

/// <summary>Answers questions for names: of the caller's network itself, all others through the host's resolvers.</summary>
/// <remarks>
/// It does not know where its sockets come from: they are opened in the service namespace, where the
/// address of a caller tells its port (see weft_service in abi.h).
/// </remarks>
/// <param name="callerNetwork">Network of the caller with this address; null: nobody's.</param>
/// <param name="table">The newest names.</param>
/// <param name="forwarder">For all other names.</param>
/// <param name="logger">Failures that a person should see.</param>
sealed partial class NameServer(
    Func<IPAddress, Guid?> callerNetwork, Func<NameTable> table, Forwarder forwarder, ILogger<NameServer> logger)
{
    /// <summary>Of one caller's questions, those that wait for others at one time.</summary>
    const int MaxPendingPerCaller = 64;

    const int MaxConnections = 512;
    const int MaxConnectionsPerCaller = 16;
    const int ReceiveLoops = 2;

    static readonly TimeSpan IdleConnection = TimeSpan.FromSeconds(10);

    readonly CallerLimit _pending = new(MaxPendingPerCaller);
    readonly CallerLimit _connections = new(MaxConnectionsPerCaller, MaxConnections);
    uint _rotation;
    long _answered;
    long _forwarded;

    internal long Answered => Interlocked.Read(ref _answered);

    internal long Forwarded => Interlocked.Read(ref _forwarded);

    /// <summary>Serves until cancelled; the sockets stay the caller's.</summary>
    internal Task RunAsync(
        IReadOnlyCollection<Socket> udp, IReadOnlyCollection<Socket> tcp, CancellationToken cancellation)
    {
        var loops = udp.SelectMany(socket => Enumerable.Range(0, ReceiveLoops).Select(_ => ServeUdpAsync(socket, cancellation)))
            .Concat(tcp.Select(socket => AcceptAsync(socket, cancellation)));
        return Task.WhenAll(loops);
    }

    async Task ServeUdpAsync(Socket socket, CancellationToken cancellation)
    {
        var any = new IPEndPoint(socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        var message = GC.AllocateUninitializedArray<byte>(DnsWriter.MaxTcpSize, pinned: true);
        var answer = new byte[DnsWriter.MaxUdpSize];
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                var received = await socket.ReceiveFromAsync(message, any, cancellation).ConfigureAwait(false);
                var caller = (IPEndPoint)received.RemoteEndPoint;
                var question = message.AsMemory(0, received.ReceivedBytes);
                if (TryAnswer(question.Span, caller.Address, overTcp: false, answer, out var length))
                    await SendAsync(socket, answer.AsMemory(0, length), caller, cancellation).ConfigureAwait(false);
                else if (length == 0)
                    _ = ForwardUdpAsync(socket, question.ToArray(), caller, cancellation);
            }
            catch (SocketException failure)
            {
                LogReceiveFailed(failure.Message);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>
    /// True: <paramref name="answer"/> holds the answer. False with length 0: to be forwarded; with -1: ignore it.
    /// </summary>
    bool TryAnswer(ReadOnlySpan<byte> message, IPAddress caller, bool overTcp, Span<byte> answer, out int length)
    {
        length = -1;
        if (!DnsQuery.TryParse(message, out var query, out var code))
            return false;
        var limit = overTcp ? DnsWriter.MaxTcpSize : Math.Min(query.UdpSize, DnsWriter.MaxUdpSize);
        if (code != DnsCode.NoError)
            return NameResolver.Empty(query, code, answer, limit, out length);
        var names = callerNetwork(caller) is { } network ? table().Find(network) : null;
        if (!NameResolver.TryAnswer(query, names, Interlocked.Increment(ref _rotation), answer, limit, out length))
            return false;
        Interlocked.Increment(ref _answered);
        return true;
    }

    async Task ForwardUdpAsync(Socket socket, byte[] question, IPEndPoint caller, CancellationToken cancellation)
    {
        try
        {
            var answer = await ForwardAsync(question, caller.Address, overTcp: false, cancellation).ConfigureAwait(false);
            await SendAsync(socket, answer, caller, cancellation).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is OperationCanceledException or ObjectDisposedException)
        {
            return; // shutting down
        }
    }

    /// <summary>What the resolvers say; SERVFAIL when they say nothing.</summary>
    async Task<byte[]> ForwardAsync(byte[] question, IPAddress caller, bool overTcp, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _forwarded);
        if (!_pending.TryEnter(caller))
            return Failure(question);
        try
        {
            return await forwarder.AskAsync(question, overTcp, cancellation).ConfigureAwait(false) ?? Failure(question);
        }
        finally
        {
            _pending.Leave(caller);
        }
    }

    static byte[] Failure(byte[] question)
    {
        var answer = new byte[DnsWriter.MinUdpSize];
        _ = DnsQuery.TryParse(question, out var query, out _);
        NameResolver.Empty(query, DnsCode.ServerFailure, answer, answer.Length, out var length);
        return answer[..length];
    }

    async Task SendAsync(Socket socket, ReadOnlyMemory<byte> answer, IPEndPoint caller, CancellationToken cancellation)
    {
        try
        {
            await socket.SendToAsync(answer, SocketFlags.None, caller, cancellation).ConfigureAwait(false);
        }
        catch (SocketException failure)
        {
            LogSendFailed(caller, failure.Message);
        }
    }

    async Task AcceptAsync(Socket listener, CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                var socket = await listener.AcceptAsync(cancellation).ConfigureAwait(false);
                var caller = ((IPEndPoint)socket.RemoteEndPoint!).Address;
                if (_connections.TryEnter(caller))
                    _ = ServeTcpAsync(socket, caller, cancellation);
                else
                    socket.Dispose();
            }
            catch (SocketException failure)
            {
                LogReceiveFailed(failure.Message);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    async Task ServeTcpAsync(Socket socket, IPAddress caller, CancellationToken cancellation)
    {
        try
        {
            using var stream = new NetworkStream(socket, ownsSocket: true);
            socket.NoDelay = true;
            var answer = new byte[DnsWriter.MaxTcpSize];
            while (await ReadAsync(stream, cancellation).ConfigureAwait(false) is { } question)
            {
                if (TryAnswer(question, caller, overTcp: true, answer, out var length))
                    await TcpMessages.WriteAsync(stream, answer.AsMemory(0, length), cancellation).ConfigureAwait(false);
                else if (length < 0)
                    return;
                else
                {
                    var forwarded = await ForwardAsync(question, caller, overTcp: true, cancellation).ConfigureAwait(false);
                    await TcpMessages.WriteAsync(stream, forwarded, cancellation).ConfigureAwait(false);
                }
            }
        }
        catch (Exception failure) when (failure is IOException or SocketException or OperationCanceledException)
        {
            return; // the caller went away, or was idle for too long
        }
        finally
        {
            _connections.Leave(caller);
        }
    }

    static async Task<byte[]?> ReadAsync(Stream stream, CancellationToken cancellation)
    {
        using var idle = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        idle.CancelAfter(IdleConnection);
        return await TcpMessages.ReadAsync(stream, idle.Token).ConfigureAwait(false);
    }
}
