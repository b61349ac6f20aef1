using System.Net;
using System.Net.Sockets;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Model.Validation;
using Weft.Server.Balancing;
using Weft.Server.Commits;

namespace Weft.Server.Planning;

static class LoadBalancers
{
    public static Plan Put(LoadBalancer document, LoadBalancer? existing, Workbench bench)
    {
        var draft = Complete(document, existing);
        var key = ResourceKey.Of(draft);
        var (faults, conflicts) = (new Faults(), new Faults());
        LoadBalancerRules.Check(draft, faults);
        Projects.CheckExists(draft.Project, bench, faults);
        Certificates.CheckNamedBy(draft, bench, faults);
        var network = bench.Snapshot.Find<Network>(ResourceKey.Network(draft.Project, draft.Network));
        if (network is null && draft.Network.Length > 0)
            faults.Add("network", $"there is no network '{NameRules.Shown(draft.Network)}' in project {NameRules.Shown(draft.Project)}");
        if (LoadBalancerRules.HasHttp(draft)
            && bench.Snapshot.Find<Port>(ResourceKey.Port(draft.Project, LoadBalancerRules.ProxyPortOf(draft.Name))) is { } other
            && ProxyPorts.Of(draft, bench.Snapshot) is null)
            conflicts.Add("name", $"port {other.Name} is somebody else's; the proxy needs a port of that name");
        if (existing is not null && draft.Network != existing.Network)
            faults.Add("network", $"cannot change from {existing.Network} to {NameRules.Shown(draft.Network)}; make another load balancer");
        var consumed = new List<Change>();
        if (network is not null)
            Placement.CheckFree(draft.Addresses ?? [], key, null, network, bench, faults, conflicts, consumed);
        if (Planner.Refusal(faults, conflicts) is { } refused)
            return new(key, refused);
        return Assign(draft, network!, bench, out var next) is { } exhausted
            ? new(key, exhausted)
            : Workbench.Write(existing, bench.Stamp(next, existing), consumed, [ResourceKey.OfProject(next.Project), ResourceKey.Of(network!), .. References.Of(next)]);
    }

    /// <summary>Carries out where it is to be. What it was decided upon may have changed since: then nothing happens.</summary>
    public static Plan Place(Write.PlaceLoadBalancer place, Workbench bench)
    {
        if (bench.Snapshot.Find<LoadBalancer>(place.Uid) is not { } existing)
            return new(ResourceKey.LoadBalancer("", place.Uid.ToString()),
                new Outcome.NotFound($"there is no load balancer with uid {place.Uid}"));
        var key = ResourceKey.Of(existing);
        if (existing.Node != place.From)
            return new(key, new Outcome.Committed(existing, Created: false, Changed: false, bench.Snapshot));
        if (place.Node is { } node && bench.Snapshot.Find<Node>(ResourceKey.Node(node)) is null)
            return new(key, Planner.NotFound(ResourceKey.Node(node)));
        return Workbench.Write(
            existing, existing with { Node = place.Node }, [], place.Node is { } relied ? [ResourceKey.Node(relied)] : []);
    }

    /// <summary>What becomes of those that were on a node that is deleted.</summary>
    public static IEnumerable<Change> Leave(Node node, Snapshot snapshot) =>
        snapshot.All<LoadBalancer>().Where(balancer => balancer.Node == node.Name)
            .Select(balancer => new Change(ResourceKey.Of(balancer), balancer, balancer with { Node = null }));

    static LoadBalancer Complete(LoadBalancer document, LoadBalancer? existing) => LoadBalancerDefaults.Complete(document) with
    {
        Addresses = document.Addresses is { Count: > 0 } given ? given : existing?.Addresses,
        Node = existing?.Node,
        Status = null,
    };

    static Outcome.Exhausted? Assign(LoadBalancer draft, Network network, Workbench bench, out LoadBalancer next)
    {
        next = draft;
        if (draft.Addresses is { Count: > 0 })
            return null;
        var book = bench.Addresses.Of(network, bench.Snapshot);
        var chosen = new List<IPAddress>();
        foreach (var family in (AddressFamily[])[AddressFamily.InterNetwork, AddressFamily.InterNetworkV6])
        {
            if (!book.Has(family))
                continue;
            if (book.Next(family) is not { } address)
                return Placement.Exhausted(network, family, "addresses");
            chosen.Add(address);
        }
        next = draft with { Addresses = chosen };
        return null;
    }
}
