using System.Net;
using CsCheck;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Tests.Compiler;

/// <summary>A small cluster that random steps change: few names, so that they meet often.</summary>
sealed class RandomCluster
{
    uint _numbers;
    uint _vnis;

    public Snapshot Snapshot { get; private set; } = Snapshot.Empty;

    /// <summary>One thing to do to one of few names; <paramref name="What"/> also says how.</summary>
    public readonly record struct Step(int Kind, int Name, int What, int Where, int On);

    public static readonly Gen<List<List<Step>>> Histories =
        Gen.Select(Gen.Int[0, 9], Gen.Int[0, 5], Gen.Int[0, 3], Gen.Int[0, 3], Gen.Int[0, 4], (a, b, c, d, e) => new Step(a, b, c, d, e))
            .List[1, 6].List[1, 40];

    /// <summary>Does all of a batch as one write.</summary>
    public IReadOnlyCollection<Change> Apply(List<Step> batch)
    {
        var revision = Snapshot.Revision + 1;
        var after = new Dictionary<ResourceKey, Resource?>();
        foreach (var step in batch)
        {
            var (key, resource) = Do(step, after, revision);
            after[key] = resource;
            if (step is { Kind: 9, What: 1 } && resource is Port port)
                Rename(port, after);
        }
        var changes = after
            .Select(pair => new Change(pair.Key, Snapshot.Resources.GetValueOrDefault(pair.Key), pair.Value))
            .Where(change => change.Before is not null || change.After is not null)
            .ToList();
        Snapshot = Snapshot.With(changes, revision);
        return changes;
    }

    (ResourceKey, Resource?) Do(Step step, Dictionary<ResourceKey, Resource?> after, long revision) => step.Kind switch
    {
        0 => DoNode(step, after, revision),
        1 or 2 => DoNetwork(step, after, revision),
        _ => DoPort(step, after, revision),
    };

    (ResourceKey, Resource?) DoNode(Step step, Dictionary<ResourceKey, Resource?> after, long revision)
    {
        var key = ResourceKey.Node($"n{step.Name % 4}");
        var old = Current(key, after) as Node;
        if (old is not null && step.What == 0)
            return (key, null);
        var address = new IPAddress([192, 0, 2, (byte)step.Where]);
        return (key, old is null
            ? new Node { Name = key.Name, Uid = Guid.NewGuid(), Number = ++_numbers, FabricAddress = address, Revision = revision }
            : step.What == 1
                ? old with { Number = ++_numbers, Revision = revision }
                : old with { FabricAddress = address, Revision = revision });
    }

    (ResourceKey, Resource?) DoNetwork(Step step, Dictionary<ResourceKey, Resource?> after, long revision)
    {
        var key = ResourceKey.Network($"p{step.Name % 2}", $"net{step.Where % 2}");
        var old = Current(key, after) as Network;
        if (old is not null && step.What == 0)
            return (key, null);
        return (key, old is null || step.What == 1
            ? new Network { Project = key.Project, Name = key.Name, Uid = Guid.NewGuid(), Vni = ++_vnis, Revision = revision }
            : old with { Mtu = step.On, Revision = revision });
    }

    (ResourceKey, Resource?) DoPort(Step step, Dictionary<ResourceKey, Resource?> after, long revision)
    {
        var key = ResourceKey.Port($"p{step.Name % 2}", $"port{step.Name}");
        var old = Current(key, after) as Port;
        if (old is not null && step.What == 0)
            return (key, null);
        var port = old ?? new Port { Project = key.Project, Name = key.Name, Network = "", Uid = Guid.NewGuid() };
        return (key, port with
        {
            Network = $"net{step.Where % 2}",
            Node = step.On == 4 ? null : $"n{step.On}",
            Addresses = [new IPAddress([10, 0, 0, (byte)step.What])],
            Revision = step.What == 3 ? port.Revision : revision,
        });
    }

    /// <summary>As the server does it: one key goes, another comes, with one uid.</summary>
    void Rename(Port port, Dictionary<ResourceKey, Resource?> after)
    {
        var renamed = port with { Name = port.Name.EndsWith('x') ? port.Name[..^1] : port.Name + "x" };
        if (Current(ResourceKey.Of(renamed), after) is not null)
            return;
        after[ResourceKey.Of(port)] = null;
        after[ResourceKey.Of(renamed)] = renamed;
    }

    Resource? Current(ResourceKey key, Dictionary<ResourceKey, Resource?> after) =>
        after.TryGetValue(key, out var resource) ? resource : Snapshot.Resources.GetValueOrDefault(key);
}
