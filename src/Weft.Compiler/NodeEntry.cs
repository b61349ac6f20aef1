using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Compiler;

/// <summary>What is known of one node name: perhaps a node, perhaps only ports that name it.</summary>
sealed class NodeEntry
{
    public Node? Node { get; set; }

    public HashSet<ResourceKey> Ports { get; } = [];

    /// <summary>Networks of which it holds a port, as of the last settled step.</summary>
    public HashSet<NetworkEntry> Networks { get; } = [];

    /// <summary>By name, in how many networks both hold ports. Symmetric: each is in the other's.</summary>
    public Dictionary<string, int> SharedNetworks { get; } = [];

    public bool IsEmpty => Node is null && Ports.Count == 0 && Networks.Count == 0;

    public uint Number => Node?.Number ?? 0;
}
