using System.Net;
using CsCheck;
using Google.Protobuf;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Protocol.Mapping;
using Weft.Protocol.V1;

namespace Weft.Tests.Protocol;

public sealed class BalancerRecordsTests
{
    static readonly Gen<string> Names = Gen.String[Gen.Char['a', 'z'], 1, 20];
    static readonly Gen<IPAddress> Addresses = Gen.OneOf(Gen.Byte.Array[4], Gen.Byte.Array[16]).Select(bytes => new IPAddress(bytes));
    static readonly Gen<PortRange> Ranges = Gen.Select(Gen.UShort, Gen.UShort, (first, last) => new PortRange(first, last));

    static readonly Gen<HealthMonitor> Monitors = Gen.Select(
        Names, Gen.Int[0, 600_000].Array[4], Gen.UShort, Gen.Null(Names).Array[3], Gen.Null(Ranges.Array[1, 3]),
        (type, numbers, port, texts, codes) => new HealthMonitor
        {
            Type = type,
            IntervalMilliseconds = numbers[0],
            TimeoutMilliseconds = numbers[1],
            Rise = numbers[2],
            Fall = numbers[3],
            Port = port,
            Method = texts[0],
            Path = texts[1],
            Host = texts[2],
            Codes = codes,
        });

    static readonly Gen<NodeMember> Members = Gen.Select(
        Gen.Guid, Gen.UShort, Gen.Int[0, 256], Gen.UInt, (port, target, weight, most) => new NodeMember(port, target, weight, most));

    static readonly Gen<NodePool> Pools = Gen.Select(
        Names, Names, Gen.Int[0, 1000], Gen.Null(Monitors), Members.Array[0, 4], Gen.Null(HttpGenerators.Pools),
        (name, algorithm, affinity, monitor, members, http) => new NodePool(name, algorithm, affinity, monitor, [.. members]) { Http = http });

    static readonly Gen<Listener> Listeners = Gen.Select(
        Names, Names, Ranges, Gen.Null(Names), Gen.UInt, Gen.Null(HttpGenerators.Handling), (name, protocol, ports, pool, most, http) =>
        new Listener { Name = name, Protocol = protocol, Ports = ports, Pool = pool, MaxConnections = most, Http = http });

    internal static readonly Gen<NodeBalancer> Balancers = Gen.Select(
        Gen.Select(Gen.Guid, Gen.Guid), Names, Names, Addresses.Array[0, 2], Gen.UInt, Listeners.Array[0, 3], Pools.Array[0, 3],
        (uids, project, name, addresses, node, listeners, pools) =>
            new NodeBalancer(uids.Item1, project, name, uids.Item2, [.. addresses], node, [.. listeners], [.. pools]));

    internal static readonly Gen<NodeMemberKey> Keys = Gen.Select(Gen.Guid, Names, Gen.Guid, Gen.UShort,
        (balancer, pool, port, target) => new NodeMemberKey(balancer, pool, port, target));

    internal static readonly Gen<NodeHealth> Health = Gen.Select(Keys, Gen.Bool, Names, (key, healthy, message) => new NodeHealth(key, healthy, message));

    [Fact]
    public void Load_balancers_come_back_as_they_went() => Balancers.Sample(balancer =>
        Assert.Equal(balancer, BalancerRecords.ToModel(BalancerRecord.Parser.ParseFrom(BalancerRecords.ToRecord(balancer).ToByteArray()))));

    [Fact]
    public void Health_comes_back_as_it_went() => Health.Sample(health =>
        Assert.Equal(health, BalancerRecords.ToModel(HealthRecord.Parser.ParseFrom(BalancerRecords.ToRecord(health).ToByteArray()))));

    [Fact]
    public void Health_of_nobody_is_refused() =>
        Assert.Equal("balancer_uid", Assert.Throws<MalformedRecordException>(() => BalancerRecords.ToModel(new HealthRecord())).Field);

    [Fact]
    public void A_weight_beyond_all_bounds_is_refused()
    {
        var record = new BalancerRecord { Uid = WireBytes.Of(Guid.NewGuid()), NetworkUid = WireBytes.Of(Guid.NewGuid()) };
        record.Pools.Add(new PoolRecord());
        record.Pools[0].Members.Add(new MemberRecord { PortUid = WireBytes.Of(Guid.NewGuid()), Weight = 1 << 20 });

        Assert.Equal("weight", Assert.Throws<MalformedRecordException>(() => BalancerRecords.ToModel(record)).Field);
    }
}
