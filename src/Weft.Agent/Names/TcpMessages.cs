using System.Buffers.Binary;

namespace Weft.Agent.Names;

/// <summary>DNS over TCP: every message after two octets of length (RFC 1035 section 4.2.2).</summary>
static class TcpMessages
{
    /// <summary>Null: the other side has closed, or sent a message too short to be one.</summary>
    internal static async Task<byte[]?> ReadAsync(Stream stream, CancellationToken cancellation)
    {
        var prefix = new byte[2];
        if (await stream.ReadAtLeastAsync(prefix, 2, throwOnEndOfStream: false, cancellation).ConfigureAwait(false) < 2)
            return null;
        var message = new byte[BinaryPrimitives.ReadUInt16BigEndian(prefix)];
        var read = await stream.ReadAtLeastAsync(message, message.Length, throwOnEndOfStream: false, cancellation)
            .ConfigureAwait(false);
        return read == message.Length && read >= Wire.DnsReader.HeaderLength ? message : null;
    }

    /// <summary>In one write, so in one segment where possible (RFC 7766 section 8).</summary>
    internal static async Task WriteAsync(Stream stream, ReadOnlyMemory<byte> message, CancellationToken cancellation)
    {
        var framed = new byte[2 + message.Length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)message.Length);
        message.CopyTo(framed.AsMemory(2));
        await stream.WriteAsync(framed, cancellation).ConfigureAwait(false);
    }
}
