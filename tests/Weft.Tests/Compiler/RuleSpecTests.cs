using Weft.Compiler;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Tests.Compiler;

public sealed class RuleSpecTests
{
    static readonly Policy Owner = new() { Name = "p", Project = "a", Uid = Guid.NewGuid() };
    static readonly SecurityGroup Group = new() { Name = "g", Project = "a", Uid = Guid.NewGuid() };
    static readonly Network Own = new() { Name = "net", Project = "a", Uid = Guid.NewGuid(), Vni = 1 };
    static readonly Network Foreign = new() { Name = "net", Project = "b", Uid = Guid.NewGuid(), Vni = 2 };

    static readonly Snapshot Snapshot = Snapshot.Empty.With(
        [.. new Resource[] { Owner, Group, Own, Foreign }.Select(resource => new Change(ResourceKey.Of(resource), null, resource))], 1);

    [Fact]
    public void A_network_without_a_project_is_of_the_policys() =>
        Assert.Equal(Own.Uid, SpecOf(Allow with { From = new() { Network = "net" } }).From.Network);

    [Fact]
    public void A_network_of_another_project_is_named_with_it() =>
        Assert.Equal(Foreign.Uid, SpecOf(Allow with { From = new() { Network = "b/net" } }).From.Network);

    [Fact]
    public void Names_of_protocols_and_types_become_numbers()
    {
        var spec = SpecOf(Allow with { Protocol = "icmpv6", IcmpTypes = ["echo-request", "2"] });
        Assert.Equal((byte?)58, spec.Protocol);
        Assert.Equal([128, 2], spec.IcmpTypes);
    }

    [Theory]
    [InlineData(Policy.Deny, false, RuleAction.Deny)]
    [InlineData(Policy.Deny, true, RuleAction.Reject)]
    [InlineData(Policy.Allow, false, RuleAction.Allow)]
    public void An_action_and_its_politeness_are_one(string action, bool reject, RuleAction expected) =>
        Assert.Equal(expected, SpecOf(Allow with { Action = action, Reject = reject }).Action);

    [Fact]
    public void Labels_are_in_the_order_of_their_keys() => Assert.Equal(
        ["B", "a", "b"],
        SpecOf(Allow with { To = new() { Labels = new Dictionary<string, string> { ["b"] = "1", ["a"] = "2", ["B"] = "3" } } })
            .To.Labels.Select(label => label.Key));

    public static TheoryData<PolicyEndpoint> Ghosts => new(
        new PolicyEndpoint { Network = "ghost" },
        new PolicyEndpoint { Network = "c/net" },
        new PolicyEndpoint { Network = "net", SecurityGroup = "ghost" },
        new PolicyEndpoint { Network = "" });

    [Theory]
    [MemberData(nameof(Ghosts), DisableDiscoveryEnumeration = true)]
    public void An_endpoint_with_a_name_that_stands_for_nothing_holds_for_nobody(PolicyEndpoint endpoint) =>
        Assert.Equal(RuleEndpoint.Nobody, SpecOf(Allow with { To = endpoint }).To);

    public static TheoryData<PolicyRule> Nonsense =>
    [
        Allow with { Protocol = "tpc" },
        Allow with { Action = "" },
        Allow with { Action = "alow" },
        Allow with { Direction = "<-" },
        Allow with { Protocol = "icmp", IcmpTypes = ["packet-too-big"] },
        Allow with { IcmpTypes = ["echo-request"] },
        Allow with { Protocol = "tcp", Ports = [new(2, 1)] },
        Allow with { Protocol = "tcp", SourcePorts = [new(2, 1)] },
    ];

    [Theory]
    [MemberData(nameof(Nonsense), DisableDiscoveryEnumeration = true)]
    public void A_rule_that_is_not_understood_fits_nobody(PolicyRule rule)
    {
        var spec = SpecOf(rule);
        Assert.Equal((RuleEndpoint.Nobody, RuleEndpoint.Nobody), (spec.From, spec.To));
    }

    [Fact]
    public void The_remote_side_of_an_ingress_rule_is_where_it_comes_from()
    {
        var spec = RuleSpecs.Of(Group, new() { Id = 1, Direction = SecurityGroup.Ingress, RemoteGroup = "g" }, Snapshot).Spec;
        Assert.Equal((Group.Uid, (Guid?)null), (spec.From.Group, spec.To.Group));
    }

    [Fact]
    public void A_remote_group_that_is_not_there_is_nobody() => Assert.Equal(
        RuleEndpoint.Nobody,
        RuleSpecs.Of(Group, new() { Id = 1, Direction = SecurityGroup.Egress, RemoteGroup = "ghost" }, Snapshot).Spec.To);

    [Fact]
    public void A_port_with_a_group_that_is_not_there_stays_restricted() => Assert.Equal(
        [Guid.Empty],
        NodeRecords.Of(new() { Name = "x", Project = "a", Network = "net", SecurityGroups = ["ghost"] }, Own.Uid, 0, Snapshot).Groups);

    static PolicyRule Allow => new() { Id = 1, Action = Policy.Allow };

    static RuleSpec SpecOf(PolicyRule rule) => RuleSpecs.Of(Owner, rule, Snapshot).Spec;
}
