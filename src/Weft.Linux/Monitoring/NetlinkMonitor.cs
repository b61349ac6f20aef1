using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Weft.Linux.Interop;
using Weft.Linux.Wire;
using static Weft.Linux.Wire.NetlinkConstants;

namespace Weft.Linux;

/// <summary>Tells of changes in one namespace.</summary>
/// <remarks>
/// When the socket's buffer is full the kernel says so once (ENOBUFS), and then drops every notice until the buffer
/// was read empty. So it is emptied unread before <see cref="ResyncNeeded"/> is told: what happens after that comes
/// again. To miss nothing: open the monitor, list, then read.
/// </remarks>
public sealed class NetlinkMonitor : IDisposable
{
    const int DatagramBytes = 64 << 10;
    readonly Socket _socket;
    readonly byte[] _buffer = new byte[DatagramBytes];

    NetlinkMonitor(SafeFd fd) => _socket = fd.IntoSocket();

    /// <summary>Listens in a namespace from now on.</summary>
    public static NetlinkMonitor Open(NetNs ns, NetworkTopics topics) => Open(ns, topics, bufferBytes: 0);

    /// <summary>Listens in the calling thread's namespace from now on.</summary>
    public static NetlinkMonitor Open(NetworkTopics topics) => new(Join(topics, bufferBytes: 0));

    internal static NetlinkMonitor Open(NetNs ns, NetworkTopics topics, int bufferBytes) =>
        new(ns.Run(() => Join(topics, bufferBytes)));

    static SafeFd Join(NetworkTopics topics, int bufferBytes)
    {
        var fd = NetlinkSocket.Open();
        try
        {
            if (bufferBytes > 0)
                NetlinkSocket.SetBuffer(fd, bufferBytes);
            foreach (var group in Groups(topics))
                NetlinkSocket.SetOption(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group, "listen to network changes");
            return fd;
        }
        catch
        {
            fd.Dispose();
            throw;
        }
    }

    /// <summary>Everything from the opening on, until cancelled. For one reader.</summary>
    public async IAsyncEnumerable<NetworkChange> ReadAllAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var changes = new List<NetworkChange>();
        while (true)
        {
            changes.Clear();
            await ReadAsync(changes, cancellationToken).ConfigureAwait(false);
            foreach (var change in changes)
                yield return change;
        }
    }

    public void Dispose() => _socket.Dispose();

    async Task ReadAsync(List<NetworkChange> changes, CancellationToken cancellationToken)
    {
        try
        {
            var count = await _socket.ReceiveAsync(_buffer, SocketFlags.None, cancellationToken).ConfigureAwait(false);
            Decode(_buffer.AsSpan(0, count), changes);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.NoBufferSpaceAvailable)
        {
            Drain();
            changes.Add(new ResyncNeeded());
        }
        catch (NetlinkFormatException)
        {
            changes.Add(new ResyncNeeded()); // a notice longer than the buffer
        }
    }

    void Drain()
    {
        while (_socket.Poll(0, SelectMode.SelectRead))
        {
            try
            {
                _socket.Receive(_buffer);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.NoBufferSpaceAvailable)
            {
                // full again meanwhile: the next receive goes on
            }
        }
    }

    internal static void Decode(ReadOnlySpan<byte> datagram, List<NetworkChange> changes)
    {
        var reader = new NetlinkReader(datagram);
        while (reader.TryRead(out var message))
        {
            if (Decode(message) is { } change)
                changes.Add(change);
        }
    }

    static NetworkChange? Decode(NetlinkMessage message) => message.Type switch
    {
        LinkConstants.RTM_NEWLINK or LinkConstants.RTM_DELLINK when LinkMessage.IsLink(message) =>
            new LinkChange(LinkMessage.Decode(message), message.Type == LinkConstants.RTM_DELLINK),
        AddressMessage.RTM_NEWADDR or AddressMessage.RTM_DELADDR when AddressMessage.Decode(message) is { } address =>
            new AddressChange(address, message.Type == AddressMessage.RTM_DELADDR),
        RouteMessage.RTM_NEWROUTE or RouteMessage.RTM_DELROUTE when RouteDecoder.Decode(message) is { } route =>
            new RouteChange(route, message.Type == RouteMessage.RTM_DELROUTE),
        NeighbourMessage.RTM_NEWNEIGH or NeighbourMessage.RTM_DELNEIGH
            when NeighbourMessage.Decode(message) is { } neighbour =>
            new NeighbourChange(neighbour, message.Type == NeighbourMessage.RTM_DELNEIGH),
        _ => null,
    };

    static IEnumerable<int> Groups(NetworkTopics topics)
    {
        if (topics.HasFlag(NetworkTopics.Links))
            yield return 1; // RTNLGRP_LINK
        if (topics.HasFlag(NetworkTopics.Neighbours))
            yield return 3; // RTNLGRP_NEIGH
        if (topics.HasFlag(NetworkTopics.Addresses))
        {
            yield return 5; // RTNLGRP_IPV4_IFADDR
            yield return 9; // RTNLGRP_IPV6_IFADDR
        }
        if (topics.HasFlag(NetworkTopics.Routes))
        {
            yield return 7; // RTNLGRP_IPV4_ROUTE
            yield return 11; // RTNLGRP_IPV6_ROUTE
        }
    }
}
