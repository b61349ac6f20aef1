using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Model.Validation;
using Weft.Server.Commits;
using Weft.Server.Ipam;

namespace Weft.Server.Planning;

static class ExternalNetworks
{
    public static Plan Put(ExternalNetwork document, ExternalNetwork? existing, Workbench bench)
    {
        var key = ResourceKey.Of(document);
        var faults = new Faults();
        ExternalNetworkRules.Check(document, faults);
        if (existing is not null && document.Vni != 0 && document.Vni != existing.Vni)
            faults.Add("vni", $"cannot change from {existing.Vni} to {document.Vni}: packets on the way would go astray");
        var conflicts = new Faults();
        if (document.Vni != 0 && bench.Snapshot.NetworkByVni.TryGetValue(document.Vni, out var owner) && owner != key)
            conflicts.Add("vni", $"{document.Vni} belongs to {Words.Of(owner)}");
        if (document.Default && Default(bench.Snapshot) is { } other && other.Name != document.Name)
            conflicts.Add("default", $"external network {other.Name} is the default one; take it from there first");
        if (Planner.Refusal(faults, conflicts) is { } refused)
            return new(key, refused);
        var vni = existing?.Vni ?? (document.Vni != 0 ? document.Vni : bench.Vnis.Next(bench.Snapshot.NetworkByVni.ContainsKey) ?? 0);
        if (vni == 0)
            return new(key, new Outcome.Exhausted(new("vni", "all network identifiers are in use")));
        var next = document with
        {
            Vni = vni,
            Subnets = document.Subnets is { Count: > 0 } subnets ? subnets : null,
            NodeUplinks = document.NodeUplinks is { Count: > 0 } uplinks
                ? new SortedDictionary<string, string>(uplinks.ToDictionary(), StringComparer.Ordinal) : null,
        };
        return existing is not null && InUse(next, existing, bench) is { } users
            ? new(key, users)
            : Workbench.Write(existing, bench.Stamp(next, existing), []);
    }

    /// <summary>What is meant where none is named; null: there is none.</summary>
    public static ExternalNetwork? Default(Snapshot snapshot) => snapshot.All<ExternalNetwork>().FirstOrDefault(external => external.Default);

    /// <summary>The one that is meant, with a fault when there is none.</summary>
    /// <param name="name">Null: the default one.</param>
    /// <param name="path">For the fault.</param>
    /// <param name="bench">Where it is looked up.</param>
    /// <param name="faults">Gets it.</param>
    public static ExternalNetwork? Find(string? name, string path, Workbench bench, Faults faults)
    {
        if (name is not null)
        {
            CheckExists(name, path, bench, faults);
            return bench.Snapshot.Find<ExternalNetwork>(ResourceKey.ExternalNetwork(name));
        }
        if (Default(bench.Snapshot) is { } found)
            return found;
        faults.Add(path, "is required: no external network is the default one");
        return null;
    }

    /// <summary>What is no name at all is told by the document's own check.</summary>
    public static void CheckExists(string name, string path, Workbench bench, Faults faults)
    {
        if (NameRules.IsDnsLabel(name) && bench.Snapshot.Find<ExternalNetwork>(ResourceKey.ExternalNetwork(name)) is null)
            faults.Add(path, $"there is no external network '{name}'");
    }

    /// <summary>Whoever has an address keeps its subnet, and no gateway comes to lie on it.</summary>
    static Outcome? InUse(ExternalNetwork next, ExternalNetwork existing, Workbench bench)
    {
        var conflicts = new Faults();
        for (var i = 0; i < (next.Subnets?.Count ?? 0); i++)
        {
            if (next.Subnets![i].Gateway is { } gateway && bench.Externals.Of(existing, bench.Snapshot).IsTaken(gateway, out var holder))
                conflicts.Add($"subnets[{i}].gateway", $"{gateway} is taken by {Words.Of(holder)}");
        }
        if (Planner.Refusal(new(), conflicts) is { } taken)
            return taken;
        foreach (var gone in (existing.Subnets ?? []).Where(before => next.Subnets?.Any(after => after.Prefix.Equals(before.Prefix)) != true))
        {
            var users = bench.References.To(ResourceKey.Of(existing))
                .Where(user => ExternalBook.TakenBy(bench.Snapshot.Resources[user]).Any(one => one.External == existing.Name && gone.Prefix.Contains(one.Address)))
                .Order().ToList();
            if (users.Count > 0)
                return new Outcome.InUse($"subnet {gone.Prefix} cannot go: it has addresses of {Words.ListWithProjects(users)}",
                    [.. Words.First(users)], users.Count);
        }
        return null;
    }
}
