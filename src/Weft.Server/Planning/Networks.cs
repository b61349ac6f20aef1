using System.Net;
using Weft.Model.Addressing;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Model.Validation;
using Weft.Server.Commits;

namespace Weft.Server.Planning;

static class Networks
{
    public static Plan Put(Write.Put put, Network document, Network? existing, Workbench bench)
    {
        var key = ResourceKey.Of(document);
        var faults = new Faults();
        NetworkRules.Check(document, faults);
        var makesProject = put.MakeProject && NameRules.IsDnsLabel(document.Project)
            && bench.Snapshot.Find<Project>(ResourceKey.OfProject(document.Project)) is null;
        if (!makesProject)
            Projects.CheckExists(document.Project, bench, faults);
        if (existing is not null && document.Vni != 0 && document.Vni != existing.Vni)
            faults.Add("vni", $"cannot change from {existing.Vni} to {document.Vni}: packets on the way would go astray");
        var conflicts = new Faults();
        var gateway = Gateways.Complete(document.ExternalGateway, existing?.ExternalGateway, key, bench, faults, conflicts);
        if (Planner.Refusal(faults) is { } refused)
            return new(key, refused);
        if (existing is not null && put.Mode == PutMode.CreateOrExisting)
            return Existing(document, existing, bench);
        if (Planner.Refusal(faults, conflicts) is { } conflict)
            return new(key, conflict);
        var next = Complete(document, existing, bench) with { ExternalGateway = gateway };
        if (Check(next, existing, bench) is { } problem)
            return new(key, problem);
        return Workbench.Write(
            existing, bench.Stamp(next, existing),
            makesProject ? [Projects.Make(document.Project, bench)] : [],
            [.. makesProject ? [] : (ResourceKey[])[ResourceKey.OfProject(document.Project)], .. References.Of(next)]);
    }

    /// <summary>The document with what the server chooses; vni 0 or no subnet where nothing is left to choose.</summary>
    static Network Complete(Network document, Network? existing, Workbench bench)
    {
        var subnets = document.Subnets is { Count: > 0 } given
            ? given.Select(subnet => WithGateway(subnet, existing))
            : existing?.Subnets ?? Default(document.Project, bench);
        var vni = document.Vni != 0
            ? document.Vni
            : existing?.Vni ?? bench.Vnis.Next(bench.Snapshot.NetworkByVni.ContainsKey) ?? 0;
        return document with { Vni = vni, Subnets = [.. subnets] };
    }

    static IEnumerable<Subnet> Default(string project, Workbench bench) =>
        bench.DefaultSubnets.Choose(project, bench.Snapshot) is { } subnet ? [WithGateway(subnet, null)] : [];

    static Subnet WithGateway(Subnet subnet, Network? existing)
    {
        if (subnet.Gateway is not null)
            return subnet;
        var before = existing?.Subnets?.FirstOrDefault(other => other.Prefix.Equals(subnet.Prefix));
        var first = (subnet.Prefix.First() + 1).ToAddress(subnet.Prefix.BaseAddress.AddressFamily);
        return subnet with { Gateway = before?.Gateway ?? first };
    }

    static Outcome? Check(Network next, Network? existing, Workbench bench)
    {
        if (next.Vni == 0)
            return new Outcome.Exhausted(new("vni", "all network identifiers are in use"));
        if (next.Subnets is not { Count: > 0 })
            return new Outcome.Exhausted(new("subnets",
                $"all of {bench.Options.DefaultSubnets} is in use in project {next.Project}; give a subnet"));
        var key = ResourceKey.Of(next);
        if (bench.Snapshot.NetworkByVni.TryGetValue(next.Vni, out var owner) && owner != key)
            return Planner.Conflict("vni", $"{next.Vni} belongs to {Words.Of(owner)}");
        return existing is null ? null : CheckInternal(next, existing, bench) ?? CheckMembers(next, existing, bench);
    }

