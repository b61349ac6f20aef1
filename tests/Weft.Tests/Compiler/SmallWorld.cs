using System.Net;
using Weft.Compiler;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Tests.Compiler;

/// <summary>A compiled cluster that is changed by hand, one write at a time.</summary>
sealed class SmallWorld
{
    readonly CompiledCluster _cluster = new();
    uint _numbers;

    public Snapshot Snapshot { get; private set; } = Snapshot.Empty;

    /// <summary>Two networks that do not know of each other, each with a port on a node of its own; a third node has nothing.</summary>
    public static SmallWorld WithTwoNetworks()
    {
        var world = new SmallWorld();
        world.Node("n1");
        world.Node("n2");
        world.Node("n3");
        world.Put(new Network { Name = "front", Vni = 1 });
        world.Put(new Network { Name = "back", Vni = 2 });
        world.Put(new Port { Name = "web", Network = "front", Node = "n1" });
        world.Put(new Port { Name = "db", Network = "back", Node = "n2" });
        return world;
    }

    public void Node(string name)
    {
        var number = ++_numbers;
        Put(new Node { Name = name, Number = number, FabricAddress = new IPAddress([192, 0, 2, (byte)number]) });
    }

    /// <returns>Each node's delta.</returns>
    public IReadOnlyDictionary<string, NodeDelta> Put(Resource resource)
    {
        var key = ResourceKey.Of(resource);
        var before = Snapshot.Resources.GetValueOrDefault(key);
        return Apply(new(key, before, resource with
        {
            Uid = before?.Uid ?? Guid.NewGuid(),
            Revision = Snapshot.Revision + 1,
        }));
    }

    public IReadOnlyDictionary<string, NodeDelta> Delete(ResourceKey key) => Apply(new(key, Snapshot.Resources[key], null));

    public Guid Uid(ResourceKey key) => Snapshot.Resources[key].Uid;

    public NodeState State(string node) => NodeState.Empty.With(_cluster.Full(node));

    IReadOnlyDictionary<string, NodeDelta> Apply(Change change)
    {
        Snapshot = Snapshot.With([change], Snapshot.Revision + 1);
        return _cluster.Apply(Snapshot, [change]);
    }
}
