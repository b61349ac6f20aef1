using Weft.Model.State;

namespace Weft.Rules.Linting;

/// <summary>What a policy or security group is held against. Made once for any number of them; not for concurrent use.</summary>
/// <param name="book">All of the cluster, with the set in question as it will be.</param>
/// <param name="networks">All networks, by uid.</param>
/// <param name="ports">All ports; looked at only when a rule selects by label, group or prefix.</param>
public sealed partial class LintContext(
    RuleBook book, IReadOnlyDictionary<Guid, NodeNetwork> networks, IEnumerable<NodePort> ports)
{
    public RuleBook Book => book;

    /// <summary><c>project/name</c>, or its uid when there is no such network.</summary>
    public string NameOf(Guid network) =>
        networks.TryGetValue(network, out var record) ? $"{record.Project}/{record.Name}" : network.ToString();
}
