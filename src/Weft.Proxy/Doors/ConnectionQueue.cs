using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;

namespace Weft.Proxy.Doors;

/// <summary>What the web server takes connections from: doors put them in, whichever namespace they come from.</summary>
/// <remarks>
/// So the server itself never changes: listeners come and go without a restart, and a connection is another matter than
/// the door it came through.
/// </remarks>
sealed class ConnectionQueue(string name) : EndPoint, IConnectionListener
{
    readonly Channel<ConnectionContext> _waiting = Channel.CreateUnbounded<ConnectionContext>(new() { SingleReader = true });

    public EndPoint EndPoint => this;

    /// <summary>False: the server is stopping.</summary>
    internal bool TryPut(ConnectionContext connection) => _waiting.Writer.TryWrite(connection);

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) =>
        await _waiting.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false)
        && _waiting.Reader.TryRead(out var connection)
            ? connection
            : null;

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _waiting.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        while (_waiting.Reader.TryRead(out var connection))
            await connection.DisposeAsync().ConfigureAwait(false);
    }

    public override string ToString() => name;
}

/// <summary>Hands the queues to the server.</summary>
sealed class ConnectionQueues : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    /// <summary>HTTP/1.1 in the clear.</summary>
    internal ConnectionQueue Http1 { get; } = new("http");

    /// <summary>HTTP/2 in the clear, by clients that begin with it.</summary>
    internal ConnectionQueue Http2 { get; } = new("h2c");

    /// <summary>Both over TLS.</summary>
    internal ConnectionQueue Tls { get; } = new("https");

    public bool CanBind(EndPoint endpoint) => endpoint is ConnectionQueue;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new((ConnectionQueue)endpoint);
}
