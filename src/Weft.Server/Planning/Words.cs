using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Server.Planning;

/// <summary>How resources are called in messages.</summary>
static class Words
{
    const int MostNamed = 5;

    /// <summary><c>network frontend (project default)</c></summary>
    public static string Of(ResourceKey key) =>
        key.Project.Length == 0 ? $"{key.Kind} {key.Name}" : $"{key.Kind} {key.Name} (project {key.Project})";

    public static string Holder(Snapshot snapshot, ResourceKey key) => snapshot.Find<Resource>(key) switch
    {
        Port { Node: { } node } => $"port {key.Name} on node {node}",
        AddressReservation { Node: { } node } => $"a reservation of node {node}",
        AddressReservation => "a reservation",
        _ => $"{key.Kind} {key.Name}",
    };

    /// <summary>The first few, each with its node, and how many more.</summary>
    public static string List(IReadOnlyList<Port> ports)
    {
        var named = ports.Take(MostNamed).Select(port => port.Node is { } node ? $"{port.Name} (node {node})" : port.Name);
        return string.Join(", ", named) + More(ports.Count);
    }

    public static string List(IReadOnlyList<Network> networks) =>
        string.Join(", ", networks.Take(MostNamed).Select(network => network.Name)) + More(networks.Count);

    /// <summary><c>policy logs, port web-1 and 3 more</c></summary>
    public static string List(IReadOnlyList<ResourceKey> keys) =>
        string.Join(", ", keys.Take(MostNamed).Select(key => $"{key.Kind} {key.Name}")) + More(keys.Count);

    /// <summary><c>network front (project shop), router r1 (project default) and 3 more</c></summary>
    public static string ListWithProjects(IReadOnlyList<ResourceKey> keys) => string.Join(", ", keys.Take(MostNamed).Select(Of)) + More(keys.Count);

    public static string Count(int count, string noun) => $"{count} {(count == 1 ? noun : Plural(noun))}";

    /// <summary>Of our own few words: networks, policies, addresses.</summary>
    public static string Plural(string noun) =>
        noun.EndsWith('y') ? $"{noun[..^1]}ies" : noun.EndsWith('s') ? $"{noun}es" : $"{noun}s";

    public static IEnumerable<ResourceKey> First(IEnumerable<Resource> users) => users.Take(MostNamed).Select(ResourceKey.Of);

    public static IEnumerable<ResourceKey> First(IEnumerable<ResourceKey> users) => users.Take(MostNamed);

    static string More(int count) => count > MostNamed ? $" and {count - MostNamed} more" : "";
}
