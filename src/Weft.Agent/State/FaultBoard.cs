using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace Weft.Agent.State;

/// <summary>What parts of the agent beside the runtime could not do, for the node's status.</summary>
public sealed class FaultBoard
{
    readonly ConcurrentDictionary<string, ImmutableArray<string>> _faults = new(StringComparer.Ordinal);

    /// <param name="source">Whose faults these are: they replace its earlier ones.</param>
    /// <param name="faults">All there are now, one line each.</param>
    public void Set(string source, ImmutableArray<string> faults) => _faults[source] = faults;

    internal IEnumerable<string> All => _faults.OrderBy(pair => pair.Key, StringComparer.Ordinal).SelectMany(pair => pair.Value);
}
