using System.Collections.Immutable;
using Weft.Model.Addressing;
using Weft.Model.State;

namespace Weft.Agent.Desired;

/// <summary>Everything that the vrouter's records follow from. Immutable, and compared part by part.</summary>
sealed record DesiredInput
{
    internal static readonly DesiredInput Empty = new();

    /// <summary>Number of this node.</summary>
    public uint Node { get; init; }

    /// <summary>Complete.</summary>
    public NodeState State { get; init; } = NodeState.Empty;

    /// <summary>Attached ports that have their interface, by uid.</summary>
    public ImmutableDictionary<Guid, LocalPort> Locals { get; init; } = ImmutableDictionary<Guid, LocalPort>.Empty;

    /// <summary>By number of the peer; one without a path cannot be reached now.</summary>
    public ImmutableDictionary<uint, FabricPath> Paths { get; init; } = ImmutableDictionary<uint, FabricPath>.Empty;

    /// <summary>Bytes of L3 of the own fabric interface.</summary>
    public int FabricMtu { get; init; }

    public bool FabricIsV6 { get; init; }

    /// <summary>VNIs of networks whose rules are not what the kernel has: their ports are closed.</summary>
    public ImmutableHashSet<uint> InDoubt { get; init; } = [];

    /// <summary>What this node has found about members of load balancers that are on it.</summary>
    public ImmutableDictionary<NodeMemberKey, NodeHealth> Health { get; init; } = ImmutableDictionary<NodeMemberKey, NodeHealth>.Empty;

    /// <summary>Numbers of nodes that no longer answer on the fabric.</summary>
    public ImmutableHashSet<uint> Silent { get; init; } = [];

    public OutsideFacts Outside { get; init; } = OutsideFacts.Empty;

    /// <summary>Where names are answered; null: not yet.</summary>
    public ServiceInterface? Names { get; init; }
}

/// <param name="Ifindex">Host side of the service namespace's veth.</param>
/// <param name="Mac">Of its other side.</param>
sealed record ServiceInterface(int Ifindex, MacAddress Mac);
