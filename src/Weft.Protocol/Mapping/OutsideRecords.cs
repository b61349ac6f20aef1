using System.Collections.Immutable;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Protocol.V1;

namespace Weft.Protocol.Mapping;

/// <summary>
/// What reaches out of the cluster, and into it, between the model and the wire. What is read is checked: see
/// <see cref="MalformedRecordException"/>.
/// </summary>
public static class OutsideRecords
{
    public static ExternalRecord ToRecord(NodeExternal external)
    {
        var record = new ExternalRecord
        {
            Uid = WireBytes.Of(external.Uid),
            Name = external.Name,
            Vni = external.Vni,
            HasUplink = external.Uplink is not null,
            Uplink = external.Uplink ?? "",
            IsDefault = external.Default,
        };
        if (!external.Subnets.IsDefault)
            record.Subnets.AddRange(external.Subnets.Select(Records.ToRecord));
        return record;
    }

    public static NodeExternal ToModel(ExternalRecord record) => new(
        WireBytes.ToUid(record.Uid, "uid"), record.Name, record.Vni, [.. record.Subnets.Select(Records.ToModel)],
        record.HasUplink ? record.Uplink : null, record.IsDefault);

    public static FloatingRecord ToRecord(NodeFloating floating)
    {
        var record = new FloatingRecord
        {
            Uid = WireBytes.Of(floating.Uid),
            Project = floating.Project,
            Name = floating.Name,
            ExternalUid = WireBytes.Of(floating.External),
            Address = WireBytes.Of(floating.Address),
            NodeNumber = floating.NodeNumber,
            NetworkUid = WireBytes.Of(floating.Network),
            TargetAddress = WireBytes.Of(floating.Target),
            Open = floating.Open,
        };
        if (floating.Port is { } port)
            record.PortUid = WireBytes.Of(port);
        else if (floating.Balancer is { } balancer)
            record.TargetBalancerUid = WireBytes.Of(balancer);
        if (!floating.Mappings.IsDefault)
            record.Mappings.AddRange(floating.Mappings.Select(ToRecord));
        return record;
    }

    public static NodeFloating ToModel(FloatingRecord record) => new(
        WireBytes.ToUid(record.Uid, "uid"), record.Project, record.Name, WireBytes.ToUid(record.ExternalUid, "external_uid"),
        WireBytes.ToAddress(record.Address, "address"), record.NodeNumber,
        record.TargetCase == FloatingRecord.TargetOneofCase.PortUid ? WireBytes.ToUid(record.PortUid, "port_uid") : null,
        record.TargetCase == FloatingRecord.TargetOneofCase.TargetBalancerUid
            ? WireBytes.ToUid(record.TargetBalancerUid, "target_balancer_uid") : null,
        WireBytes.ToUid(record.NetworkUid, "network_uid"), WireBytes.ToAddress(record.TargetAddress, "target_address"),
        ToModel(record.Mappings, "mappings"))
    {
        Open = record.Open,
    };

    public static GatewayRecord ToRecord(NodeGateway gateway)
    {
        var record = new GatewayRecord { ExternalUid = WireBytes.Of(gateway.External), FloatingOnly = gateway.FloatingOnly };
        if (!gateway.Egress.IsDefault)
            record.Egress.AddRange(gateway.Egress.Select(egress =>
                new EgressRecord { NodeNumber = egress.NodeNumber, Address = WireBytes.Of(egress.Address) }));
        return record;
    }

    public static NodeGateway ToModel(GatewayRecord record) => new(
        WireBytes.ToUid(record.ExternalUid, "external_uid"),
        [.. record.Egress.Select(egress => new NodeEgress(egress.NodeNumber, WireBytes.ToAddress(egress.Address, "egress")))])
    {
        FloatingOnly = record.FloatingOnly,
    };

    public static PortMappingRecord ToRecord(NodePortMapping mapping) => new()
    {
        Protocol = mapping.Protocol,
        Ports = RuleRecords.ToRecord(mapping.Ports),
        TargetPort = mapping.TargetPort,
    };

    public static NodePortMapping ToModel(PortMappingRecord record, string field) => new(
        WireNumbers.ToByte(record.Protocol, field),
        record.Ports is { } ports ? RuleRecords.ToModel(ports, field) : throw new MalformedRecordException(field, "a mapping has ports"),
        WireNumbers.ToUInt16(record.TargetPort, field));

    /// <summary>As documents have it.</summary>
    public static PortMapping ToDocument(PortMappingRecord record, string field)
    {
        var mapping = ToModel(record, field);
        return new()
        {
            Protocol = Model.Rules.IpProtocols.NameOf(mapping.Protocol),
            Ports = mapping.Ports,
            TargetPort = mapping.TargetPort,
        };
    }

    static ImmutableArray<NodePortMapping> ToModel(IEnumerable<PortMappingRecord> records, string field) =>
        [.. records.Select(record => ToModel(record, field))];
}
