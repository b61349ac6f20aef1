using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Weft.Bench.Rules;

/// <summary>Datagrams there and back, to see to the millisecond when a change of policy has come into force.</summary>
static class Probe
{
    public const int Port = 5600;

    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    /// <summary>Answers every datagram until its standard input ends.</summary>
    public static void Echo()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Any, Port));
        var thread = new Thread(() =>
        {
            var bytes = new byte[64];
            EndPoint from = new IPEndPoint(IPAddress.Any, 0);
            while (true)
            {
                var length = socket.ReceiveFrom(bytes, ref from);
                socket.SendTo(bytes, 0, length, SocketFlags.None, from);
            }
        }) { IsBackground = true };
        thread.Start();
        Console.In.ReadToEnd();
    }

    /// <summary>Asks once a millisecond for so many seconds and writes the times of the first and the last answer, in ticks of UTC.</summary>
    public static void Ask(string address, double seconds)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Connect(IPAddress.Parse(address), Port);
        socket.Blocking = false;
        var (first, last) = (0L, 0L);
        var bytes = new byte[64];
        for (var clock = Stopwatch.StartNew(); clock.Elapsed.TotalSeconds < seconds; Thread.Sleep(Pause))
        {
            socket.Send(bytes.AsSpan(0, 8), SocketFlags.None, out _);
            while (socket.Poll(0, SelectMode.SelectRead) && socket.Receive(bytes, SocketFlags.None, out var error) > 0 && error == SocketError.Success)
            {
                last = DateTime.UtcNow.Ticks;
                first = first == 0 ? last : first;
            }
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{first} {last}"));
    }
}
