using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Model.Validation;
using Weft.Server.Commits;

namespace Weft.Server.Planning;

/// <summary>From a write and a snapshot to a plan. Nothing changes here but numbers that were chosen.</summary>
static class Planner
{
    public static Plan Make(Write write, Workbench bench) => write switch
    {
        Write.Put put => Put(put, bench),
        Write.UpdatePort update => PortUpdates.Make(update, bench),
        Write.PlaceLoadBalancer place => LoadBalancers.Place(place, bench),
        Write.Delete delete => Deletions.Make(delete, bench),
        _ => throw new NotSupportedException(write.GetType().Name),
    };

    static Plan Put(Write.Put put, Workbench bench)
    {
        var key = ResourceKey.Of(put.Document);
        var existing = bench.Snapshot.Find<Resource>(key);
        if (Precondition(put, key, existing) is { } refused)
            return new(key, refused);
        return put.Document switch
        {
            Project project => Projects.Put(project, (Project?)existing, bench),
            Network network => Networks.Put(put, network, (Network?)existing, bench),
            Port port => Ports.Put(port, (Port?)existing, bench),
            AddressReservation reservation => Reservations.Put(put, reservation, bench),
            Node node => Nodes.Put(node, (Node?)existing, bench),
            Policy policy => Policies.Put(policy, (Policy?)existing, bench),
            SecurityGroup group => SecurityGroups.Put(group, (SecurityGroup?)existing, bench),
            ExternalNetwork external => ExternalNetworks.Put(external, (ExternalNetwork?)existing, bench),
            FloatingIp floating => FloatingIps.Put(floating, (FloatingIp?)existing, bench),
            Router router => Routers.Put(router, (Router?)existing, bench),
            LoadBalancer balancer => LoadBalancers.Put(balancer, (LoadBalancer?)existing, bench),
            Certificate certificate => Certificates.Put(certificate, (Certificate?)existing, bench),
            Token token => Tokens.Put(token, (Token?)existing, bench),
            _ => throw new NotSupportedException(put.Document.Kind),
        };
    }

    static Outcome? Precondition(Write.Put put, ResourceKey key, Resource? existing)
    {
        if (put.IfRevision is { } expected && expected != (existing?.Revision ?? 0))
            return new Outcome.RevisionMismatch(key, expected, existing?.Revision ?? 0);
        if (existing is null)
            return put.Mode == PutMode.Replace ? NotFound(key) : null;
        if (put.Mode == PutMode.Create)
            return Conflict("name", $"{Words.Of(key)} exists already");
        // Documents that are applied again may come from a resource that was deleted and made anew.
        return put.Mode == PutMode.CreateOrReplace && put.Document.Uid != Guid.Empty && put.Document.Uid != existing.Uid
            ? Conflict("uid", $"{Words.Of(key)} has uid {existing.Uid}: it is another one than the document's")
            : null;
    }

    public static Outcome NotFound(ResourceKey key) => new Outcome.NotFound($"there is no {Words.Of(key)}");

    public static Outcome Conflict(string path, string message) => new Outcome.Conflict([new(path, message)]);

    /// <summary>Faults first, conflicts with them; null when there is neither.</summary>
    public static Outcome? Refusal(Faults faults, Faults? conflicts = null)
    {
        if (faults.Any)
            return new Outcome.Invalid([.. faults.ToImmutable(), .. conflicts?.ToImmutable() ?? []]);
        return conflicts is { Any: true } ? new Outcome.Conflict(conflicts.ToImmutable()) : null;
    }
}
