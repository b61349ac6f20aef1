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
    readonly RandomRules _rules = new();
    readonly RandomOutside _outside = new();

    public Snapshot Snapshot { get; private set; } = Snapshot.Empty;

    /// <summary>One thing to do to one of few names; <paramref name="What"/> also says how.</summary>
    /// <param name="Chance">For what has many ways to be.</param>
    public readonly record struct Step(int Kind, int Name, int What, int Where, int On, int Chance = 0);

    const int LastPort = 9;
    const int FirstPolicy = 10;
    const int LastPolicy = 13;
    const int Group = 14;
    const int External = 15;
    const int FirstFloating = 16;
    const int LastFloating = 17;
    const int Routing = 18;
    const int Balancing = 19;
    const int Renaming = 20;

    public static readonly Gen<List<List<Step>>> Histories = Gen.Select(
        Gen.Int[0, Renaming], Gen.Int[0, 5], Gen.Int[0, 3], Gen.Int[0, 3], Gen.Int[0, 4], Gen.Int[0, 1 << 20],
        (kind, name, what, where, on, chance) => new Step(kind, name, what, where, on, chance)).List[1, 6].List[1, 40];

    /// <summary>Does all of a batch as one write.</summary>
    public IReadOnlyCollection<Change> Apply(List<Step> batch)
    {
        var revision = Snapshot.Revision + 1;
        var after = new Dictionary<ResourceKey, Resource?>();
        foreach (var step in batch)
        {
            if (step.Kind == Renaming)
            {
                Rename(step, after, revision);
                continue;
            }
            var (key, resource) = Do(step, after, revision);
            after[key] = resource;
            if (step is { Kind: LastPort, What: 1 } && resource is Port port)
                Replace(port, port with { Name = Other(port.Name) }, after);
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
        >= FirstPolicy and <= LastPolicy => _rules.DoPolicy(step, key => Current(key, after), revision),
        Group => _rules.DoGroup(step, key => Current(key, after), revision),
        External => RandomOutside.DoExternal(step, key => Current(key, after), revision, () => ++_vnis),
        >= FirstFloating and <= LastFloating => RandomOutside.DoFloating(step, key => Current(key, after), revision),
        Routing => _outside.DoRouter(step, key => Current(key, after), revision),
        Balancing when step.Chance % 4 == 0 => RandomBalancers.DoCertificate(step, key => Current(key, after), revision),
        Balancing => RandomBalancers.Do(step, key => Current(key, after), revision),
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
            : old with { Mtu = step.On, Internal = step.Chance % 8 == 0, ExternalGateway = RandomOutside.Gateway(step.Chance), Revision = revision });
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
            Labels = RandomRules.Labels(step.Chance),
            SecurityGroups = RandomRules.Groups(step.Chance),
            Published = RandomOutside.Mappings(step.Chance / 9),
            Revision = step.What == 3 ? port.Revision : revision,
        });
    }

    /// <summary>
    /// Something that others name gets another name, or goes to the other project; ports of a network follow it or are left
    /// behind.
    /// </summary>
    void Rename(Step step, Dictionary<ResourceKey, Resource?> after, long revision)
    {
        var (project, name) = ($"p{step.Name % 2}", step.Where % 2);
        var key = step.What switch
        {
            0 when step.Chance % 3 == 0 => ResourceKey.Router(project, $"r{name}"),
            0 => ResourceKey.Policy(project, $"pol{name}"),
            1 when step.Chance % 3 == 0 => ResourceKey.FloatingIp(project, $"fip{name}"),
            2 when step.Chance % 3 == 1 => ResourceKey.Certificate(project, $"c{name}"),
            2 when step.Chance % 3 == 0 => ResourceKey.LoadBalancer(project, $"lb{name}"),
            1 => ResourceKey.SecurityGroup(project, $"g{name}"),
            _ => ResourceKey.Network(project, $"net{name}"),
        };
        if ((Current(key, after) ?? Current(key with { Name = Other(key.Name) }, after)) is not ProjectResource found)
            return;
        var moved = step.On == 4 ? found with { Project = found.Project == "p0" ? "p1" : "p0" } : found with { Name = Other(found.Name) };
        if (!Replace(found, moved with { Revision = revision }, after) || found is not Network || step.On is not (2 or 3))
            return;
        foreach (var port in Snapshot.All<Port>().Where(port => port.Project == project && port.Network == found.Name).ToList())
            if (Current(ResourceKey.Of(port), after) is Port { } now && now.Network == found.Name)
                after[ResourceKey.Of(now)] = now with { Network = Other(found.Name) };
    }

    /// <summary>As the server does it: one key goes, another comes, with one uid.</summary>
    bool Replace(ProjectResource resource, ProjectResource renamed, Dictionary<ResourceKey, Resource?> after)
    {
        if (Current(ResourceKey.Of(renamed), after) is not null)
            return false;
        after[ResourceKey.Of(resource)] = null;
        after[ResourceKey.Of(renamed)] = renamed;
        return true;
    }

    static string Other(string name) => name.EndsWith('x') ? name[..^1] : name + "x";

    Resource? Current(ResourceKey key, Dictionary<ResourceKey, Resource?> after) =>
        after.TryGetValue(key, out var resource) ? resource : Snapshot.Resources.GetValueOrDefault(key);
}
