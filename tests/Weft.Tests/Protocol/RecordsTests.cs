using System.Collections.Immutable;
using System.Net;
using CsCheck;
using Google.Protobuf;
using Grpc.Core;
using Weft.Model.Addressing;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Protocol.Mapping;
using Weft.Protocol.V1;
using ModelFault = Weft.Model.Validation.Fault;

namespace Weft.Tests.Protocol;

public sealed class RecordsTests
{
    static readonly Gen<string> Names = Gen.String[Gen.Char['a', 'z'], 1, 20];
    static readonly Gen<IPAddress> Addresses =
        Gen.OneOf(Gen.Byte.Array[4], Gen.Byte.Array[16]).Select(bytes => new IPAddress(bytes));
    static readonly Gen<MacAddress> Macs = Gen.Byte.Array[6].Select(bytes => MacAddress.FromBytes(bytes));
    static readonly Gen<IPNetwork> Prefixes = Gen.Select(Addresses, Gen.Int[0, 128], (address, length) =>
        new IPNetwork(address, Math.Min(length, 8 * address.GetAddressBytes().Length)));
    internal static readonly Gen<Subnet> Subnets = Gen.Select(
        Prefixes, Gen.Null(Addresses), Gen.Select(Addresses, Addresses, (start, end) => new AddressRange(start, end)).List[0, 3],
        (prefix, gateway, pools) => new Subnet { Prefix = prefix, Gateway = gateway, Pools = pools });
    static readonly Gen<NodeNetwork> PlainNetworks = Gen.Select(
        Gen.Guid, Names, Names, Gen.UInt[1, 1 << 24], Subnets.Array[0, 4], Gen.Bool, Gen.Int[0, 65535], Gen.Long[1, long.MaxValue],
        (uid, project, name, vni, subnets, isInternal, mtu, revision) =>
            new NodeNetwork(uid, project, name, vni, [.. subnets], isInternal, mtu, revision));
    static readonly Gen<NodeNetwork> Networks = Gen.Select(PlainNetworks, OutsideGenerators.Gateways.Array[0, 3], (network, gateways) =>
        network with { Gateways = [.. gateways] });
    static readonly Gen<ImmutableArray<KeyValuePair<string, string>>> Labels = Gen.Dictionary(Names, Names)[0, 3].Select(labels =>
        labels.OrderBy(label => label.Key, StringComparer.Ordinal).ToImmutableArray());
    static readonly Gen<NodePort> PlainPorts = Gen.Select(
        Gen.Select(Gen.Guid, Gen.Guid), Names, Macs, Addresses.Array[0, 4], Gen.UInt,
        Names.Array[0, 3], Gen.Select(Gen.Null(Names), Gen.Null(Names)), Gen.Long[1, long.MaxValue],
        (uids, name, mac, addresses, node, aliases, words, revision) => new NodePort(
            uids.Item1, "default", name, uids.Item2, mac, [.. addresses], node, [.. aliases], words.Item1, words.Item2, revision));
    static readonly Gen<NodePort> Ports = Gen.Select(
        PlainPorts, Labels, Gen.Guid.Array[0, 3], OutsideGenerators.Mappings.Array[0, 3], (port, labels, groups, published) =>
            port with { Labels = labels, Groups = [.. groups], Published = [.. published] });
    static readonly Gen<NodePeer> Peers = Gen.Select(Gen.UInt, Names, Addresses, Gen.Int[0, 65535],
        (number, name, address, mtu) => new NodePeer(number, name, address, mtu));
    static readonly Gen<NodeDelta> PlainDeltas = Gen.Select(
        Networks.Array[0, 20], Ports.Array[0, 20], Peers.Array[0, 20], Gen.Guid.Array[0, 20], Gen.Guid.Array[0, 20], Gen.UInt.Array[0, 20],
        (networks, ports, peers, goneNetworks, gonePorts, gonePeers) => new NodeDelta(
            7, [.. networks], [.. ports], [.. peers], [.. goneNetworks], [.. gonePorts], [.. gonePeers]));
    static readonly Gen<NodeDelta> RuleDeltas = Gen.Select(
        PlainDeltas, RuleGenerators.Sets.Array[0, 10], RuleGenerators.Rules.Array[0, 20], Gen.Guid.Array[0, 10], RuleGenerators.Keys.Array[0, 20],
        (delta, sets, rules, goneSets, goneRules) => delta with
        {
            RuleSets = [.. sets],
            Rules = [.. rules],
            RemovedRuleSets = [.. goneSets],
            RemovedRules = [.. goneRules],
        });
    static readonly Gen<NodeDelta> BalancerDeltas = Gen.Select(
        RuleDeltas, BalancerRecordsTests.Balancers.Array[0, 5], BalancerRecordsTests.Health.Array[0, 10], Gen.Guid.Array[0, 5],
        BalancerRecordsTests.Keys.Array[0, 10], HttpGenerators.Certificates.Array[0, 3],
        (delta, balancers, health, goneBalancers, goneHealth, certificates) => delta with
        {
            Certificates = [.. certificates],
            RemovedCertificates = [.. goneBalancers],
            Balancers = [.. balancers],
            RemovedBalancers = [.. goneBalancers],
            Health = [.. health],
            RemovedHealth = [.. goneHealth],
        });
    static readonly Gen<NodeDelta> Deltas = Gen.Select(
        BalancerDeltas, OutsideGenerators.Externals(Subnets).Array[0, 10], OutsideGenerators.Floatings.Array[0, 20], Gen.Guid.Array[0, 10], Gen.Guid.Array[0, 20],
        (delta, externals, floatings, goneExternals, goneFloatings) => delta with
        {
            Externals = [.. externals],
            Floatings = [.. floatings],
            RemovedExternals = [.. goneExternals],
            RemovedFloatings = [.. goneFloatings],
        });

