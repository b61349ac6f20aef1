using System.Net.Sockets;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Model.Validation;
using Weft.Server.Commits;

namespace Weft.Server.Planning;

static class Reservations
{
    public static Plan Put(Write.Put put, AddressReservation document, Workbench bench)
    {
        var faults = new Faults();
        NameRules.CheckLabels(document.Labels, faults);
        Projects.CheckExists(document.Project, bench, faults);
        var networkKey = ResourceKey.Network(document.Project, document.Network);
        var network = bench.Snapshot.Find<Network>(networkKey);
        if (document.Network.Length == 0)
            faults.Add("network", "is required");
        else if (network is null)
            faults.Add("network", $"there is no network '{NameRules.Shown(document.Network)}' in project {document.Project}");
        if (document.Node is { } node && bench.Snapshot.Find<Node>(ResourceKey.Node(node)) is null)
            faults.Add("node", $"there is no node '{NameRules.Shown(node)}'");
        if (network is not null && document.Address is { } given)
            Placement.Check(given, network, "address", faults);
        if (network is not null && put.Subnet is { } wanted && !network.Subnets!.Any(subnet => subnet.Prefix.Equals(wanted)))
            faults.Add("subnet", $"{wanted} is no subnet of network {network.Name}");
        return Planner.Refusal(faults) is { } refused
            ? new(ResourceKey.Of(document), refused)
            : Place(put, document, network!, bench);
    }

    static Plan Place(Write.Put put, AddressReservation document, Network network, Workbench bench)
    {
        var book = bench.Addresses.Of(network, bench.Snapshot);
        var family = put.Subnet?.BaseAddress.AddressFamily ?? DefaultFamily(book);
        if ((document.Address ?? book.Next(family, put.Subnet)) is not { } address)
            return new(ResourceKey.Of(document), Placement.Exhausted(network, family, "address"));
        var next = document with { Address = address, Name = AddressReservation.NameOf(network.Name, address) };
        var key = ResourceKey.Of(next);
        if (document.Name.Length > 0 && document.Name != next.Name)
            return new(key, new Outcome.Invalid([new("name", $"is not '{next.Name}', after network and address; leave it out")]));
        var existing = bench.Snapshot.Find<AddressReservation>(key);
        var mayRepeat = put.Mode != PutMode.Create && existing?.Node == next.Node && existing is not null;
        if (book.IsTaken(address, out var holder) && !mayRepeat)
            return new(key, Planner.Conflict("address", $"{address} is taken by {Words.Holder(bench.Snapshot, holder)}"));
        return Workbench.Write(existing, bench.Stamp(next, existing), [], ResourceKey.Of(network));
    }

    static AddressFamily DefaultFamily(Ipam.NetworkAddresses book) =>
        book.Has(AddressFamily.InterNetwork) ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
}
