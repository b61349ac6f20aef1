using Google.Protobuf.WellKnownTypes;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Protocol.Mapping;
using Weft.Protocol.V1;
using Weft.Server.Commits;

namespace Weft.Server.Sync;

/// <summary>Addresses that Docker asks a node for before there is a port to give them to.</summary>
sealed class AddressCalls(Cluster cluster)
{
    /// <summary>Asking again for an address that the node holds is answered with it.</summary>
    public async Task<ReservedAddress> ReserveAsync(Node node, ReserveAddressRequest request, CancellationToken cancellationToken)
    {
        var uid = WireBytes.ToUid(request.NetworkUid, "network_uid");
        var network = cluster.Current.Find<Network>(uid) ?? throw Refusals.NotFound("network", uid);
        var document = new AddressReservation
        {
            Project = network.Project,
            Network = network.Name,
            Name = "",
            Address = WireBytes.ToOptionalAddress(request.Address, "address"),
            Node = node.Name,
        };
        var write = new Write.Put(document)
        {
            Subnet = request.SubnetPrefix.IsEmpty
                ? null
                : WireBytes.ToPrefix(request.SubnetPrefix, request.SubnetPrefixLength, "subnet_prefix"),
        };
        var outcome = await cluster.ApplyAsync(write, cancellationToken);
        return outcome is Outcome.Committed { Resource: AddressReservation reservation }
            ? ToRecord(reservation, network)
            : throw Refusals.Of(outcome);
    }

    public async Task<DeleteReply> ReleaseAsync(Node node, ReleaseAddressRequest request, CancellationToken cancellationToken)
    {
        var address = WireBytes.ToAddress(request.Address, "address");
        if (cluster.Current.Find<Network>(WireBytes.ToUid(request.NetworkUid, "network_uid")) is not { } network)
            return new();
        var key = new ResourceKey(
            AddressReservation.KindName, network.Project, AddressReservation.NameOf(network.Name, address));
        if (cluster.Current.Find<AddressReservation>(key) is not { } reservation)
            return new();
        if (reservation.Node is { } owner && owner != node.Name)
            throw Refusals.NotYours(key, owner);
        return await Deletion.RunAsync(cluster, new(key) { Uid = reservation.Uid }, cancellationToken);
    }

    public ListReservationsReply List(Node node)
    {
        var snapshot = cluster.Current;
        var reply = new ListReservationsReply();
        foreach (var reservation in snapshot.All<AddressReservation>())
            if (reservation.Node == node.Name
                && snapshot.Find<Network>(ResourceKey.Network(reservation.Project, reservation.Network)) is { } network)
                reply.Reservations.Add(ToRecord(reservation, network));
        return reply;
    }

    static ReservedAddress ToRecord(AddressReservation reservation, Network network) => new()
    {
        NetworkUid = WireBytes.Of(network.Uid),
        Address = WireBytes.Of(reservation.Address),
        PrefixLength = (uint)(network.Subnets ?? [])
            .Where(subnet => subnet.Prefix.Contains(reservation.Address!))
            .Select(subnet => subnet.Prefix.PrefixLength)
            .FirstOrDefault(),
        Created = reservation.CreatedAt?.ToTimestamp(),
    };
}
