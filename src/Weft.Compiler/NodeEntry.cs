using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Compiler;

/// <summary>What is known of one node name: perhaps a node, perhaps only ports that name it.</summary>
sealed class NodeEntry(string name)
{
    public string Name { get; } = name;

    public Node? Node { get; set; }

    public HashSet<ResourceKey> Ports { get; } = [];

    /// <summary>Floating IPs that it answers for.</summary>
    public HashSet<ResourceKey> Floatings { get; } = [];

    /// <summary>Load balancers that are placed on it.</summary>
    public HashSet<ResourceKey> Balancers { get; } = [];

    /// <summary>Networks whose ports it is told of, as of the last settled step.</summary>
    public HashSet<NetworkEntry> Seen { get; } = [];

    /// <summary>
    /// By node, of how many networks this one sees the other holds a port. Joins go both ways, so each is in the other's,
    /// though the numbers may differ.
    /// </summary>
    public Dictionary<NodeEntry, int> Peers { get; } = [];

    public bool IsEmpty => Node is null && Ports.Count == 0 && Floatings.Count == 0 && Balancers.Count == 0 && Seen.Count == 0;

    public uint Number => Node?.Number ?? 0;
}
