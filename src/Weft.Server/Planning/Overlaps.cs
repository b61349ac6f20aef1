using System.Net;
using Weft.Model.Addressing;
using Weft.Model.Resources;
using Weft.Model.Rules;
using Weft.Model.State;
using Weft.Model.Validation;

namespace Weft.Server.Planning;

/// <summary>
/// A network has routes to all that are joined to it: no address may be in two of these, nor in one and the network itself.
/// </summary>
static class Overlaps
{
    const int MostTold = 10;

    readonly record struct Part(NetworkName Network, IPNetwork Prefix);

    /// <summary>What a policy would join now that it did not join before.</summary>
    public static void Check(Policy next, Policy? existing, Workbench bench, Faults conflicts) => Check(next, existing, "rules", bench, conflicts);

    /// <inheritdoc cref="Check(Policy, Policy?, Workbench, Faults)"/>
    public static void Check(Router next, Router? existing, Workbench bench, Faults conflicts) => Check(next, existing, "networks", bench, conflicts);

    static void Check(ProjectResource next, ProjectResource? existing, string list, Workbench bench, Faults conflicts)
    {
        var asked = Joins.AskedBy(next);
        var before = existing is null ? [] : Joins.AskedBy(existing);
        bench.Joins.Suppose(ResourceKey.Of(next), asked, joins =>
        {
            var told = new HashSet<NamedPair>();
            var touched = asked.Keys.Where(pair => !before.ContainsKey(pair) && joins.AreJoined(pair))
                .SelectMany(pair => (NetworkName[])[pair.First, pair.Second]).Distinct();
            foreach (var center in touched)
            {
                if (FirstOverlap(center, joins, bench) is not { } overlap || conflicts.Count >= MostTold
                    || !told.Add(new(overlap.One.Network, overlap.Other.Network)))
                    continue;
                var index = asked.GetValueOrDefault(new(center, overlap.Other.Network), asked.GetValueOrDefault(new(center, overlap.One.Network)));
                conflicts.Add($"{list}[{index}]", Words(center, overlap.One, overlap.Other, next.Project));
            }
        });
    }

    /// <summary>What a network that gets other prefixes is joined to already, and what those are joined to.</summary>
    public static void Check(Network next, Network existing, Workbench bench, Faults conflicts)
    {
        var name = new NetworkName(next.Project, next.Name);
        for (var i = 0; i < (next.Subnets?.Count ?? 0); i++)
        {
            var prefix = next.Subnets![i].Prefix;
            if (existing.Subnets?.Any(old => old.Prefix.Equals(prefix)) == true)
                continue;
            foreach (var neighbour in bench.Joins.Of(name))
            {
                var others = bench.Joins.Of(neighbour).Where(other => other != name).Prepend(neighbour);
                if (others.SelectMany(other => PartsOf(other, bench)).FirstOrDefault(part => part.Prefix.Overlaps(prefix)) is { Network.Name: not null } part)
                {
                    var joining = bench.Joins.By(new(name, neighbour), next.Project);
                    conflicts.Add($"subnets[{i}].prefix", $"{prefix} overlaps {Shown(part, neighbour, next.Project)}, to which {joining.Kind} {joining.Name} joins it"
                        + (part.Network == neighbour ? "" : $" by way of network {neighbour.Name} (project {neighbour.Project})"));
                    break;
                }
            }
        }
    }

    /// <summary>The first two networks that cannot both be reached from <paramref name="center"/>, itself among them.</summary>
    static (Part One, Part Other)? FirstOverlap(NetworkName center, Joins joins, Workbench bench)
    {
        var parts = joins.Of(center).Prepend(center).SelectMany(network => PartsOf(network, bench))
            .OrderBy(part => part.Prefix.BaseAddress.AddressFamily).ThenBy(part => part.Prefix.First()).ThenBy(part => part.Prefix.PrefixLength);
        Part? widest = null;
        foreach (var part in parts)
        {
            // Prefixes nest or are apart: what begins within another ends within it.
            if (widest is { } outer && outer.Prefix.Overlaps(part.Prefix))
            {
                if (outer.Network != part.Network)
                    return part.Network == center ? (part, outer) : (outer, part);
            }
            else
                widest = part;
        }
        return null;
    }

    static IEnumerable<Part> PartsOf(NetworkName name, Workbench bench) =>
        bench.Snapshot.Find<Network>(ResourceKey.Network(name.Project, name.Name))?.Subnets?.Select(subnet => new Part(name, subnet.Prefix)) ?? [];

    static string Words(NetworkName center, Part one, Part other, string project)
    {
        var hidden = IsHidden(one, center, project) || IsHidden(other, center, project);
        var prefixes = hidden ? "" : $": {one.Prefix} and {other.Prefix}";
        return one.Network == center
            ? $"joins {Name(one.Network)} and {Shown(other, center, project, withPrefix: false)}, which overlap{prefixes}"
            : $"joins {Name(center)} to {Shown(one, center, project, withPrefix: false)} and {Shown(other, center, project, withPrefix: false)}, "
                + $"which overlap{prefixes}";
    }

    /// <summary>What another project's network is joined to besides is nobody else's business.</summary>
    static bool IsHidden(Part part, NetworkName center, string project) =>
        part.Network != center && part.Network.Project != project && center.Project != project;

    static string Shown(Part part, NetworkName center, string project, bool withPrefix = true) =>
        IsHidden(part, center, project) ? "a network of another project"
        : withPrefix ? $"{part.Prefix} of {Name(part.Network)}" : Name(part.Network);

    static string Name(NetworkName network) => Planning.Words.Of(ResourceKey.Network(network.Project, network.Name));
}
