using Weft.Model.Addressing;
using Weft.Model.Resources;
using Weft.Model.Rules;
using Weft.Model.State;
using Weft.Model.Validation;

namespace Weft.Server.Planning;

/// <summary>Networks that are joined have routes to each other: no address may be in both.</summary>
static class Overlaps
{
    const int MostTold = 10;

    /// <summary>What a policy would join now that nothing joined before.</summary>
    public static void Check(Policy next, Policy? existing, Workbench bench, Faults conflicts)
    {
        var before = existing is null ? [] : Joins.AskedBy(existing);
        foreach (var (pair, rule) in Joins.AskedBy(next))
        {
            if (before.ContainsKey(pair) || conflicts.Count >= MostTold)
                continue;
            var others = pair.First.Project == next.Project ? pair.Second.Project : pair.First.Project;
            if (others != next.Project && !bench.Joins.IsAgreed(pair, others))
                continue;
            if (Find(pair.First, bench) is { } first && Find(pair.Second, bench) is { } second
                && Between(first, second) is { } overlap)
                conflicts.Add($"rules[{rule}]", $"joins {Words.Of(ResourceKey.Of(first))} and {Words.Of(ResourceKey.Of(second))}, which overlap: "
                    + $"{overlap.One} and {overlap.Other}");
        }
    }

    /// <summary>What a network that gets other prefixes is joined to already.</summary>
    public static void Check(Network next, Network existing, Workbench bench, Faults conflicts)
    {
        var added = (next.Subnets ?? []).Where(subnet => existing.Subnets?.Any(old => old.Prefix.Equals(subnet.Prefix)) != true).ToList();
        if (added.Count == 0)
            return;
        var name = new NetworkName(next.Project, next.Name);
        foreach (var other in bench.Joins.Of(name))
        {
            if (Find(other, bench) is not { } joined)
                continue;
            if (Between(next with { Subnets = added }, joined) is { } overlap)
            {
                var index = next.Subnets!.ToList().FindIndex(subnet => subnet.Prefix.Equals(overlap.One));
                var policy = bench.Joins.By(new(name, other), next.Project);
                conflicts.Add($"subnets[{index}].prefix", $"{overlap.One} overlaps {overlap.Other} of {Words.Of(ResourceKey.Of(joined))}, "
                    + $"to which policy {policy.Name} joins it");
            }
        }
    }

    static Network? Find(NetworkName name, Workbench bench) =>
        bench.Snapshot.Find<Network>(ResourceKey.Network(name.Project, name.Name));

    static (System.Net.IPNetwork One, System.Net.IPNetwork Other)? Between(Network one, Network other)
    {
        foreach (var a in one.Subnets ?? [])
        {
            foreach (var b in other.Subnets ?? [])
            {
                if (a.Prefix.Overlaps(b.Prefix))
                    return (a.Prefix, b.Prefix);
            }
        }
        return null;
    }
}
