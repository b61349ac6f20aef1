using System.Collections.Immutable;
using System.Diagnostics;
using Weft.Agent.Fabric;
using Weft.Model.State;

namespace Weft.Agent.State;

/// <summary>
/// What the node has from the server (or from disk, when the server is away). Published by the sync
/// part as <c>Latest&lt;AgentState&gt;</c>, read by everything else.
/// </summary>
/// <param name="NodeNumber">Of this node; 0 until it has joined.</param>
/// <param name="InSync">
/// The state is complete. True also for a state read back from disk that was complete when written.
/// </param>
/// <param name="Connected">The stream to the server is up.</param>
public sealed record AgentState(uint NodeNumber, NodeState State, bool InSync, bool Connected)
{
    /// <summary>
    /// The server said in-sync in the life of this process, so the state is not only what an earlier agent wrote to
    /// disk, which may lack the newest. Nothing is deleted before.
    /// </summary>
    public bool Confirmed { get; init; }

    /// <summary>Of the newest change in it that is traced.</summary>
    public ActivityContext Cause { get; init; }

    public static readonly AgentState Initial = new(0, NodeState.Empty, InSync: false, Connected: false);
}

/// <summary>
/// What the agent has made of it. Published by the runtime as <c>Latest&lt;AgentStatus&gt;</c>, told to
/// the server by the sync part.
/// </summary>
/// <param name="AppliedRevision">The newest revision whose effects are in the kernel.</param>
/// <param name="Ports">Of every local port.</param>
/// <param name="Faults">All there are now, one line each.</param>
/// <param name="Drops">Packets by reason, totals.</param>
public sealed record AgentStatus(
    long AppliedRevision,
    ImmutableDictionary<Guid, LocalPortStatus> Ports,
    ImmutableArray<string> Faults,
    ImmutableSortedDictionary<string, ulong> Drops)
{
    /// <summary>What was found about members on this node that are asked.</summary>
    public ImmutableDictionary<NodeMemberKey, NodeHealth> Health { get; init; } = ImmutableDictionary<NodeMemberKey, NodeHealth>.Empty;

    /// <summary>What listeners and members of load balancers did for clients on this node.</summary>
    public ImmutableDictionary<BalanceKey, BalanceTotals> Balance { get; init; } = ImmutableDictionary<BalanceKey, BalanceTotals>.Empty;

    /// <summary>By load balancer, what its proxy here could not bring into force.</summary>
    public ImmutableDictionary<Guid, string> BalancerFaults { get; init; } = ImmutableDictionary<Guid, string>.Empty;

    /// <summary>Which peers answer on the fabric.</summary>
    public PeerSights Peers { get; init; } = PeerSights.None;

    /// <summary>What rules did on this node; bounded.</summary>
    public ImmutableArray<RuleCount> Rules { get; init; } = [];

    public static readonly AgentStatus Initial =
        new(0, ImmutableDictionary<Guid, LocalPortStatus>.Empty, [], ImmutableSortedDictionary<string, ulong>.Empty);
}

/// <summary>A listener of a load balancer, or a member.</summary>
/// <param name="Balancer">Uid.</param>
/// <param name="Listener">Name; empty for a member.</param>
/// <param name="Member">Null for a listener.</param>
public readonly record struct BalanceKey(Guid Balancer, string Listener, NodeMemberKey? Member)
{
    public static BalanceKey Of(NodeMemberKey member) => new(member.Balancer, "", member);
}

/// <summary>Since the maps were made; connections are those there are now.</summary>
public readonly record struct BalanceTotals(ulong Connections, ulong Total, ulong Refused, ulong BytesIn, ulong BytesOut)
{
    public static BalanceTotals operator +(BalanceTotals one, BalanceTotals other) => new(
        one.Connections + other.Connections, one.Total + other.Total, one.Refused + other.Refused,
        one.BytesIn + other.BytesIn, one.BytesOut + other.BytesOut);
}

/// <param name="IsGroup">Of a security group.</param>
/// <param name="Set"><c>project/name</c>; a number when the node knows it no longer.</param>
/// <param name="Packets">Denied; or, of a rule that allows, connections that ports of this node opened.</param>
public sealed record RuleCount(bool IsGroup, string Set, uint Rule, ulong Packets, ulong Bytes);

public enum LocalPortState
{
    Down,
    Active,
    Error,
}

/// <param name="Message">For a person; empty when there is nothing to say.</param>
public sealed record LocalPortStatus(LocalPortState State, string Message = "");