    [Fact]
    public void Networks_come_back_as_they_went() =>
        Networks.Sample(network => Assert.Equal(network, Records.ToModel(OverTheWire(Records.ToRecord(network), NetworkRecord.Parser))));

    [Fact]
    public void Ports_come_back_as_they_went() =>
        Ports.Sample(port => Assert.Equal(port, Records.ToModel(OverTheWire(Records.ToRecord(port), PortRecord.Parser))));

    [Fact]
    public void Peers_come_back_as_they_went() =>
        Peers.Sample(peer => Assert.Equal(peer, Records.ToModel(OverTheWire(Records.ToRecord(peer), PeerRecord.Parser))));

    [Fact]
    public void A_delta_in_parts_is_the_delta() =>
        Gen.Select(Deltas, Gen.Int[1, 30]).Sample((delta, size) =>
        {
            var updates = NodeUpdates.Split(delta, size).Select(update => OverTheWire(update, NodeUpdate.Parser)).ToList();
            Assert.All(updates, update => Assert.InRange(update.Upserts.Count + update.Removes.Count, 0, size));
            Assert.All(updates[..^1], update => Assert.False(update.InSync));
            Assert.True(updates[^1].InSync);
            var parts = updates.Select(NodeUpdates.ToDelta).ToList();
            Assert.All(parts, part => Assert.Equal(delta.Revision, part.Revision));
            AssertJoined(delta.Networks, parts.Select(part => part.Networks));
            AssertJoined(delta.Ports, parts.Select(part => part.Ports));
            AssertJoined(delta.Peers, parts.Select(part => part.Peers));
            AssertJoined(delta.RemovedNetworks, parts.Select(part => part.RemovedNetworks));
            AssertJoined(delta.RemovedPorts, parts.Select(part => part.RemovedPorts));
            AssertJoined(delta.RemovedPeers, parts.Select(part => part.RemovedPeers));
            AssertJoined(delta.RuleSets, parts.Select(part => part.RuleSets));
            AssertJoined(delta.Rules, parts.Select(part => part.Rules));
            AssertJoined(delta.RemovedRuleSets, parts.Select(part => part.RemovedRuleSets));
            AssertJoined(delta.RemovedRules, parts.Select(part => part.RemovedRules));
            AssertJoined(delta.Externals, parts.Select(part => part.Externals));
            AssertJoined(delta.Floatings, parts.Select(part => part.Floatings));
            AssertJoined(delta.RemovedExternals, parts.Select(part => part.RemovedExternals));
            AssertJoined(delta.RemovedFloatings, parts.Select(part => part.RemovedFloatings));
            AssertJoined(delta.Balancers, parts.Select(part => part.Balancers));
            AssertJoined(delta.RemovedBalancers, parts.Select(part => part.RemovedBalancers));
            AssertJoined(delta.Certificates, parts.Select(part => part.Certificates));
            AssertJoined(delta.RemovedCertificates, parts.Select(part => part.RemovedCertificates));
            AssertJoined(delta.Health, parts.Select(part => part.Health));
            AssertJoined(delta.RemovedHealth, parts.Select(part => part.RemovedHealth));
        }, iter: 300);

