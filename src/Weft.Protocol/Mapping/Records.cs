using Weft.Model.Addressing;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Protocol.V1;

namespace Weft.Protocol.Mapping;

/// <summary>Records between the model and the wire. What is read is checked: see <see cref="MalformedRecordException"/>.</summary>
public static class Records
{
    public static NetworkRecord ToRecord(NodeNetwork network)
    {
        var record = new NetworkRecord
        {
            Uid = WireBytes.Of(network.Uid),
            Project = network.Project,
            Name = network.Name,
            Vni = network.Vni,
            Internal = network.Internal,
            Mtu = (uint)network.Mtu,
            Revision = network.Revision,
        };
        if (!network.Subnets.IsDefault)
            record.Subnets.AddRange(network.Subnets.Select(ToRecord));
        if (!network.Gateways.IsDefault)
            record.Gateways.AddRange(network.Gateways.Select(OutsideRecords.ToRecord));
        return record;
    }

    public static NodeNetwork ToModel(NetworkRecord record) => new(
        WireBytes.ToUid(record.Uid, "uid"), record.Project, record.Name, record.Vni,
        [.. record.Subnets.Select(ToModel)], record.Internal, ToMtu(record.Mtu, "mtu"), record.Revision)
    {
        Gateways = [.. record.Gateways.Select(OutsideRecords.ToModel)],
    };

    public static SubnetRecord ToRecord(Subnet subnet)
    {
        var record = new SubnetRecord
        {
            Prefix = WireBytes.Of(subnet.Prefix.BaseAddress),
            PrefixLength = (uint)subnet.Prefix.PrefixLength,
            Gateway = WireBytes.Of(subnet.Gateway),
        };
        foreach (var pool in subnet.Pools ?? [])
            record.Pools.Add(new AddressRangeRecord { Start = WireBytes.Of(pool.Start), End = WireBytes.Of(pool.End) });
        return record;
    }

    public static Subnet ToModel(SubnetRecord record) => new()
    {
        Prefix = WireBytes.ToPrefix(record.Prefix, record.PrefixLength, "prefix"),
        Gateway = WireBytes.ToOptionalAddress(record.Gateway, "gateway"),
        Pools = record.Pools.Count == 0 ? null : [.. record.Pools.Select(ToModel)],
    };

    public static PortRecord ToRecord(NodePort port)
    {
        var record = new PortRecord
        {
            Uid = WireBytes.Of(port.Uid),
            Project = port.Project,
            Name = port.Name,
            NetworkUid = WireBytes.Of(port.Network),
            Mac = WireBytes.Of(port.Mac),
            NodeNumber = port.NodeNumber,
            Device = port.Device ?? "",
            Owner = port.Owner ?? "",
            Revision = port.Revision,
        };
        if (!port.Addresses.IsDefault)
            record.Addresses.AddRange(port.Addresses.Select(WireBytes.Of));
        if (!port.Aliases.IsDefault)
            record.Aliases.AddRange(port.Aliases);
        WireLabels.Copy(port.Labels, record.Labels);
        if (!port.Groups.IsDefault)
            record.GroupUids.AddRange(port.Groups.Select(WireBytes.Of));
        if (!port.Published.IsDefault)
            record.Published.AddRange(port.Published.Select(OutsideRecords.ToRecord));
        return record;
    }

    public static NodePort ToModel(PortRecord record) => new(
        WireBytes.ToUid(record.Uid, "uid"), record.Project, record.Name,
        WireBytes.ToUid(record.NetworkUid, "network_uid"), WireBytes.ToMac(record.Mac, "mac"),
        [.. record.Addresses.Select(address => WireBytes.ToAddress(address, "addresses"))],
        record.NodeNumber, [.. record.Aliases], OrNull(record.Device), OrNull(record.Owner), record.Revision)
    {
        Labels = WireLabels.ToModel(record.Labels),
        Groups = [.. record.GroupUids.Select(uid => WireBytes.ToUid(uid, "group_uids"))],
        Published = [.. record.Published.Select(mapping => OutsideRecords.ToModel(mapping, "published"))],
    };

    public static PeerRecord ToRecord(NodePeer peer) => new()
    {
        Number = peer.Number,
        Name = peer.Name,
        FabricAddress = WireBytes.Of(peer.FabricAddress),
        FabricMtu = (uint)peer.FabricMtu,
    };

    public static NodePeer ToModel(PeerRecord record) => new(
        record.Number, record.Name, WireBytes.ToAddress(record.FabricAddress, "fabric_address"),
        ToMtu(record.FabricMtu, "fabric_mtu"));

    /// <exception cref="MalformedRecordException">Above 65535, the largest IP packet.</exception>
    public static int ToMtu(uint value, string field) =>
        value <= ushort.MaxValue
            ? (int)value
            : throw new MalformedRecordException(field, $"an MTU is at most {ushort.MaxValue}, not {value}");

    static AddressRange ToModel(AddressRangeRecord record) =>
        new(WireBytes.ToAddress(record.Start, "start"), WireBytes.ToAddress(record.End, "end"));

    static string? OrNull(string text) => text.Length == 0 ? null : text;
}
