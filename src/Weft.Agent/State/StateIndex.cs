using System.Collections.Immutable;
using Weft.Model.State;

namespace Weft.Agent.State;

/// <summary>A state with its ports by network and those of this node. Immutable; the next one costs what changed.</summary>
sealed record StateIndex
{
    internal static readonly StateIndex Empty = new();

    /// <summary>Number of this node.</summary>
    public uint Node { get; private init; }

    public NodeState State { get; private init; } = NodeState.Empty;

    /// <summary>Ports by uid, by their network's uid.</summary>
    public ImmutableDictionary<Guid, ImmutableDictionary<Guid, NodePort>> ByNetwork { get; private init; } =
        ImmutableDictionary<Guid, ImmutableDictionary<Guid, NodePort>>.Empty;

    /// <summary>Ports of this node, by uid.</summary>
    public ImmutableDictionary<Guid, NodePort> Local { get; private init; } = ImmutableDictionary<Guid, NodePort>.Empty;

    /// <param name="node">Number of this node.</param>
    /// <param name="state">The next state.</param>
    /// <param name="changes">From the state of this index to the next; more than what differs does no harm.</param>
    internal StateIndex Next(uint node, NodeState state, StateChanges changes)
    {
        if (node != Node)
            return (Empty with { Node = node }).Apply(state, state.Ports.Keys);
        return ReferenceEquals(state, State) ? this : Apply(state, changes.Ports);
    }

    StateIndex Apply(NodeState state, IEnumerable<Guid> ports)
    {
        var byNetwork = ByNetwork.ToBuilder();
        var local = Local.ToBuilder();
        foreach (var uid in ports)
        {
            if (State.Ports.TryGetValue(uid, out var before))
                Remove(byNetwork, before);
            local.Remove(uid);
            if (!state.Ports.TryGetValue(uid, out var port))
                continue;
            byNetwork[port.Network] = Of(byNetwork, port.Network).SetItem(uid, port);
            if (port.NodeNumber == Node && Node != 0)
                local[uid] = port;
        }
        return this with { State = state, ByNetwork = byNetwork.ToImmutable(), Local = local.ToImmutable() };
    }

    static void Remove(ImmutableDictionary<Guid, ImmutableDictionary<Guid, NodePort>>.Builder byNetwork, NodePort port)
    {
        var left = Of(byNetwork, port.Network).Remove(port.Uid);
        if (left.IsEmpty)
            byNetwork.Remove(port.Network);
        else
            byNetwork[port.Network] = left;
    }

    static ImmutableDictionary<Guid, NodePort> Of(
        ImmutableDictionary<Guid, ImmutableDictionary<Guid, NodePort>>.Builder byNetwork, Guid network) =>
        byNetwork.TryGetValue(network, out var ports) ? ports : ImmutableDictionary<Guid, NodePort>.Empty;
}