    [Theory]
    [InlineData(0, 24)]
    [InlineData(3, 24)]
    [InlineData(5, 24)]
    [InlineData(17, 64)]
    [InlineData(4, 33)]
    [InlineData(16, 129)]
    public void A_prefix_of_the_wrong_size_is_refused(int bytes, uint length)
    {
        var record = new SubnetRecord { Prefix = ByteString.CopyFrom(new byte[bytes]), PrefixLength = length };
        Assert.Equal("prefix", Assert.Throws<MalformedRecordException>(() => Records.ToModel(record)).Field);
    }

    [Fact]
    public void A_prefix_with_host_bits_is_refused()
    {
        var record = new SubnetRecord { Prefix = ByteString.CopyFrom(10, 0, 0, 1), PrefixLength = 24 };
        Assert.Contains("10.0.0.1/24", Assert.Throws<MalformedRecordException>(() => Records.ToModel(record)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("uid")]
    [InlineData("network_uid")]
    [InlineData("mac")]
    [InlineData("addresses")]
    [InlineData("group_uids")]
    public void A_port_with_a_field_of_the_wrong_length_is_refused(string field)
    {
        var record = Records.ToRecord(new NodePort(
            Guid.NewGuid(), "default", "p", Guid.NewGuid(), new MacAddress(2), [IPAddress.Loopback], 1, [], null, null, 1));
        var wrong = ByteString.CopyFrom(new byte[7]);
        switch (field)
        {
            case "uid": record.Uid = wrong; break;
            case "network_uid": record.NetworkUid = wrong; break;
            case "mac": record.Mac = wrong; break;
            case "addresses": record.Addresses.Add(wrong); break;
            case "group_uids": record.GroupUids.Add(wrong); break;
        }
        Assert.Equal(field, Assert.Throws<MalformedRecordException>(() => Records.ToModel(record)).Field);
    }

    [Fact]
    public void Faults_travel_in_the_trailer()
    {
        ModelFault[] faults = [new("subnets[0].prefix", "overlaps 10.0.0.0/8 of network a"), new("", "no")];
        var exception = FaultTrailer.ToException(StatusCode.InvalidArgument, faults);
        Assert.Equal(StatusCode.InvalidArgument, exception.StatusCode);
        Assert.Contains("subnets[0].prefix: overlaps", exception.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(faults, FaultTrailer.Read(exception));
    }

    [Fact]
    public void Without_a_readable_trailer_the_status_is_the_fault()
    {
        var plain = new RpcException(new(StatusCode.Unavailable, "away"));
        var garbled = new RpcException(new(StatusCode.Internal, "odd"), new Metadata { { FaultTrailer.Name, [0xff, 0xff] } });
        Assert.Equal([new ModelFault("", "away")], FaultTrailer.Read(plain));
        Assert.Equal([new ModelFault("", "odd")], FaultTrailer.Read(garbled));
    }

    static T OverTheWire<T>(T message, MessageParser<T> parser) where T : IMessage<T> =>
        parser.ParseFrom(message.ToByteArray());

    static void AssertJoined<T>(ImmutableArray<T> whole, IEnumerable<ImmutableArray<T>> parts) =>
        Assert.Equal(whole, parts.SelectMany(part => part));
}
