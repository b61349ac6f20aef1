using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Weft.Agent.Names.Wire;

namespace Weft.Agent.Names;

/// <summary>Asks the host's resolvers and hands back what they say, octet for octet but for the id.</summary>
/// <remarks>
/// Every question goes out from a socket of its own, so from a random port, under a random id, and only an
/// answer from the asked address with that id and that question counts (RFC 5452). The asker's own EDNS
/// goes along, so that sizes and truncation are agreed between the ends: who gets a truncated answer asks
/// again over TCP, and then TCP is used here too.
/// </remarks>
sealed class Forwarder(ResolvConfFile resolvConf, int port = 53)
{
    /// <summary>Questions on their way at one time; more would only pile up behind servers that are down.</summary>
    const int MaxPending = 512;

    int _pending;

    /// <summary>The answer, or null when no resolver gave one.</summary>
    internal async Task<byte[]?> AskAsync(ReadOnlyMemory<byte> query, bool overTcp, CancellationToken cancellation)
    {
        try
        {
            if (Interlocked.Increment(ref _pending) > MaxPending)
                return null;
            var conf = resolvConf.Current;
            for (var attempt = 0; attempt < conf.Attempts; attempt++)
            {
                foreach (var server in conf.Servers)
                {
                    if (await TryAskAsync(new(server, port), query, overTcp, conf.Timeout, cancellation).ConfigureAwait(false)
                        is { } answer)
                        return answer;
                }
            }
            return null;
        }
        finally
        {
            Interlocked.Decrement(ref _pending);
        }
    }

    static async Task<byte[]?> TryAskAsync(
        IPEndPoint server, ReadOnlyMemory<byte> query, bool overTcp, TimeSpan timeout, CancellationToken cancellation)
    {
        var asked = query.ToArray();
        RandomNumberGenerator.Fill(asked.AsSpan(0, 2));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        try
        {
            var answer = overTcp
                ? await OverTcpAsync(server, asked, limit.Token).ConfigureAwait(false)
                : await OverUdpAsync(server, asked, limit.Token).ConfigureAwait(false);
            if (answer is not null)
                query[..2].CopyTo(answer);
            return answer;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null; // this server took too long; the next one may not
        }
        catch (Exception failure) when (failure is SocketException or IOException)
        {
            return null;
        }
    }

    static async Task<byte[]?> OverUdpAsync(IPEndPoint server, byte[] query, CancellationToken cancellation)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        // Connected: the kernel drops what comes from anybody else, and reports a closed port at once.
        await socket.ConnectAsync(server, cancellation).ConfigureAwait(false);
        await socket.SendAsync(query, cancellation).ConfigureAwait(false);
        var buffer = ArrayPool<byte>.Shared.Rent(DnsWriter.MaxTcpSize);
        try
        {
            while (true)
            {
                var length = await socket.ReceiveAsync(buffer, cancellation).ConfigureAwait(false);
                if (IsAnswerTo(query, buffer.AsSpan(0, length)))
                    return buffer[..length];
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    static async Task<byte[]?> OverTcpAsync(IPEndPoint server, byte[] query, CancellationToken cancellation)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server, cancellation).ConfigureAwait(false);
        using var stream = new NetworkStream(socket);
        await TcpMessages.WriteAsync(stream, query, cancellation).ConfigureAwait(false);
        var answer = await TcpMessages.ReadAsync(stream, cancellation).ConfigureAwait(false);
        return answer is not null && IsAnswerTo(query, answer) ? answer : null;
    }

    /// <summary>RFC 5452 section 9.1: id and question agree. Case may differ: some servers lower it.</summary>
    internal static bool IsAnswerTo(ReadOnlySpan<byte> query, ReadOnlySpan<byte> answer)
    {
        if (answer.Length < DnsReader.HeaderLength
            || !answer[..2].SequenceEqual(query[..2])
            || ((DnsFlags)BinaryPrimitives.ReadUInt16BigEndian(answer[2..]) & DnsFlags.Response) == 0)
            return false;
        if (BinaryPrimitives.ReadUInt16BigEndian(answer[4..]) == 0)
            return true; // an error about a question that it did not understand
        Span<byte> asked = stackalloc byte[DnsReader.MaxName];
        Span<byte> answered = stackalloc byte[DnsReader.MaxName];
        var left = new DnsReader(query, DnsReader.HeaderLength);
        var right = new DnsReader(answer, DnsReader.HeaderLength);
        return left.TryReadName(asked, out var length)
            && right.TryReadName(answered, out var otherLength)
            && EqualNames(asked[..length], answered[..otherLength])
            && left.TryRead(4, out var kind)
            && right.TryRead(4, out var otherKind)
            && kind.SequenceEqual(otherKind);
    }

    static bool EqualNames(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        if (left.Length != right.Length)
            return false;
        for (var i = 0; i < left.Length; i++)
        {
            // A label's length is at most 63 and so never looks like a letter.
            if (Lower(left[i]) != Lower(right[i]))
                return false;
        }
        return true;
    }

    static int Lower(byte b) => b is >= (byte)'A' and <= (byte)'Z' ? b | 0x20 : b;
}
