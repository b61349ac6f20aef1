using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Weft.Model.Resources;

namespace Weft.Agent.Balancing;

/// <summary>Asks out of the service namespace, from where the vrouter leads to the port as if its gateway asked.</summary>
sealed class Prober(Func<AddressFamily, SocketType, ProtocolType, Socket> open) : IProber
{
    const int LongestHead = 4096;
    static readonly PortRange[] GoodCodes = [new(200, 299)];

    /// <summary>Not empty: some systems never hand an empty one to whom it is for.</summary>
    static readonly byte[] Datagram = "weft"u8.ToArray();

    public Task<string?> AskAsync(HealthCheck check, CancellationToken cancellation) => check.Monitor.Type switch
    {
        HealthMonitor.Tcp => ConnectAsync(check, cancellation),
        HealthMonitor.Http => GetAsync(check, cancellation),
        HealthMonitor.Udp => SendAsync(check, cancellation),
        HealthMonitor.Ping => PingAsync(check, cancellation),
        var unknown => Task.FromResult<string?>($"this version cannot ask by {unknown}"),
    };

    async Task<string?> ConnectAsync(HealthCheck check, CancellationToken cancellation)
    {
        using var socket = OpenTcp(check);
        return await TryConnectAsync(socket, check, cancellation).ConfigureAwait(false);
    }

    async Task<string?> GetAsync(HealthCheck check, CancellationToken cancellation)
    {
        using var socket = OpenTcp(check);
        if (await TryConnectAsync(socket, check, cancellation).ConfigureAwait(false) is { } fault)
            return fault;
        await socket.SendAsync(Request(check), cancellation).ConfigureAwait(false);
        var head = new byte[LongestHead];
        for (var length = 0; length < head.Length;)
        {
            var read = await socket.ReceiveAsync(head.AsMemory(length), cancellation).ConfigureAwait(false);
            length += read;
            var end = head.AsSpan(0, length).IndexOf((byte)'\n');
            if (end >= 0)
                return Judge(Encoding.Latin1.GetString(head, 0, end).TrimEnd('\r'), check.Monitor);
            if (read == 0)
                return length == 0 ? "it closed the connection without an answer" : "its answer is no HTTP";
        }
        return "its answer is no HTTP";
    }

    /// <summary>A server that answers nothing is well: only <em>port unreachable</em> says that nobody is there.</summary>
    async Task<string?> SendAsync(HealthCheck check, CancellationToken cancellation)
    {
        using var socket = open(check.Target.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            await socket.ConnectAsync(check.Target, cancellation).ConfigureAwait(false);
            await socket.SendAsync(Datagram, cancellation).ConfigureAwait(false);
            await socket.ReceiveAsync(new byte[1], cancellation).ConfigureAwait(false);
            return null;
        }
        catch (SocketException failure)
        {
            return Text(failure);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>The kernel's own ping sockets: it numbers them and gives each its answers.</summary>
    async Task<string?> PingAsync(HealthCheck check, CancellationToken cancellation)
    {
        var isV6 = check.Target.AddressFamily == AddressFamily.InterNetworkV6;
        using var socket = open(check.Target.AddressFamily, SocketType.Dgram, isV6 ? ProtocolType.IcmpV6 : ProtocolType.Icmp);
        var echo = new byte[16];
        echo[0] = (byte)(isV6 ? 128 : 8); // echo request: RFC 4443 section 4.1, RFC 792
        echo[7] = 1; // sequence; the kernel sees to identifier and checksum
        try
        {
            await socket.ConnectAsync(new IPEndPoint(check.Target.Address, 0), cancellation).ConfigureAwait(false);
            await socket.SendAsync(echo, cancellation).ConfigureAwait(false);
            await socket.ReceiveAsync(new byte[64], cancellation).ConfigureAwait(false);
            return null;
        }
        catch (SocketException failure)
        {
            return Text(failure);
        }
    }

    Socket OpenTcp(HealthCheck check)
    {
        var socket = open(check.Target.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        // Closed by a reset: neither side has to remember it.
        socket.LingerState = new(true, 0);
        return socket;
    }

    static async Task<string?> TryConnectAsync(Socket socket, HealthCheck check, CancellationToken cancellation)
    {
        try
        {
            await socket.ConnectAsync(check.Target, cancellation).ConfigureAwait(false);
            return null;
        }
        catch (SocketException failure)
        {
            return Text(failure);
        }
    }

    static byte[] Request(HealthCheck check)
    {
        var monitor = check.Monitor;
        var host = monitor.Host ?? HostOf(check);
        return Encoding.ASCII.GetBytes(
            $"{monitor.Method ?? "GET"} {monitor.Path ?? "/"} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: weft\r\nAccept: */*\r\nConnection: close\r\n\r\n");
    }

    static string HostOf(HealthCheck check) => new IPEndPoint(check.Address, check.Target.Port).ToString();

    /// <param name="line">The first of the answer, RFC 9112 section 4.</param>
    /// <param name="monitor">Which codes are good.</param>
    internal static string? Judge(string line, HealthMonitor monitor)
    {
        var words = line.Split(' ', 3);
        if (words.Length < 2 || !words[0].StartsWith("HTTP/1.", StringComparison.Ordinal)
            || !ushort.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var code) || code is < 100 or > 599)
            return "its answer is no HTTP";
        return (monitor.Codes is { Count: > 0 } given ? given : GoodCodes).Any(range => range.Contains(code)) ? null : $"it answered {code}";
    }

    static string Text(SocketException failure) => failure.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => "connection refused",
        SocketError.ConnectionReset => "it reset the connection",
        SocketError.TimedOut => "no answer",
        SocketError.HostUnreachable or SocketError.NetworkUnreachable => "it cannot be reached",
        _ => failure.Message,
    };
}
