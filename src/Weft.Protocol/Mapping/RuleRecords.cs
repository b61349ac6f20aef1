using System.Net.Sockets;
using Google.Protobuf;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Protocol.V1;
using Family = Weft.Protocol.V1.RuleRecord.Types.Family;
using WireAction = Weft.Protocol.V1.RuleRecord.Types.Action;
using WireDirection = Weft.Protocol.V1.RuleRecord.Types.Direction;

namespace Weft.Protocol.Mapping;

/// <summary>Rules between the model and the wire. What is read is checked: see <see cref="MalformedRecordException"/>.</summary>
/// <remarks>An action or direction that is not known must not be passed over: the rule may be a deny.</remarks>
public static class RuleRecords
{
    public static RuleSetRecord ToRecord(NodeRuleSet set)
    {
        var record = new RuleSetRecord
        {
            Uid = WireBytes.Of(set.Uid),
            IsGroup = set.IsGroup,
            Project = set.Project,
            Name = set.Name,
            Number = set.Number,
            Priority = (uint)set.Priority,
        };
        if (!set.Networks.IsDefault)
            record.NetworkUids.AddRange(set.Networks.Select(WireBytes.Of));
        if (!set.Order.IsDefault)
            record.Order.AddRange(set.Order);
        return record;
    }

    public static NodeRuleSet ToModel(RuleSetRecord record) => new(
        WireBytes.ToUid(record.Uid, "uid"), record.IsGroup, record.Project, record.Name, record.Number,
        ToPriority(record.Priority),
        [.. record.NetworkUids.Select(uid => WireBytes.ToUid(uid, "network_uids"))], [.. record.Order]);

    public static RuleKey ToRecord(NodeRuleKey key) => new() { RuleSetUid = WireBytes.Of(key.Set), Id = key.Id };

    public static NodeRuleKey ToModel(RuleKey? key) => key is null
        ? throw new MalformedRecordException("key", "a rule has one")
        : new(WireBytes.ToUid(key.RuleSetUid, "rule_set_uid"), key.Id);

    public static RuleRecord ToRecord(NodeRule rule)
    {
        var spec = rule.Spec;
        var record = new RuleRecord
        {
            Key = ToRecord(rule.Key),
            Action = ToWire(spec.Action),
            Direction = ToWire(spec.Direction),
            From = ToRecord(spec.From),
            To = ToRecord(spec.To),
            Family = ToWire(spec.Family),
            Log = spec.Log,
        };
        if (spec.Protocol is { } protocol)
            record.Protocol = protocol;
        if (!spec.Ports.IsDefault)
            record.Ports.AddRange(spec.Ports.Select(ToRecord));
        if (!spec.SourcePorts.IsDefault)
            record.SourcePorts.AddRange(spec.SourcePorts.Select(ToRecord));
        if (!spec.IcmpTypes.IsDefaultOrEmpty)
            record.IcmpTypes = ByteString.CopyFrom(spec.IcmpTypes.AsSpan());
        return record;
    }

    public static NodeRule ToModel(RuleRecord record) => new(ToModel(record.Key), new(
        ToModel(record.Action), ToModel(record.Direction),
        record.HasProtocol ? WireNumbers.ToByte(record.Protocol, "protocol") : null,
        ToModel(record.From), ToModel(record.To),
        [.. record.Ports.Select(range => ToModel(range, "ports"))],
        [.. record.SourcePorts.Select(range => ToModel(range, "source_ports"))],
        [.. record.IcmpTypes.Span], ToModel(record.Family), record.Log));

    /// <summary>Of a policy 65535 at most; a router comes behind all of them.</summary>
    static int ToPriority(uint priority) => priority <= NodeRuleSet.RouterPriority
        ? (int)priority
        : throw new MalformedRecordException("priority", $"is {priority}; at most {NodeRuleSet.RouterPriority} is possible");

    static EndpointRecord? ToRecord(RuleEndpoint endpoint)
    {
        if (endpoint.Equals(RuleEndpoint.Any))
            return null;
        var record = new EndpointRecord
        {
            NetworkUid = WireBytes.Of(endpoint.Network),
            GroupUid = WireBytes.Of(endpoint.Group),
        };
        if (endpoint.Prefix is { } prefix)
        {
            record.Prefix = WireBytes.Of(prefix.BaseAddress);
            record.PrefixLength = (uint)prefix.PrefixLength;
        }
        WireLabels.Copy(endpoint.Labels, record.Labels);
        return record;
    }

    static RuleEndpoint ToModel(EndpointRecord? record) => record is null ? RuleEndpoint.Any : new(
        WireBytes.ToOptionalUid(record.NetworkUid, "network_uid"),
        record.Prefix.IsEmpty ? null : WireBytes.ToPrefix(record.Prefix, record.PrefixLength, "prefix"),
        WireBytes.ToOptionalUid(record.GroupUid, "group_uid"),
        WireLabels.ToModel(record.Labels));

    internal static PortRangeRecord ToRecord(PortRange range) => new() { First = range.First, Last = range.Last };

    internal static PortRange ToModel(PortRangeRecord range, string field) =>
        range.First <= range.Last
            ? new((ushort)range.First, WireNumbers.ToUInt16(range.Last, field))
            : throw new MalformedRecordException(field, $"{range.First}-{range.Last} runs backwards");

    static WireAction ToWire(RuleAction action) => action switch
    {
        RuleAction.Allow => WireAction.Allow,
        RuleAction.Deny => WireAction.Deny,
        RuleAction.Reject => WireAction.Reject,
        _ => throw new ArgumentOutOfRangeException(nameof(action), action, null),
    };

    static RuleAction ToModel(WireAction action) => action switch
    {
        WireAction.Allow => RuleAction.Allow,
        WireAction.Deny => RuleAction.Deny,
        WireAction.Reject => RuleAction.Reject,
        _ => throw new MalformedRecordException("action", $"{(int)action} is not known"),
    };

    static WireDirection ToWire(RuleDirection direction) => direction switch
    {
        RuleDirection.OneWay => WireDirection.OneWay,
        RuleDirection.BothWays => WireDirection.BothWays,
        RuleDirection.Ingress => WireDirection.Ingress,
        RuleDirection.Egress => WireDirection.Egress,
        _ => throw new ArgumentOutOfRangeException(nameof(direction), direction, null),
    };

    static RuleDirection ToModel(WireDirection direction) => direction switch
    {
        WireDirection.OneWay => RuleDirection.OneWay,
        WireDirection.BothWays => RuleDirection.BothWays,
        WireDirection.Ingress => RuleDirection.Ingress,
        WireDirection.Egress => RuleDirection.Egress,
        _ => throw new MalformedRecordException("direction", $"{(int)direction} is not known"),
    };

    static Family ToWire(AddressFamily? family) => family switch
    {
        null => Family.Both,
        AddressFamily.InterNetwork => Family.Ipv4,
        AddressFamily.InterNetworkV6 => Family.Ipv6,
        _ => throw new ArgumentOutOfRangeException(nameof(family), family, null),
    };

    static AddressFamily? ToModel(Family family) => family switch
    {
        Family.Both => null,
        Family.Ipv4 => AddressFamily.InterNetwork,
        Family.Ipv6 => AddressFamily.InterNetworkV6,
        _ => throw new MalformedRecordException("family", $"{(int)family} is not known"),
    };
}
