using System.Globalization;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Model.Validation;
using Weft.Server.Commits;

namespace Weft.Server.Planning;

/// <summary>What a node may change of a port: its names, device, labels, security groups and published ports.</summary>
static class PortUpdates
{
    public static Plan Make(Write.UpdatePort update, Workbench bench)
    {
        if (bench.Snapshot.Find<Port>(update.Uid) is not { } existing)
            return new(ResourceKey.Port("", update.Uid.ToString()), new Outcome.NotFound($"there is no port with uid {update.Uid}"));
        var next = bench.Stamp(existing with
        {
            Name = FreeName(update.Name, existing, bench),
            Aliases = update.Aliases.Count > 0 ? update.Aliases : null,
            Device = update.Device ?? existing.Device,
            Labels = update.Labels,
            SecurityGroups = update.SecurityGroups ?? existing.SecurityGroups,
            Published = (update.Published ?? existing.Published) is { Count: > 0 } published ? published : null,
        }, existing);
        var before = ResourceKey.Of(existing);
        var (faults, conflicts) = (new Faults(), new Faults());
        PortRules.Check(next, faults);
        Ports.CheckSecurityGroups(next, bench, faults);
        Ports.CheckPublished(next, before, bench, faults, conflicts);
        if (Planner.Refusal(faults, conflicts) is { } refused)
            return new(before, refused);
        if (next.Name == existing.Name)
            return Workbench.Write(existing, next, [], Ports.Relies(next));
        var after = ResourceKey.Of(next);
        return Plan.Of(after, [new(before, existing, null), new(after, null, next), .. Followers(before, next.Name, bench)], [.. Ports.Relies(next)]);
    }

    /// <summary>Floating IPs go with the port that they lead to: it only got another name.</summary>
    static IEnumerable<Change> Followers(ResourceKey port, string name, Workbench bench) => bench.References.To(port)
        .Select(user => bench.Snapshot.Find<FloatingIp>(user)).OfType<FloatingIp>()
        .Select(floating => new Change(ResourceKey.Of(floating), floating, floating with { Port = name }));

    /// <summary>The wanted name; with the first free number behind it when another port has it.</summary>
    static string FreeName(string? wanted, Port existing, Workbench bench)
    {
        if (string.IsNullOrEmpty(wanted) || wanted == existing.Name || !NameRules.IsDnsLabel(wanted))
            return wanted is { Length: > 0 } ? wanted : existing.Name;
        var name = wanted;
        for (var number = 2; IsAnothers(name, existing, bench); number++)
        {
            var suffix = $"-{number.ToString(CultureInfo.InvariantCulture)}";
            name = wanted[..Math.Min(wanted.Length, NameRules.LongestLabel - suffix.Length)].TrimEnd('-') + suffix;
        }
        return name;
    }

    static bool IsAnothers(string name, Port existing, Workbench bench) =>
        name != existing.Name && bench.Snapshot.Resources.ContainsKey(ResourceKey.Port(existing.Project, name));
}
