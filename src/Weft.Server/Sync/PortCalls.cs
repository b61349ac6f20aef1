using Weft.Compiler;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Protocol.Mapping;
using Weft.Protocol.V1;
using Weft.Server.Commits;

namespace Weft.Server.Sync;

/// <summary>Ports that a driver on a node makes, changes and deletes: those on its node, and those that are nowhere.</summary>
sealed class PortCalls(Cluster cluster, OfferCalls offers)
{
    const int Attempts = 5;

    public async Task<PortRecord> CreateAsync(Node node, CreatePortRequest request, CancellationToken cancellationToken)
    {
        var uid = WireBytes.ToUid(request.NetworkUid, "network_uid");
        var network = cluster.Current.Find<Network>(uid) ?? throw Refusals.NotFound("network", uid);
        if (request.OrExisting && await BindAsync(node, network, request.Name, cancellationToken) is { } bound)
            return bound;
        var document = new Port
        {
            Project = network.Project,
            Network = network.Name,
            Name = request.Name,
            MacAddress = WireBytes.ToOptionalMac(request.Mac, "mac"),
            Addresses = [.. request.Addresses.Select(address => WireBytes.ToAddress(address, "addresses"))],
            Aliases = [.. request.Aliases],
            Device = OrNull(request.Device),
            Owner = OrNull(request.Owner),
            Labels = request.Labels.Count == 0 ? null : new Dictionary<string, string>(request.Labels),
            SecurityGroups = request.HasSecurityGroups ? [.. request.SecurityGroups] : null,
            Published = ToModel(request.Published),
            Node = node.Name,
        };
        return Reply(await cluster.ApplyAsync(new Write.Put(document) { Mode = PutMode.Create }, cancellationToken));
    }

    public async Task<PortRecord> UpdateAsync(Node node, UpdatePortRequest request, CancellationToken cancellationToken)
    {
        var uid = WireBytes.ToUid(request.Uid, "uid");
        if (request.Unbind)
            return await PutAsync(() => Find(node, uid), port => port with { Node = null, Device = null }, cancellationToken);
        if (request.PublishedOnly)
        {
            return await PutAsync(
                () => Find(node, uid), port => port with { Published = ToModel(request.Published) }, cancellationToken);
        }
        Find(node, uid);
        var update = new Write.UpdatePort(uid)
        {
            Name = OrNull(request.Name),
            Aliases = [.. request.Aliases],
            Device = OrNull(request.Device),
            Labels = new Dictionary<string, string>(request.Labels),
            SecurityGroups = request.HasSecurityGroups ? [.. request.SecurityGroups] : null,
            Published = request.HasPublished ? ToModel(request.Published) : null,
        };
        return Reply(await cluster.ApplyAsync(update, cancellationToken));
    }

    public async Task<DeleteReply> DeleteAsync(Node node, DeletePortRequest request, CancellationToken cancellationToken)
    {
        var uid = WireBytes.ToUid(request.Uid, "uid");
        if (cluster.Current.Find<Port>(uid) is not { } port)
            return new();
        // A container that goes is not held up by a floating IP: that waits for the next port of the name.
        var delete = new Write.Delete(ResourceKey.Of(Find(node, uid))) { Uid = uid, KeepAddresses = request.KeepAddresses, Force = true };
        var reply = await Deletion.RunAsync(cluster, delete, cancellationToken);
        await offers.WithdrawAsync(port, cancellationToken);
        return reply;
    }

    /// <summary>A port that was made beforehand, through the API or by an earlier container, comes to this node.</summary>
    /// <returns>Null when there is no port of that name.</returns>
    async Task<PortRecord?> BindAsync(Node node, Network network, string name, CancellationToken cancellationToken)
    {
        var key = ResourceKey.Port(network.Project, name);
        if (cluster.Current.Find<Port>(key) is not { } existing)
            return null;
        if (existing.Network != network.Name)
            throw Refusals.Of(new Outcome.Conflict([new("name", $"port {name} exists in network {existing.Network}")]));
        if (existing.Node == node.Name)
            return Reply(existing, cluster.Current);
        if (existing.Node is { } other)
            throw Refusals.Of(new Outcome.Conflict([new("name", $"port {name} is on node {other}")]));
        return await PutAsync(() => Find(node, existing.Uid), port => port with { Node = node.Name }, cancellationToken);
    }

    async Task<PortRecord> PutAsync(Func<Port> find, Func<Port, Port> change, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var port = find();
            var write = new Write.Put(change(port)) { Mode = PutMode.Replace, IfRevision = port.Revision };
            var outcome = await cluster.ApplyAsync(write, cancellationToken);
            if (outcome is not (Outcome.RevisionMismatch or Outcome.NotFound) || attempt == Attempts)
                return Reply(outcome);
        }
    }

    /// <summary>The port, if the node may touch it.</summary>
    Port Find(Node node, Guid uid)
    {
        var port = cluster.Current.Find<Port>(uid) ?? throw Refusals.NotFound("port", uid);
        return port.Node is null || port.Node == node.Name ? port : throw Refusals.NotYours(ResourceKey.Of(port), port.Node);
    }

    static PortRecord Reply(Outcome outcome) =>
        outcome is Outcome.Committed { Resource: Port port } committed
            ? Reply(port, committed.Snapshot)
            : throw Refusals.Of(outcome);

    static PortRecord Reply(Port port, Snapshot snapshot)
    {
        // Read later than written: what is not there any more was deleted in between, or unbound.
        var network = snapshot.Find<Network>(ResourceKey.Network(port.Project, port.Network));
        var node = port.Node is { } name ? snapshot.Find<Node>(ResourceKey.Node(name)) : null;
        return Records.ToRecord(NodeRecords.Of(port, network?.Uid ?? Guid.Empty, node?.Number ?? 0, snapshot));
    }

    static PortMapping[] ToModel(IEnumerable<PortMappingRecord> published) =>
        [.. published.Select(mapping => OutsideRecords.ToDocument(mapping, "published"))];

    static string? OrNull(string text) => text.Length == 0 ? null : text;
}
