using System.Collections.Immutable;
using Weft.Agent.Desired;
using Weft.Agent.State;

namespace Weft.Agent.Flows;

/// <summary>Everything that names of reports follow from. Immutable, and compared part by part.</summary>
sealed record FlowScene
{
    internal static readonly FlowScene Empty = new();

    public StateIndex Index { get; init; } = StateIndex.Empty;

    /// <summary>Attached ports that have their interface, by uid.</summary>
    public ImmutableDictionary<Guid, LocalPort> Locals { get; init; } = ImmutableDictionary<Guid, LocalPort>.Empty;

    /// <summary>By network, those that policies join to it.</summary>
    public ImmutableDictionary<Guid, ImmutableHashSet<Guid>> Joined { get; init; } = ImmutableDictionary<Guid, ImmutableHashSet<Guid>>.Empty;

    /// <summary>Interfaces that packets of other nodes come in by, and nothing from outside.</summary>
    public ImmutableHashSet<uint> FabricInterfaces { get; init; } = [];
}

/// <summary>An address of a network or external network.</summary>
readonly record struct FlowAddress(uint Vni, UInt128 Address);

/// <summary>A port, as records name it.</summary>
sealed record NamedPort(Guid Network, string Project, string NetworkName, string Name, string Labels, uint NodeNumber);

/// <summary>A network or external network.</summary>
/// <param name="Externals">VNIs of the external networks that it has a way out to, in order.</param>
sealed record NamedNetwork(Guid Uid, string Project, string Name, bool IsExternal, ImmutableArray<uint> Externals);

/// <param name="Port">Null: it leads to a load balancer.</param>
sealed record NamedFloating(string Name, string Project, Guid? Port, Guid Network, uint NodeNumber);

/// <param name="Listener">Empty: of a virtual IP.</param>
sealed record NamedListener(string Balancer, string Listener, string Project);

/// <param name="Name"><c>project/name</c>.</param>
sealed record NamedRules(bool IsGroup, string Name);
