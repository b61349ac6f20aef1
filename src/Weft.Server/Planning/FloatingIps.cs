using System.Net;
using System.Net.Sockets;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Model.Validation;
using Weft.Server.Commits;

namespace Weft.Server.Planning;

static class FloatingIps
{
    public static Plan Put(FloatingIp document, FloatingIp? existing, Workbench bench)
    {
        var (faults, conflicts) = (new Faults(), new Faults());
        var draft = Draft(document, existing);
        FloatingIpRules.Check(draft.Name.Length > 0 ? draft : draft with { Name = "unnamed" }, faults);
        Projects.CheckExists(draft.Project, bench, faults);
        if (existing is not null)
            CheckFixed(draft, existing, faults);
        var external = ExternalNetworks.Find(draft.ExternalNetwork, "externalNetwork", bench, faults);
        if (external is { Subnets: null })
            faults.Add("externalNetwork", $"{external.Name} has no subnets, so it gives out no floating IPs");
        else if (external is not null && draft.Address is { } asked)
            CheckAddress(asked, external, ResourceKey.Of(draft), "address", bench, faults, conflicts);
        var target = FloatingTargets.Find(draft, existing, bench, faults);
        if (Planner.Refusal(faults, conflicts) is { } refused)
            return new(ResourceKey.Of(draft), refused);
        if (draft.Address is null && Choose(draft, target, external!, bench, out draft) is { } exhausted)
            return new(ResourceKey.Of(draft), exhausted);
        draft = draft with { ExternalNetwork = external!.Name, Name = draft.Name.Length > 0 ? draft.Name : FreeName(draft, bench) };
        FloatingTargets.CheckAddress(draft, target, faults);
        FloatingTargets.CheckAlone(draft, target, bench, conflicts);
        return Planner.Refusal(faults, conflicts) is { } wrong
            ? new(ResourceKey.Of(draft), wrong)
            : Workbench.Write(existing, bench.Stamp(draft, existing), [], Relies(draft, target, bench));
    }

    /// <summary>A fault when the address is none that the external network gives out, a conflict when somebody has it.</summary>
    public static void CheckAddress(
        IPAddress address, ExternalNetwork external, ResourceKey owner, string path, Workbench bench, Faults faults, Faults conflicts)
    {
        if (!Placement.Check(address, external.Subnets ?? [], $"external network {external.Name}", path, faults))
            return;
        var book = bench.Externals.Of(external, bench.Snapshot);
        if (!book.Offers(address))
        {
            var subnet = external.Subnets!.First(subnet => subnet.Prefix.Contains(address));
            var pools = (subnet.Pools ?? []).Select(SubnetRules.Text);
            faults.Add(path, $"{address} is outside of the pools of {subnet.Prefix} of external network {external.Name} ({string.Join(", ", pools)})");
        }
        else if (book.IsTaken(address, out var holder) && holder != owner)
            conflicts.Add(path, $"{address} is taken by {Shown(holder, owner)}");
    }

    /// <summary>What another project calls its own is not told.</summary>
    static string Shown(ResourceKey holder, ResourceKey asking) =>
        holder.Project == asking.Project ? $"{holder.Kind} {holder.Name}" : "another project";

    /// <summary>What the document leaves out and was chosen stays.</summary>
    static FloatingIp Draft(FloatingIp document, FloatingIp? existing) => document with
    {
        ExternalNetwork = document.ExternalNetwork ?? existing?.ExternalNetwork,
        Address = document.Address ?? existing?.Address,
        PortMappings = document.PortMappings is { Count: > 0 } mappings ? mappings : null,
        Status = null,
    };

    static void CheckFixed(FloatingIp next, FloatingIp existing, Faults faults)
    {
        if (next.ExternalNetwork != existing.ExternalNetwork)
            faults.Add("externalNetwork", $"cannot change from {existing.ExternalNetwork} to {NameRules.Shown(next.ExternalNetwork!)}; make another floating IP");
        if (!Equals(next.Address, existing.Address))
            faults.Add("address", $"cannot change from {existing.Address} to {next.Address}; make another floating IP");
    }

    /// <summary>The family that the target has; IPv4 when it may be either.</summary>
    static Outcome.Exhausted? Choose(FloatingIp draft, FloatingTarget? target, ExternalNetwork external, Workbench bench, out FloatingIp next)
    {
        var book = bench.Externals.Of(external, bench.Snapshot);
        AddressFamily[] families = [AddressFamily.InterNetwork, AddressFamily.InterNetworkV6];
        var wanted = families.Where(family => draft.TargetAddress is { } address ? address.AddressFamily == family : target?.Has(family) != false);
        var offered = wanted.Where(book.Has).ToArray();
        next = draft with { Address = offered.Select(book.Next).FirstOrDefault(address => address is not null) };
        if (next.Address is not null)
            return null;
        var of = offered.Length > 0 ? offered : [.. wanted];
        var prefixes = external.Subnets!.Where(subnet => of.Contains(subnet.Prefix.BaseAddress.AddressFamily)).Select(subnet => subnet.Prefix).ToList();
        return new(new("address", prefixes.Count == 0
            ? $"external network {external.Name} has no subnet of the target's family"
            : $"no address is left in the pools of {string.Join(", ", prefixes)} of external network {external.Name}: "
                + "delete floating IPs, widen the pools or add a subnet"));
    }

    /// <summary>By its address, for people know it by that: <c>ip-203-0-113-7</c>.</summary>
    static string FreeName(FloatingIp draft, Workbench bench)
    {
        var name = "ip-" + string.Concat(draft.Address!.ToString().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-'));
        return bench.Snapshot.Resources.ContainsKey(ResourceKey.FloatingIp(draft.Project, name)) ? $"{name}-{bench.NewUid().ToString("N")[^8..]}" : name;
    }

    static ResourceKey[] Relies(FloatingIp floating, FloatingTarget? target, Workbench bench)
    {
        var named = References.Of(floating).Where(bench.Snapshot.Resources.ContainsKey);
        return [ResourceKey.OfProject(floating.Project), .. target is null ? [] : (ResourceKey[])[target.Network], .. named];
    }
}
