using System.Net;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Protocol.Mapping;
using Weft.Protocol.V1;
using Weft.Server.Commits;

namespace Weft.Server.Sync;

/// <summary>
/// What the labels of containers ask for besides their ports. What is made here bears a mark, and goes with the last port
/// that asked for it; what people made is used and never taken away.
/// </summary>
sealed class OfferCalls(Cluster cluster)
{
    /// <summary>Of what is made here.</summary>
    public const string Mark = "weft/offered";

    const string Pool = "default";

    /// <summary>May be asked again, with the same or with other wishes.</summary>
    public async Task<OfferReply> OfferAsync(Node node, OfferRequest request, CancellationToken cancellation)
    {
        var uid = WireBytes.ToUid(request.PortUid, "port_uid");
        var port = cluster.Current.Find<Port>(uid) ?? throw Refusals.NotFound("port", uid);
        if (port.Node != node.Name)
            throw Refusals.NotYours(ResourceKey.Of(port), port.Node ?? "no node");
        if (request.LoadBalancer is { } balancer)
            await BalanceAsync(port, balancer, cancellation);
        if (request.FloatingIp is { } floating)
        {
            var open = floating.Open.Select(mapping => OutsideRecords.ToDocument(mapping, "open")).ToArray();
            await FloatAsync(
                new() { Project = port.Project, Name = port.Name, Port = port.Name, PortMappings = open.Length > 0 ? open : null, Open = open.Length > 0 },
                floating, cancellation);
        }
        return new();
    }

    /// <summary>The port is gone.</summary>
    /// <param name="port">As it was.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task WithdrawAsync(Port port, CancellationToken cancellation)
    {
        foreach (var floating in cluster.Current.InProject<FloatingIp>(port.Project)
            .Where(floating => IsMarked(floating) && floating.Port == port.Name).ToList())
            await DeleteAsync(floating, cancellation);
        if (port.Labels?.GetValueOrDefault(LoadBalancer.MemberLabel) is not { } name || HasMembers(port, name)
            || cluster.Current.Find<LoadBalancer>(ResourceKey.LoadBalancer(port.Project, name)) is not { } balancer
            || !IsMarked(balancer) || balancer.Network != port.Network)
            return;
        foreach (var floating in cluster.Current.InProject<FloatingIp>(port.Project)
            .Where(floating => IsMarked(floating) && floating.LoadBalancer == name).ToList())
            await DeleteAsync(floating, cancellation);
        await DeleteAsync(balancer, cancellation);
    }

    async Task BalanceAsync(Port port, BalancerOffer offer, CancellationToken cancellation)
    {
        var key = ResourceKey.LoadBalancer(port.Project, offer.Name);
        var existing = cluster.Current.Find<LoadBalancer>(key);
        if (existing is not null && existing.Network != port.Network)
            throw Refusals.Of(new Outcome.Conflict(
                [new("loadBalancer", $"load balancer {offer.Name} is in network {existing.Network}, port {port.Name} in {port.Network}")]));
        if (existing is null)
            await PutAsync(Made(port, offer), null, cancellation);
        else if (IsMarked(existing) && offer.HasWeight)
            await PutAsync(Weighed(existing, port.Name, offer), existing.Revision, cancellation);
        if (offer.FloatingIp is { } floating)
            await FloatAsync(
                new() { Project = port.Project, Name = offer.Name, LoadBalancer = offer.Name, Open = true }, floating, cancellation);
    }

    static LoadBalancer Made(Port port, BalancerOffer offer)
    {
        var balancer = new LoadBalancer
        {
            Project = port.Project,
            Name = offer.Name,
            Network = port.Network,
            Labels = new Dictionary<string, string> { [Mark] = "true" },
            Listeners = [.. offer.Listeners.Select(record => BalancerRecords.ToModel(record) with { Pool = null })],
            Pools =
            [
                new()
                {
                    Name = Pool,
                    Algorithm = offer.Algorithm.Length > 0 ? offer.Algorithm : null,
                    AffinitySeconds = WireNumbers.ToInt32(offer.AffinitySeconds, "affinity_seconds"),
                    MemberPort = WireNumbers.ToUInt16(offer.MemberPort, "member_port"),
                    Selector = new Dictionary<string, string> { [LoadBalancer.MemberLabel] = offer.Name },
                    HealthMonitor = offer.HealthMonitor is { } monitor ? BalancerRecords.ToModel(monitor) : null,
                },
            ],
        };
        return offer.HasWeight ? Weighed(balancer, port.Name, offer) : balancer;
    }

