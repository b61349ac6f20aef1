using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Weft.Linux;

namespace Weft.Docker.Publishing;

/// <summary>The network namespace of a container, open; null: it is not running.</summary>
/// <param name="endpoint">Docker's id of it.</param>
delegate Task<NetNs?> FindEndpointNamespace(string endpoint, CancellationToken cancellation);

/// <summary>Passes TCP connections of the host's own processes on to a container, from inside its namespace.</summary>
/// <remarks>
/// The vrouter sees what comes by an uplink, which what a host says to itself does not. So <c>localhost:8080</c> is answered
/// here, as Docker's own proxy does.
/// </remarks>
sealed partial class HostForwarder(FindEndpointNamespace find, ILogger<HostForwarder> log)
{
    /// <summary>Accepts until the listener is disposed.</summary>
    /// <param name="listener">Of a <see cref="HostPort"/>.</param>
    /// <param name="endpoint">Docker's id of it.</param>
    /// <param name="target">The container's address and port.</param>
    public async Task RunAsync(Socket listener, string endpoint, IPEndPoint target)
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await listener.AcceptAsync().ConfigureAwait(false);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
            _ = ServeAsync(client, endpoint, target);
        }
    }

    async Task ServeAsync(Socket client, string endpoint, IPEndPoint target)
    {
        using (client)
        {
            try
            {
                if (IsOfHost(client))
                    await PassOnAsync(client, endpoint, target).ConfigureAwait(false);
                else
                    client.Close(0); // a reset: nobody listens here for others
            }
            catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException or LinuxException)
            {
                Ended(endpoint, target, e.Message);
            }
        }
    }

    /// <summary>What a host says to itself has one of its addresses at both ends.</summary>
    static bool IsOfHost(Socket client) =>
        client is { LocalEndPoint: IPEndPoint local, RemoteEndPoint: IPEndPoint remote }
        && (IPAddress.IsLoopback(remote.Address) || local.Address.Equals(remote.Address));

    async Task PassOnAsync(Socket client, string endpoint, IPEndPoint target)
    {
        using var place = await find(endpoint, CancellationToken.None).ConfigureAwait(false);
        if (place is null)
            return;
        using var server = place.OpenSocket(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await server.ConnectAsync(target).ConfigureAwait(false);
        await Task.WhenAll(CopyAsync(client, server), CopyAsync(server, client)).ConfigureAwait(false);
    }

    static async Task CopyAsync(Socket from, Socket to)
    {
        using var source = new NetworkStream(from);
        using var sink = new NetworkStream(to);
        try
        {
            await source.CopyToAsync(sink).ConfigureAwait(false);
            to.Shutdown(SocketShutdown.Send);
        }
        catch
        {
            from.Close(0); // wakes the other direction, and tells both ends
            to.Close(0);
            throw;
        }
    }

    [LoggerMessage(LogLevel.Debug, "a connection of the host to endpoint {Endpoint} at {Target} ended: {Reason}")]
    partial void Ended(string endpoint, IPEndPoint target, string reason);
}
