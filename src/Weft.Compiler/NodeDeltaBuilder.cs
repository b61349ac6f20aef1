using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Weft.Model.State;

namespace Weft.Compiler;

/// <summary>
/// Gathers steps; of two steps of one record the later holds. Also how deltas that a slow reader has not
/// fetched yet become one.
/// </summary>
/// <remarks>Not for concurrent use.</remarks>
public sealed class NodeDeltaBuilder
{
    readonly Dictionary<Guid, NodeNetwork?> _networks = [];
    readonly Dictionary<Guid, NodePort?> _ports = [];
    readonly Dictionary<uint, NodePeer?> _peers = [];

    public int Count => _networks.Count + _ports.Count + _peers.Count;

    /// <summary>What changes is in the later delta of the two; the revision too.</summary>
    public void Add(NodeDelta later)
    {
        foreach (var uid in later.RemovedNetworks)
            _networks[uid] = null;
        foreach (var uid in later.RemovedPorts)
            _ports[uid] = null;
        foreach (var number in later.RemovedPeers)
            _peers[number] = null;
        foreach (var network in later.Networks)
            _networks[network.Uid] = network;
        foreach (var port in later.Ports)
            _ports[port.Uid] = port;
        foreach (var peer in later.Peers)
            _peers[peer.Number] = peer;
    }

    /// <summary>Joins two parts of one step, which have no order: where one sets and one removes, the record stays.</summary>
    public void Include(NodeDelta part)
    {
        foreach (var uid in part.RemovedNetworks)
            RemoveNetwork(uid);
        foreach (var uid in part.RemovedPorts)
            RemovePort(uid);
        foreach (var number in part.RemovedPeers)
            RemovePeer(number);
        foreach (var network in part.Networks)
            Set(network);
        foreach (var port in part.Ports)
            Set(port);
        foreach (var peer in part.Peers)
            Set(peer);
    }

    /// <summary>The delta of all that was added; the builder is empty afterwards.</summary>
    public NodeDelta Build(long revision)
    {
        var delta = new NodeDelta(
            revision, Upserts(_networks), Upserts(_ports), Upserts(_peers), Removes(_networks), Removes(_ports), Removes(_peers));
        _networks.Clear();
        _ports.Clear();
        _peers.Clear();
        return delta;
    }

    public void Set(NodeNetwork network) => _networks[network.Uid] = network;

    public void Set(NodePort port) => _ports[port.Uid] = port;

    public void Set(NodePeer peer) => _peers[peer.Number] = peer;

    /// <summary>Removes a network unless something set it: a uid that only moved is an upsert.</summary>
    public void RemoveNetwork(Guid uid) => _networks.TryAdd(uid, null);

    /// <inheritdoc cref="RemoveNetwork"/>
    public void RemovePort(Guid uid) => _ports.TryAdd(uid, null);

    /// <inheritdoc cref="RemoveNetwork"/>
    public void RemovePeer(uint number) => _peers.TryAdd(number, null);

    static ImmutableArray<TRecord> Upserts<TKey, TRecord>(Dictionary<TKey, TRecord?> steps)
        where TKey : notnull
        where TRecord : class
    {
        if (steps.Count == 0)
            return [];
        var upserts = new List<TRecord>(steps.Count);
        foreach (var record in steps.Values)
            if (record is not null)
                upserts.Add(record);
        return [.. upserts];
    }

    static ImmutableArray<TKey> Removes<TKey, TRecord>(Dictionary<TKey, TRecord?> steps)
        where TKey : notnull
        where TRecord : class
    {
        var count = 0;
        foreach (var record in steps.Values)
            if (record is null)
                count++;
        if (count == 0)
            return [];
        var removes = new TKey[count];
        foreach (var (key, record) in steps)
            if (record is null)
                removes[--count] = key;
        return ImmutableCollectionsMarshal.AsImmutableArray(removes);
    }
}
