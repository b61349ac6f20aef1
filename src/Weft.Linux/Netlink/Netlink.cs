using Weft.Linux.Interop;
using Weft.Linux.Wire;
using static Weft.Linux.Wire.NetlinkConstants;

namespace Weft.Linux;

/// <summary>A conversation with the kernel about the links, addresses, routes and neighbours of one namespace.</summary>
/// <remarks>
/// The socket belongs to the namespace it was opened in and may be used from any thread; a lock keeps one request
/// at a time. Calls are synchronous because the kernel answers within send(): there is nothing to wait for but its
/// own lock. Dumps are complete or an exception: one that the kernel marks as interrupted is asked again.
/// </remarks>
public sealed partial class Netlink : IDisposable
{
    const int DumpAttempts = 16;
    readonly Lock _lock = new();
    readonly NetlinkSocket _socket;
    readonly NetlinkBuffer _request = new();
    uint _sequence;

    Netlink() => _socket = new NetlinkSocket();

    /// <summary>Opens in the namespace of the calling thread.</summary>
    public static Netlink Open() => new();

    /// <summary>Opens inside a namespace.</summary>
    public static Netlink Open(NetNs ns) => ns.Run(() => new Netlink());

    /// <summary>Sends all requests of the batch and throws the first failure; those after it were still tried.</summary>
    public void Submit(NetlinkBatch batch)
    {
        foreach (var failure in Execute(batch))
        {
            if (failure is not null)
                throw failure;
        }
    }

    /// <summary>Sends all requests of the batch; the answer has one place per request, null for success.</summary>
    public IReadOnlyList<LinuxException?> Execute(NetlinkBatch batch)
    {
        lock (_lock)
        {
            var results = new LinuxException?[batch.Count];
            for (var start = 0; start < batch.Count; start += NetlinkBatch.ChunkRequests)
                ExecuteChunk_NeedsLock(batch, start, results);
            return results;
        }
    }

    public void Dispose() => _socket.Dispose();

    internal delegate void Encoder(NetlinkWriter writer);

    /// <summary>Null: not an item of interest.</summary>
    internal delegate T? Decoder<T>(NetlinkMessage message)
        where T : class;

    /// <summary>Everything that the kernel lists for a request.</summary>
    internal List<T> Dump<T>(string operation, ushort type, Encoder encode, Decoder<T> decode)
        where T : class
    {
        lock (_lock)
        {
            for (var attempt = 0; attempt < DumpAttempts; attempt++)
            {
                var items = new List<T>();
                Request_NeedsLock(operation, type, NLM_F_DUMP, encode);
                if (Collect_NeedsLock(operation, items, decode))
                    return items;
            }
        }
        throw new LinuxException(operation, Errno.EBUSY, "what is listed kept changing");
    }

    /// <summary>The one answer to a request.</summary>
    internal T? Get<T>(string operation, ushort type, Encoder encode, Decoder<T> decode)
        where T : class
    {
        var items = new List<T>(1);
        lock (_lock)
        {
            do
            {
                items.Clear();
                Request_NeedsLock(operation, type, NLM_F_ACK, encode);
            }
            while (!Collect_NeedsLock(operation, items, decode));
        }
        return items.Count > 0 ? items[0] : null;
    }

    void Request_NeedsLock(string operation, ushort type, ushort flags, Encoder encode)
    {
        _request.Clear();
        var writer = new NetlinkWriter(_request);
        using (writer.Message(type, (ushort)(NLM_F_REQUEST | flags), ++_sequence))
            encode(writer);
        _socket.Send(_request.Written, operation);
    }

    /// <summary>Reads answers to the end. False: something changed or was lost on the way, ask again.</summary>
    bool Collect_NeedsLock<T>(string operation, List<T> items, Decoder<T> decode)
        where T : class
    {
        var complete = true;
        while (true)
        {
            var datagram = _socket.Receive(operation);
            complete &= !datagram.IsEmpty;
            var reader = new NetlinkReader(datagram);
            while (reader.TryRead(out var message))
            {
                if (message.Sequence != _sequence)
                    continue;
                complete &= (message.Flags & NLM_F_DUMP_INTR) == 0;
                if (message.Type is NLMSG_DONE or NLMSG_ERROR)
                    return Accept(operation, message) && complete;
                if (decode(message) is { } item)
                    items.Add(item);
            }
        }
    }

    static bool Accept(string operation, NetlinkMessage message)
    {
        var ack = NetlinkAck.Decode(message);
        return ack.Errno == 0 ? true : throw new LinuxException(operation, ack.Errno, ack.Detail);
    }

    void ExecuteChunk_NeedsLock(NetlinkBatch batch, int start, LinuxException?[] results)
    {
        var first = _sequence + 1;
        var (bytes, count) = batch.Chunk(start, first);
        _sequence += (uint)count;
        _socket.Send(bytes.Span, batch.Operation(start));
        for (var missing = count; missing > 0;)
        {
            var reader = new NetlinkReader(_socket.Receive(batch.Operation(start)));
            while (reader.TryRead(out var message))
            {
                var index = message.Sequence - first;
                if (message.Type != NLMSG_ERROR || index >= count)
                    continue;
                results[start + (int)index] = batch.Judge(start + (int)index, NetlinkAck.Decode(message));
                missing--;
            }
        }
    }
}
