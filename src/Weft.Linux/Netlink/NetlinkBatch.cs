using System.Buffers.Binary;
using Weft.Linux.Wire;
using static Weft.Linux.Wire.NetlinkConstants;

namespace Weft.Linux;

/// <summary>Changes that go to the kernel in one system call, in order, each acknowledged by itself.</summary>
/// <remarks>
/// The kernel goes on after a request that failed, so later requests must bear that. A namespace given to a request
/// must stay open until the batch was submitted.
/// </remarks>
public sealed partial class NetlinkBatch
{
    /// <summary>Bounds the acknowledgements that wait in the receive buffer.</summary>
    internal const int ChunkRequests = 256;

    readonly NetlinkBuffer _buffer = new();
    readonly List<Request> _requests = [];

    /// <summary>How many requests it holds.</summary>
    public int Count => _requests.Count;

    /// <summary>Counts these error numbers of the last request as success.</summary>
    public NetlinkBatch Ignoring(params ReadOnlySpan<int> errnos)
    {
        _requests[^1] = _requests[^1] with { Ignored = errnos.ToArray() };
        return this;
    }

    internal NetlinkBatch Add(string operation, ushort type, ushort flags, Netlink.Encoder encode)
    {
        var start = _buffer.Length;
        var writer = new NetlinkWriter(_buffer);
        using (writer.Message(type, (ushort)(NLM_F_REQUEST | NLM_F_ACK | flags), sequence: 0))
            encode(writer);
        _requests.Add(new Request(operation, start, []));
        return this;
    }

    internal string Operation(int index) => _requests[index].Name;

    /// <summary>The bytes of the requests from an index on, numbered from a sequence number.</summary>
    internal (ReadOnlyMemory<byte> Bytes, int Count) Chunk(int start, uint firstSequence)
    {
        var count = Math.Min(ChunkRequests, Count - start);
        for (var i = 0; i < count; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(_buffer.At(_requests[start + i].Start)[8..], firstSequence + (uint)i);
        var from = _requests[start].Start;
        var to = start + count < Count ? _requests[start + count].Start : _buffer.Length;
        return (_buffer.Memory[from..to], count);
    }

    /// <summary>Null for success.</summary>
    internal LinuxException? Judge(int index, NetlinkAck ack)
    {
        var request = _requests[index];
        return ack.Errno == 0 || request.Ignored.Contains(ack.Errno)
            ? null
            : new LinuxException(request.Name, ack.Errno, ack.Detail);
    }

    readonly record struct Request(string Name, int Start, int[] Ignored);
}
