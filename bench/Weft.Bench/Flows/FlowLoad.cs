using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Weft.Bench.Flows;

/// <summary>
/// One datagram a second in each of very many flows, by the program itself inside a container's namespace: every flow is on record
/// every second, as long as the node records so often.
/// </summary>
static class FlowLoad
{
    const int PerSocket = 20_000; // destination ports
    const int FirstPort = 20_000;
    const int Slices = 50; // of a second

    /// <returns>Datagrams sent.</returns>
    public static long Run(IPAddress address, int flows, int seconds)
    {
        var sockets = new List<Socket>();
        for (var left = flows; left > 0; left -= PerSocket)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(address.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0));
            sockets.Add(socket);
        }
        SocketAddress[] targets = [.. Enumerable.Range(0, Math.Min(PerSocket, flows)).Select(i => new IPEndPoint(address, FirstPort + i).Serialize())];
        var (sent, payload, begin) = (0L, new byte[64], Stopwatch.GetTimestamp());
        for (var slice = 0; slice < seconds * Slices; slice++)
        {
            var (first, last) = ((long)flows * (slice % Slices) / Slices, (long)flows * (slice % Slices + 1) / Slices);
            for (var flow = first; flow < last; flow++)
                sent += Send(sockets[(int)(flow / PerSocket)], payload, targets[flow % PerSocket]);
            while (Stopwatch.GetElapsedTime(begin) < TimeSpan.FromSeconds((slice + 1.0) / Slices))
                Thread.Sleep(1);
        }
        sockets.ForEach(socket => socket.Dispose());
        return sent;
    }

    /// <summary>An answer that nobody listens comes back as an error of the next datagram, which then has not been sent.</summary>
    static int Send(Socket socket, byte[] payload, SocketAddress target)
    {
        while (true)
        {
            try
            {
                socket.SendTo(payload, SocketFlags.None, target);
                return 1;
            }
            catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionRefused)
            {
            }
        }
    }

    /// <summary>The program as a load, in a namespace.</summary>
    public static Process Start(string netns, string address, int flows, int seconds) => Shell.Start(string.Create(
        CultureInfo.InvariantCulture, $"exec nsenter --net={netns} {Environment.ProcessPath} flow-load {address} --flows {flows} --seconds {seconds}"));
}
