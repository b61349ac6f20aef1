using System.Net.Sockets;
using System.Text;

namespace Weft.Daemon.Startup;

/// <summary>Tells systemd how far the start is: the protocol of sd_notify(3).</summary>
static class Notify
{
    public static void Ready() => Send("READY=1");

    public static void Stopping() => Send("STOPPING=1");

    static void Send(string state)
    {
        if (Environment.GetEnvironmentVariable("NOTIFY_SOCKET") is not { Length: > 0 } path)
            return;
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            // A name that begins with @ is in the abstract namespace, which the kernel writes with a zero byte.
            socket.SendTo(Encoding.UTF8.GetBytes(state),
                new UnixDomainSocketEndPoint(path.StartsWith('@') ? '\0' + path[1..] : path));
        }
        catch (SocketException)
        {
            // Nobody listens any more; the daemon's work does not depend on it.
        }
    }
}
