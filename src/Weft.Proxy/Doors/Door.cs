using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Weft.Proxy.Runtime;

namespace Weft.Proxy.Doors;

/// <summary>One port of a load balancer: takes connections in, counts them, and hands them to the server.</summary>
/// <remarks>
/// It lasts as long as the port is listened on, whatever else changes: what is done with a request is the model that is
/// in force when the request begins.
/// </remarks>
sealed partial class Door(ListenerModel model, ConnectionQueues queues, SocketConnectionContextFactory contexts, ILogger<Door> logger)
{
    /// <summary>A client in the clear that says nothing keeps us waiting no longer than this.</summary>
    static readonly TimeSpan FirstWord = TimeSpan.FromSeconds(30);

    readonly ConcurrentDictionary<ClientConnection, bool> _connections = [];
    readonly Dictionary<IPEndPoint, Socket> _sockets = [];
    volatile ListenerModel _model = model;

    internal ListenerModel Model => _model;

    internal ListenerCounts Counts { get; } = new();

    internal long Connections => _connections.Count;

    /// <summary>Requests from now on are treated by this. Those that run are not touched.</summary>
    internal void Switch(ListenerModel next)
    {
        var changesProtocol = _model.IsTls != next.IsTls;
        _model = next;
        if (changesProtocol)
            Drain();
    }

    /// <summary>Listens where it does not yet, and no longer where it should not.</summary>
    /// <returns>What did not work, in words; null when all did.</returns>
    internal string? Listen(IReadOnlyCollection<IPEndPoint> endPoints, Func<IPEndPoint, Socket> open)
    {
        foreach (var (gone, socket) in _sockets.Where(entry => !endPoints.Contains(entry.Key)).ToList())
        {
            _sockets.Remove(gone);
            socket.Dispose();
        }
        string? fault = null;
        foreach (var endPoint in endPoints.Where(endPoint => !_sockets.ContainsKey(endPoint)))
        {
            try
            {
                var socket = open(endPoint);
                _sockets.Add(endPoint, socket);
                _ = AcceptAsync(socket);
            }
            catch (Exception failure) when (failure is SocketException or IOException)
            {
                fault = $"cannot listen on {endPoint}: {failure.Message}";
            }
        }
        return fault;
    }

    /// <summary>Takes no more connections, lets requests end, and closes what is left after a while.</summary>
    internal async Task CloseAsync(TimeSpan patience, TimeProvider time)
    {
        StopListening();
        Drain();
        var start = time.GetTimestamp();
        while (!_connections.IsEmpty && time.GetElapsedTime(start) < patience)
            await Task.Delay(TimeSpan.FromMilliseconds(50), time, CancellationToken.None).ConfigureAwait(false);
        foreach (var connection in _connections.Keys)
            connection.Abort("the listener is gone");
    }

    /// <summary>The namespace is another now: its sockets mean nothing any more.</summary>
    internal void StopListening()
    {
        foreach (var socket in _sockets.Values)
            socket.Dispose();
        _sockets.Clear();
    }

    void Drain()
    {
        foreach (var connection in _connections.Keys)
            connection.Drain();
    }

    async Task AcceptAsync(Socket listening)
    {
        while (true)
        {
            try
            {
                Admit(await listening.AcceptAsync().ConfigureAwait(false));
            }
            catch (SocketException failure) when (failure.SocketErrorCode is not SocketError.OperationAborted)
            {
                // Out of descriptors, or a client that was gone before it was let in: others still come.
                LogAcceptFailed(_model.Name, failure.Message);
                await Task.Yield();
            }
            catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    void Admit(Socket socket)
    {
        var model = _model;
        if (model.MaxConnections > 0 && _connections.Count >= model.MaxConnections)
        {
            Counts.Refuse();
            socket.LingerState = new(true, 0); // a reset: the client knows at once
            socket.Dispose();
            return;
        }
        socket.NoDelay = true;
        var context = contexts.Create(socket);
        var connection = new ClientConnection(this, context);
        Counts.Connect();
        _connections[connection] = true;
        context.ConnectionClosed.UnsafeRegister(_ => _connections.TryRemove(connection, out var _), null);
        context.Transport = new CountingPipe(context.Transport, Counts.Traffic);
        context.Features.Set(connection);
        if (model.IsTls)
            Put(queues.Tls, context);
        else
            _ = ProbeAsync(connection);
    }

    async Task ProbeAsync(ClientConnection connection)
    {
        var context = connection.Context;
        try
        {
            using var patience = new CancellationTokenSource(FirstWord);
            connection.IsSilent = true;
            var isHttp2 = await ProtocolProbe.IsHttp2Async(context.Transport.Input, patience.Token).ConfigureAwait(false);
            connection.IsSilent = false;
            Put(isHttp2 ? queues.Http2 : queues.Http1, context);
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException or ConnectionAbortedException)
        {
            await context.DisposeAsync().ConfigureAwait(false);
        }
    }

    static void Put(ConnectionQueue queue, ConnectionContext context)
    {
        if (!queue.TryPut(context))
            context.Abort(new ConnectionAbortedException("the proxy is stopping"));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Listener {Name} could not take a connection: {Reason}")]
    partial void LogAcceptFailed(string name, string reason);
}
