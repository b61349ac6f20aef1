using System.Collections.Immutable;

namespace Weft.Model.State;

/// <summary>Explicit steps from one <see cref="NodeState"/> to the next.</summary>
public sealed record NodeDelta(
    long Revision,
    ImmutableArray<NodeNetwork> Networks,
    ImmutableArray<NodePort> Ports,
    ImmutableArray<NodePeer> Peers,
    ImmutableArray<Guid> RemovedNetworks,
    ImmutableArray<Guid> RemovedPorts,
    ImmutableArray<uint> RemovedPeers)
{
    public ImmutableArray<NodeRuleSet> RuleSets { get; init; } = [];

    public ImmutableArray<NodeRule> Rules { get; init; } = [];

    public ImmutableArray<Guid> RemovedRuleSets { get; init; } = [];

    public ImmutableArray<NodeRuleKey> RemovedRules { get; init; } = [];

    public ImmutableArray<NodeExternal> Externals { get; init; } = [];

    public ImmutableArray<Guid> RemovedExternals { get; init; } = [];

    public ImmutableArray<NodeFloating> Floatings { get; init; } = [];

    public ImmutableArray<Guid> RemovedFloatings { get; init; } = [];

    public ImmutableArray<NodeBalancer> Balancers { get; init; } = [];

    public ImmutableArray<Guid> RemovedBalancers { get; init; } = [];

    public ImmutableArray<NodeHealth> Health { get; init; } = [];

    public ImmutableArray<NodeMemberKey> RemovedHealth { get; init; } = [];

    public ImmutableArray<NodeCertificate> Certificates { get; init; } = [];

    public ImmutableArray<Guid> RemovedCertificates { get; init; } = [];

    /// <summary>How many records it names.</summary>
    public int Count =>
        Networks.Length + Ports.Length + Peers.Length
        + RemovedNetworks.Length + RemovedPorts.Length + RemovedPeers.Length
        + RuleSets.Length + Rules.Length + RemovedRuleSets.Length + RemovedRules.Length
        + Externals.Length + RemovedExternals.Length + Floatings.Length + RemovedFloatings.Length
        + Balancers.Length + RemovedBalancers.Length + Health.Length + RemovedHealth.Length
        + Certificates.Length + RemovedCertificates.Length;

    public static NodeDelta None(long revision) => new(revision, [], [], [], [], [], []);
}