    /// <summary>Who reaches out of the network, or in, by other documents than its own.</summary>
    static Outcome.InUse? CheckInternal(Network next, Network existing, Workbench bench)
    {
        if (!next.Internal || existing.Internal)
            return null;
        var key = ResourceKey.Of(existing);
        var members = bench.Snapshot.MembersOf(key).ToList();
        var users = members.OfType<Port>().Where(port => port.Published is { Count: > 0 }).Select(ResourceKey.Of)
            .Concat(members.Select(ResourceKey.Of).SelectMany(bench.References.To).Where(user => user.Kind == FloatingIp.KindName))
            .Concat(bench.References.To(key).Where(user => bench.Snapshot.Find<Router>(user) is { ExternalGateway: not null }))
            .Distinct().Order().ToList();
        return users.Count == 0 ? null
            : new($"{Words.Of(key)} cannot become internal: it has a way out or in by {Words.List(users)}", [.. Words.First(users)], users.Count);
    }

    /// <summary>Whatever has an address must keep its subnet and its gateway.</summary>
    static Outcome? CheckMembers(Network next, Network existing, Workbench bench)
    {
        var key = ResourceKey.Of(existing);
        var conflicts = new Faults();
        foreach (var (subnet, index) in next.Subnets!.Select((subnet, index) => (subnet, index)))
        {
            if (bench.Addresses.Of(existing, bench.Snapshot).IsTaken(subnet.Gateway!, out var holder))
                conflicts.Add($"subnets[{index}].gateway", $"{subnet.Gateway} is taken by {Words.Holder(bench.Snapshot, holder)}");
        }
        Overlaps.Check(next, existing, bench, conflicts);
        if (Planner.Refusal(new(), conflicts) is { } taken)
            return taken;
        foreach (var before in existing.Subnets ?? [])
        {
            var after = next.Subnets!.FirstOrDefault(subnet => subnet.Prefix.Equals(before.Prefix));
            if (after is not null && Equals(after.Gateway, before.Gateway))
                continue;
            var users = bench.Snapshot.MembersOf(key).Where(member => HasAddressIn(member, before.Prefix)).ToList();
            if (users.Count > 0)
                return SubnetInUse(before, removed: after is null, users);
        }
        return null;
    }

    static Outcome.InUse SubnetInUse(Subnet subnet, bool removed, List<Resource> users)
    {
        var ports = users.OfType<Port>().OrderBy(port => port.Name, StringComparer.Ordinal).ToList();
        var balancers = users.OfType<LoadBalancer>().Select(ResourceKey.Of).Order().ToList();
        var who = ports.Count > 0 ? $"{Words.Count(ports.Count, "port")}: {Words.List(ports)}"
            : balancers.Count > 0 ? Words.List(balancers)
            : Words.Count(users.Count, "reserved address");
        var what = removed ? $"subnet {subnet.Prefix} cannot go" : $"the gateway of {subnet.Prefix} cannot change";
        return new($"{what}: it has addresses of {who}", [.. Words.First(ports.Count > 0 ? ports : users)], users.Count);
    }

    static bool HasAddressIn(Resource member, IPNetwork prefix) =>
        Ipam.NetworkAddresses.AddressesOf(member).Any(prefix.Contains);

    static Plan Existing(Network asked, Network existing, Workbench bench)
    {
        var agrees = asked.Subnets is not { Count: > 0 } subnets
            || (subnets.Count == existing.Subnets!.Count && subnets.All(subnet => Agrees(subnet, existing)));
        if (!agrees)
            return new(ResourceKey.Of(existing), Planner.Conflict("subnets", $"{Words.Of(ResourceKey.Of(existing))} exists with "
                + string.Join(", ", existing.Subnets!.Select(subnet => $"{subnet.Prefix} gateway {subnet.Gateway}"))));
        // Whoever brings an allocator of its own makes it known to all.
        return Workbench.Write(existing, existing with { ExternalIpam = existing.ExternalIpam || asked.ExternalIpam }, []);
    }

    static bool Agrees(Subnet asked, Network existing) => existing.Subnets!.Any(subnet =>
        subnet.Prefix.Equals(asked.Prefix) && (asked.Gateway is null || asked.Gateway.Equals(subnet.Gateway)));
}
