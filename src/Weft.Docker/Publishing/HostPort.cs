using System.Net;
using System.Net.Sockets;
using Weft.Model.Rules;

namespace Weft.Docker.Publishing;

/// <summary>A port of the host that a container has: no process of the host can take it, nor have it already.</summary>
/// <remarks>
/// Clients from outside never get here: the vrouter takes them on the uplink. The host's own do, to any of its addresses,
/// as with Docker; over TCP they are passed on. Whoever comes by an interface that is no uplink is turned away.
/// </remarks>
sealed class HostPort : IDisposable
{
    readonly Socket[] _sockets;

    HostPort(byte protocol, ushort number, Socket[] sockets) => (Protocol, Number, _sockets) = (protocol, number, sockets);

    public byte Protocol { get; }

    public ushort Number { get; }

    /// <summary>Those that listen; none but for TCP.</summary>
    public IEnumerable<Socket> Listeners => Protocol == IpProtocols.Tcp ? _sockets : [];

    /// <exception cref="SocketException"><c>AddressAlreadyInUse</c>: a process of the host has it.</exception>
    public static HostPort Take(byte protocol, ushort number)
    {
        if (protocol is not (IpProtocols.Tcp or IpProtocols.Udp))
            return new(protocol, number, []);
        var sockets = new List<Socket>();
        try
        {
            foreach (var any in (IPAddress[])[IPAddress.Any, IPAddress.IPv6Any])
                if (any.AddressFamily == AddressFamily.InterNetwork || Socket.OSSupportsIPv6)
                    sockets.Add(Open(protocol, new(any, number)));
            return new(protocol, number, [.. sockets]);
        }
        catch
        {
            sockets.ForEach(socket => socket.Dispose());
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var socket in _sockets)
            socket.Dispose();
    }

    static Socket Open(byte protocol, IPEndPoint endpoint)
    {
        var isTcp = protocol == IpProtocols.Tcp;
        var socket = new Socket(
            endpoint.AddressFamily, isTcp ? SocketType.Stream : SocketType.Dgram, isTcp ? ProtocolType.Tcp : ProtocolType.Udp);
        try
        {
            if (endpoint.AddressFamily == AddressFamily.InterNetworkV6)
                socket.DualMode = false;
            socket.Bind(endpoint);
            if (isTcp)
                socket.Listen(); // only a socket that listens keeps those away that bind with SO_REUSEADDR
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