    /// <summary>What a selector finds has the weight one; another weight is said of the member by name.</summary>
    static LoadBalancer Weighed(LoadBalancer balancer, string port, BalancerOffer offer) => balancer with
    {
        Pools =
        [
            .. (balancer.Pools ?? []).Select(pool => pool.Name != Pool ? pool : pool with
            {
                Members =
                [
                    .. (pool.Members ?? []).Where(member => member.Port != port),
                    new() { Port = port, Weight = WireNumbers.ToInt32(offer.Weight, "weight") },
                ],
            }),
        ],
    };

    async Task FloatAsync(FloatingIp wanted, FloatingOffer offer, CancellationToken cancellation)
    {
        var address = offer.Address.IsEmpty ? null : WireBytes.ToAddress(offer.Address, "address");
        var external = offer.ExternalNetwork.Length > 0 ? offer.ExternalNetwork : null;
        var existing = Find(wanted, external, address);
        if (existing is null)
        {
            var labels = new Dictionary<string, string> { [Mark] = "true" };
            await PutAsync(wanted with { ExternalNetwork = external, Address = address, Labels = labels }, null, cancellation);
        }
        else if (IsFree(existing, wanted))
        {
            await PutAsync(
                existing with { Port = wanted.Port, LoadBalancer = wanted.LoadBalancer, PortMappings = wanted.PortMappings, Open = wanted.Open, Status = null },
                existing.Revision, cancellation);
        }
        else
        {
            throw Refusals.Of(new Outcome.Conflict(
                [new("floatingIp", $"floating IP {existing.Name} ({existing.Address}) leads to {existing.Port ?? existing.LoadBalancer}")]));
        }
    }

    /// <summary>The one of that address, or the one that was made for the same.</summary>
    FloatingIp? Find(FloatingIp wanted, string? external, IPAddress? address) =>
        cluster.Current.InProject<FloatingIp>(wanted.Project).FirstOrDefault(floating => address is null
            ? IsMarked(floating) && floating.Port == wanted.Port && floating.LoadBalancer == wanted.LoadBalancer
                && (external is null || floating.ExternalNetwork == external)
            : address.Equals(floating.Address) && (external is null || floating.ExternalNetwork == external));

    /// <summary>It leads to the same, to nothing, or to a port that is not there.</summary>
    bool IsFree(FloatingIp floating, FloatingIp wanted) =>
        floating.Port == wanted.Port && floating.LoadBalancer == wanted.LoadBalancer
        || floating.LoadBalancer is null
            && (floating.Port is null || cluster.Current.Find<Port>(ResourceKey.Port(floating.Project, floating.Port)) is null);

    bool HasMembers(Port gone, string balancer) =>
        cluster.Current.MembersOf(ResourceKey.Network(gone.Project, gone.Network)).OfType<Port>()
            .Any(port => port.Uid != gone.Uid && port.Labels?.GetValueOrDefault(LoadBalancer.MemberLabel) == balancer);

    async Task PutAsync(Resource document, long? revision, CancellationToken cancellation)
    {
        var write = new Write.Put(document) { Mode = revision is null ? PutMode.Create : PutMode.Replace, IfRevision = revision };
        var outcome = await cluster.ApplyAsync(write, cancellation);
        // Another container that asks for the same was faster: the agent asks again, and finds it.
        if (outcome is not Outcome.Committed && !(revision is null && Exists(document)))
            throw Refusals.Of(outcome);
    }

    bool Exists(Resource document) => cluster.Current.Resources.ContainsKey(ResourceKey.Of(document));

    async Task DeleteAsync(Resource resource, CancellationToken cancellation) =>
        await cluster.ApplyAsync(new Write.Delete(ResourceKey.Of(resource)) { Uid = resource.Uid, IfRevision = resource.Revision }, cancellation);

    static bool IsMarked(Resource resource) => resource.Labels?.ContainsKey(Mark) ?? false;
}
