using CsCheck;
using Google.Protobuf;
using Weft.Model.State;
using Weft.Protocol.Mapping;
using Weft.Protocol.V1;

namespace Weft.Tests.Protocol;

public sealed class RuleRecordsTests
{
    [Fact]
    public void Rules_come_back_as_they_went() => RuleGenerators.Rules.Sample(rule =>
        Assert.Equal(rule, RuleRecords.ToModel(RuleRecord.Parser.ParseFrom(RuleRecords.ToRecord(rule).ToByteArray()))));

    [Fact]
    public void Rule_sets_come_back_as_they_went() => RuleGenerators.Sets.Sample(set =>
        Assert.Equal(set, RuleRecords.ToModel(RuleSetRecord.Parser.ParseFrom(RuleRecords.ToRecord(set).ToByteArray()))));

    [Fact]
    public void The_endpoint_that_holds_for_nobody_does_not_come_back_as_any()
    {
        var rule = new NodeRule(default, new(
            RuleAction.Allow, RuleDirection.OneWay, null, RuleEndpoint.Nobody, RuleEndpoint.Any, [], [], [], null, false));
        Assert.Equal(RuleEndpoint.Nobody, RuleRecords.ToModel(RuleRecords.ToRecord(rule)).Spec.From);
    }

    public static TheoryData<string, Action<RuleRecord>> Spoilers => new()
    {
        { "key", record => record.Key = null },
        { "rule_set_uid", record => record.Key.RuleSetUid = ByteString.CopyFrom(1, 2, 3) },
        { "action", record => record.Action = 0 },
        { "action", record => record.Action = (RuleRecord.Types.Action)77 },
        { "direction", record => record.Direction = 0 },
        { "direction", record => record.Direction = (RuleRecord.Types.Direction)77 },
        { "family", record => record.Family = (RuleRecord.Types.Family)77 },
        { "protocol", record => record.Protocol = 256 },
        { "ports", record => record.Ports.Add(new PortRangeRecord { First = 2, Last = 1 }) },
        { "ports", record => record.Ports.Add(new PortRangeRecord { First = 65536, Last = 65537 }) },
        { "source_ports", record => record.SourcePorts.Add(new PortRangeRecord { First = 1, Last = 65536 }) },
        { "network_uid", record => record.From = new() { NetworkUid = ByteString.CopyFrom(1) } },
        { "group_uid", record => record.To = new() { GroupUid = ByteString.CopyFrom(1) } },
        { "prefix", record => record.To = new() { Prefix = ByteString.CopyFrom(10, 0, 0, 1), PrefixLength = 24 } },
    };

    [Theory]
    [MemberData(nameof(Spoilers), DisableDiscoveryEnumeration = true)]
    public void A_rule_that_cannot_be_is_refused(string field, Action<RuleRecord> spoil)
    {
        var record = new RuleRecord
        {
            Key = new() { RuleSetUid = WireBytes.Of(Guid.NewGuid()), Id = 1 },
            Action = RuleRecord.Types.Action.Allow,
            Direction = RuleRecord.Types.Direction.OneWay,
        };
        Assert.NotNull(RuleRecords.ToModel(record));
        spoil(record);
        Assert.Equal(field, Assert.Throws<MalformedRecordException>(() => RuleRecords.ToModel(record)).Field);
    }

    [Fact]
    public void A_rule_set_with_a_network_of_the_wrong_length_is_refused()
    {
        var record = new RuleSetRecord { Uid = WireBytes.Of(Guid.NewGuid()) };
        record.NetworkUids.Add(ByteString.CopyFrom(1, 2));
        Assert.Equal("network_uids", Assert.Throws<MalformedRecordException>(() => RuleRecords.ToModel(record)).Field);
    }

    [Fact]
    public void A_router_comes_behind_every_policy() =>
        Assert.Equal(65536, RuleRecords.ToModel(new RuleSetRecord { Uid = WireBytes.Of(Guid.NewGuid()), Priority = 65536 }).Priority);

    [Fact]
    public void A_priority_above_its_range_is_refused()
    {
        var record = new RuleSetRecord { Uid = WireBytes.Of(Guid.NewGuid()), Priority = 65537 };
        Assert.Equal("priority", Assert.Throws<MalformedRecordException>(() => RuleRecords.ToModel(record)).Field);
    }

    [Fact]
    public void Large_records_make_more_messages_and_no_larger_ones()
    {
        var order = Enumerable.Range(1, 100_000).Select(id => (uint)id).ToArray();
        var delta = NodeDelta.None(1) with
        {
            RuleSets = [.. Enumerable.Range(0, 50).Select(i => new NodeRuleSet(Guid.NewGuid(), false, "default", $"p{i}", 1, 1, [], [.. order]))],
        };
        var updates = NodeUpdates.Split(delta, 500).ToList();
        Assert.Equal(50, updates.Sum(update => update.Upserts.Count));
        Assert.All(updates, update => Assert.InRange(update.CalculateSize(), 0, 2 << 20));
    }
}
