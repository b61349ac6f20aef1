using System.Net;
using System.Net.Sockets;
using Weft.Linux;

namespace Weft.Proxy.Runtime;

/// <summary>Where the sockets of a load balancer are opened: a namespace by name, or the one that the process is in.</summary>
sealed class NamespaceSockets(string? name) : IDisposable
{
    NetNs? _namespace;

    internal string? Name => name;

    /// <summary>Opens the namespace, or the one that has come under its name since: then all listeners are to be opened anew.</summary>
    /// <returns>True: it is another.</returns>
    /// <exception cref="LinuxException">There is none.</exception>
    internal bool Refresh()
    {
        if (name is null)
            return false;
        var newest = NetNs.OpenNamed(name);
        if (_namespace is { } known && known.Identity == newest.Identity)
        {
            newest.Dispose();
            return false;
        }
        var last = Interlocked.Exchange(ref _namespace, newest);
        last?.Dispose();
        return true;
    }

    internal Socket Open(AddressFamily family) => name is null
        ? new(family, SocketType.Stream, ProtocolType.Tcp)
        : Inside.OpenSocket(family, SocketType.Stream, ProtocolType.Tcp);

    internal Socket Listen(IPEndPoint endPoint, int backlog = 4096)
    {
        var socket = Open(endPoint.AddressFamily);
        try
        {
            if (endPoint.AddressFamily == AddressFamily.InterNetworkV6)
                socket.DualMode = false;
            socket.Bind(endPoint);
            socket.Listen(backlog);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Dispose() => _namespace?.Dispose();

    NetNs Inside => _namespace ?? throw new IOException($"there is no network namespace {name}");
}
