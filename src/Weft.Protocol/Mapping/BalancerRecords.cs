using Google.Protobuf.Collections;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Protocol.V1;

namespace Weft.Protocol.Mapping;

/// <summary>Load balancers and their members' health between the model and the wire. What is read is checked.</summary>
public static class BalancerRecords
{
    public static BalancerRecord ToRecord(NodeBalancer balancer)
    {
        var record = new BalancerRecord
        {
            Uid = WireBytes.Of(balancer.Uid),
            Project = balancer.Project,
            Name = balancer.Name,
            NetworkUid = WireBytes.Of(balancer.Network),
            NodeNumber = balancer.NodeNumber,
        };
        record.Addresses.AddRange(balancer.Addresses.Select(WireBytes.Of));
        record.Listeners.AddRange(balancer.Listeners.Select(ToRecord));
        record.Pools.AddRange(balancer.Pools.Select(ToRecord));
        return record;
    }

    public static NodeBalancer ToModel(BalancerRecord record) => new(
        WireBytes.ToUid(record.Uid, "uid"), record.Project, record.Name, WireBytes.ToUid(record.NetworkUid, "network_uid"),
        [.. record.Addresses.Select(address => WireBytes.ToAddress(address, "addresses"))], record.NodeNumber,
        [.. record.Listeners.Select(ToModel)], [.. record.Pools.Select(ToModel)]);

    public static HealthRecord ToRecord(NodeHealth health) => new()
    {
        Key = ToRecord(health.Key),
        Healthy = health.Healthy,
        Message = health.Message,
    };

    public static NodeHealth ToModel(HealthRecord record) => new(ToModel(record.Key ?? new()), record.Healthy, record.Message);

    public static MemberKey ToRecord(NodeMemberKey key) => new()
    {
        BalancerUid = WireBytes.Of(key.Balancer),
        Pool = key.Pool,
        PortUid = WireBytes.Of(key.Port),
        TargetPort = key.TargetPort,
    };

    public static NodeMemberKey ToModel(MemberKey key) => new(
        WireBytes.ToUid(key.BalancerUid, "balancer_uid"), key.Pool, WireBytes.ToUid(key.PortUid, "port_uid"),
        WireNumbers.ToUInt16(key.TargetPort, "target_port"));

    public static ListenerRecord ToRecord(Listener listener) => new()
    {
        Name = listener.Name,
        Protocol = listener.Protocol,
        Ports = ToRecord(listener.Ports),
        Pool = listener.Pool ?? "",
        MaxConnections = listener.MaxConnections,
        Http = listener.Http is { } http ? HttpRecords.ToRecord(http) : null,
    };

    public static Listener ToModel(ListenerRecord record) => new()
    {
        Name = record.Name,
        Protocol = record.Protocol,
        Ports = ToModel(record.Ports ?? new()),
        Pool = OrNull(record.Pool),
        MaxConnections = record.MaxConnections,
        Http = record.Http is { } http ? HttpRecords.ToModel(http) : null,
    };

    static PoolRecord ToRecord(NodePool pool)
    {
        var record = new PoolRecord
        {
            Name = pool.Name,
            Algorithm = pool.Algorithm,
            AffinitySeconds = (uint)pool.AffinitySeconds,
            HealthMonitor = pool.HealthMonitor is { } monitor ? ToRecord(monitor) : null,
            Http = pool.Http is { } http ? HttpRecords.ToRecord(http) : null,
        };
        record.Members.AddRange(pool.Members.Select(ToRecord));
        return record;
    }

    static NodePool ToModel(PoolRecord record) => new(
        record.Name, record.Algorithm, WireNumbers.ToInt32(record.AffinitySeconds, "affinity_seconds"),
        record.HealthMonitor is { } monitor ? ToModel(monitor) : null, [.. record.Members.Select(ToModel)])
    {
        Http = record.Http is { } http ? HttpRecords.ToModel(http) : null,
    };

    static MemberRecord ToRecord(NodeMember member) => new()
    {
        PortUid = WireBytes.Of(member.Port),
        TargetPort = member.TargetPort,
        Weight = (uint)member.Weight,
        MaxConnections = member.MaxConnections,
    };

    static NodeMember ToModel(MemberRecord record) => new(
        WireBytes.ToUid(record.PortUid, "port_uid"), WireNumbers.ToUInt16(record.TargetPort, "target_port"),
        WireNumbers.ToUInt16(record.Weight, "weight"), record.MaxConnections);

    public static HealthMonitorRecord ToRecord(HealthMonitor monitor)
    {
        var record = new HealthMonitorRecord
        {
            Type = monitor.Type,
            IntervalMilliseconds = (uint)monitor.IntervalMilliseconds,
            TimeoutMilliseconds = (uint)monitor.TimeoutMilliseconds,
            Rise = (uint)monitor.Rise,
            Fall = (uint)monitor.Fall,
            Port = monitor.Port,
            Method = monitor.Method ?? "",
            Path = monitor.Path ?? "",
            Host = monitor.Host ?? "",
        };
        record.Codes.AddRange((monitor.Codes ?? []).Select(ToRecord));
        return record;
    }

    public static HealthMonitor ToModel(HealthMonitorRecord record) => new()
    {
        Type = record.Type,
        IntervalMilliseconds = WireNumbers.ToInt32(record.IntervalMilliseconds, "interval_milliseconds"),
        TimeoutMilliseconds = WireNumbers.ToInt32(record.TimeoutMilliseconds, "timeout_milliseconds"),
        Rise = WireNumbers.ToInt32(record.Rise, "rise"),
        Fall = WireNumbers.ToInt32(record.Fall, "fall"),
        Port = WireNumbers.ToUInt16(record.Port, "port"),
        Method = OrNull(record.Method),
        Path = OrNull(record.Path),
        Host = OrNull(record.Host),
        Codes = ToModel(record.Codes),
    };

    static PortRangeRecord ToRecord(PortRange range) => new() { First = range.First, Last = range.Last };

    static PortRange ToModel(PortRangeRecord record) =>
        new(WireNumbers.ToUInt16(record.First, "first"), WireNumbers.ToUInt16(record.Last, "last"));

    static PortRange[]? ToModel(RepeatedField<PortRangeRecord> codes) => codes.Count == 0 ? null : [.. codes.Select(ToModel)];

    static string? OrNull(string text) => text.Length == 0 ? null : text;
}
