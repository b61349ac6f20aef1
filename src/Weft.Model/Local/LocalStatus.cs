namespace Weft.Model.Local;

/// <summary>Answer of <c>GET /v1/status</c> of the agent's local API.</summary>
public sealed record LocalStatus
{
    public required string Node { get; init; }

    /// <summary>0 until the node has joined.</summary>
    public required uint NodeNumber { get; init; }

    public required string Version { get; init; }

    public string? Server { get; init; }

    /// <summary>The stream to the server is up; else the node goes on with the state it has.</summary>
    public required bool Connected { get; init; }

    /// <summary>The node has all that there is for it at <see cref="Revision"/>.</summary>
    public required bool InSync { get; init; }

    public required long Revision { get; init; }

    /// <summary>The newest revision whose effects are in the kernel.</summary>
    public required long AppliedRevision { get; init; }

    public required int Networks { get; init; }

    public required int Ports { get; init; }

    public required int Attachments { get; init; }

    public required int Peers { get; init; }

    public string? FabricInterface { get; init; }

    public string? FabricAddress { get; init; }

    /// <summary>Interfaces to external networks.</summary>
    public IReadOnlyList<LocalUplink> Uplinks { get; init; } = [];

    /// <summary>
    /// Nodes that have never answered an echo on the fabric, though they are watched for load balancers: whether they are there
    /// is not known to this node.
    /// </summary>
    public IReadOnlyList<string> UnheardPeers { get; init; } = [];

    /// <summary>What the agent could not do, one line each.</summary>
    public required IReadOnlyList<string> Faults { get; init; }

    /// <summary>Packets by drop reason, all ports.</summary>
    public required IReadOnlyDictionary<string, long> Drops { get; init; }

    public required IReadOnlyDictionary<string, long> Counters { get; init; }

    /// <summary>Null: this node records none.</summary>
    public LocalFlowRecords? FlowRecords { get; init; }

    /// <summary>What rules did on this node; of very many, those that did most.</summary>
    public IReadOnlyList<LocalRuleCount> Rules { get; init; } = [];
}

/// <param name="Kind"><c>policy</c> or <c>security-group</c>.</param>
/// <param name="Set"><c>project/name</c>; a number when the node knows it no longer.</param>
/// <param name="Rule">Id of the rule.</param>
/// <param name="Packets">Denied; or, of a rule that allows, connections that ports of this node opened.</param>
/// <param name="Bytes">Denied.</param>
public sealed record LocalRuleCount(string Kind, string Set, uint Rule, long Packets, long Bytes);

/// <summary>Dropped packets of one interface for one reason.</summary>
public sealed record LocalDrop(string Interface, Guid? Port, string Reason, long Packets, long Bytes);

/// <summary>One direction of a connection in the flow table.</summary>
public sealed record LocalFlow
{
    public required uint Vni { get; init; }

    public required int Protocol { get; init; }

    public required string Source { get; init; }

    public required string Destination { get; init; }

    public required string Action { get; init; }

    public string? DropReason { get; init; }

    public required long Packets { get; init; }

    public required long Bytes { get; init; }

    /// <summary>Since the last packet.</summary>
    public required double IdleSeconds { get; init; }
}

/// <summary>Records of the vrouter, by map, each as one line of text; desired or actual.</summary>
public sealed record LocalRecords(IReadOnlyDictionary<string, IReadOnlyList<string>> Maps);
