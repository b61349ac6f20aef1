using System.Diagnostics;
using CsCheck;
using Weft.Model.State;
using Weft.Rules;
using Weft.Rules.Linting;
using static Weft.Tests.Rules.RuleWorld;

namespace Weft.Tests.Rules;

public sealed class LinterTests(ITestOutputHelper output)
{
    const RuleAction Allow = RuleAction.Allow;
    const RuleAction Deny = RuleAction.Deny;

    readonly RuleWorld _world = World();

    static RuleWorld World()
    {
        var world = new RuleWorld();
        world.Network("p/a", "10.0.0.0/24", "fd00::/64");
        world.Network("p/b", "10.1.0.0/24");
        world.Network("q/c", "10.2.0.0/24");
        world.Port("web", "p/a", "10.0.0.1", "role=web");
        world.Port("db", "p/b", "10.1.0.1", groups: "p/g");
        world.Group("p/g", Rule(Allow, RuleEndpoint.Any, RuleEndpoint.Any, direction: RuleDirection.Ingress));
        return world;
    }

    [Fact]
    public void What_is_meant_well_is_not_doubted() => Expect(
        [], Rule(Deny, End("p/a"), End("p/b"), 6, "22"), Rule(Allow, End("p/a", "10.0.0.0/25", labels: "role=web"), End("p/b", group: "p/g"), 6));

    [Fact]
    public void A_policy_without_networks_is_asked_by_nobody()
    {
        _world.Policy("p/x", "", 100, Rule(Allow, End("p/a"), End("p/b")));
        Assert.Equal([("networks", RuleWarningCode.NoEffect)], Warnings("p/x"));
    }

    [Fact]
    public void A_rule_inside_one_network_has_no_effect() => Expect(
        [("rules[0]", RuleWarningCode.NoEffect)], Rule(Allow, End("p/a"), End("p/a")), Rule(Allow, End("p/a"), End("p/b")));

    [Fact]
    public void Ends_that_both_mean_the_only_network_have_no_effect() => Expect(
        [("rules[0]", RuleWarningCode.NoEffect)], Rule(Allow, End(), End()), Rule(Allow, End(), End("p/b")));

    [Fact]
    public void A_rule_about_networks_that_the_policy_is_not_attached_to_has_no_effect()
    {
        _world.Network("p/d");
        Expect([("rules[0]", RuleWarningCode.NoEffect)], Rule(Allow, End("p/b"), End("p/d")));
    }

    [Fact]
    public void A_label_that_no_port_has_is_doubted() => Expect(
        [("rules[0].from", RuleWarningCode.NoEffect)], Rule(Allow, End("p/a", labels: "role=cache"), End("p/b")));

    [Fact]
    public void A_group_that_no_port_of_the_network_has_is_doubted() => Expect(
        [("rules[0].from", RuleWarningCode.NoEffect)], Rule(Allow, End("p/a", group: "p/g"), End("p/b")));

    [Fact]
    public void A_prefix_that_is_not_the_networks_is_doubted() => Expect(
        [("rules[0].to", RuleWarningCode.NoEffect)], Rule(Allow, End("p/a"), End("p/b", "10.0.0.0/24")));

    [Fact]
    public void A_deny_before_nothing_that_allows_has_no_effect() => Expect(
        [("rules[1]", RuleWarningCode.NoEffect)], Rule(Allow, End("p/a"), End("p/b"), 6), Rule(Deny, End("p/a"), End("p/b"), 17));

    [Fact]
    public void A_deny_that_tells_the_sender_or_the_log_has_an_effect() => Expect(
        [], Rule(RuleAction.Reject, End("p/a"), End("p/b"), 17), Rule(Deny, End("p/a"), End("p/b"), 6, log: true));

    [Fact]
    public void A_rule_behind_a_wider_one_is_shadowed() => Expect(
        [("rules[1]", RuleWarningCode.Shadowed)],
        Rule(Allow, End("p/a"), End("p/b"), 6, "80-443"), Rule(Deny, End("p/a", "10.0.0.1/32"), End("p/b"), 6, "100 443"),
        Rule(Allow, End("p/a"), End("p/b"), 6, "443-444"));

    [Fact]
    public void A_rule_of_a_policy_that_is_asked_later_is_shadowed_too()
    {
        _world.Policy("p/first", "p/b", 1, Rule(Deny, End("p/a"), End("p/b")));
        Expect([("rules[0]", RuleWarningCode.Shadowed)], Rule(Allow, End("p/a", labels: "role=web"), End("p/b")));
        Assert.Contains("rules[0] of policy first", Of("p/x")[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_other_project_does_not_allow_is_one_sided() => Expect(
        [("rules[0]", RuleWarningCode.OneSided)], Rule(Allow, End("p/a"), End("q/c"), 6, "80"), Rule(Allow, End("p/a"), End("q/c"), 6, "81"));

    [Fact]
    public void What_both_projects_allow_is_not_one_sided()
    {
        _world.Policy("q/y", "q/c", 100, Rule(Allow, End("p/a"), End("q/c"), 6, "80"));
        Expect([], Rule(Allow, End("p/a"), End("q/c"), 6, "80"));
    }

    [Fact]
    public void A_deny_towards_outside_has_an_effect_without_an_allow()
    {
        Outside("p/a");
        Expect([], Rule(Deny, End("p/a"), End("lab", "192.0.2.0/24"), 6, "25"), Rule(Deny, End("lab"), End(), 6, "22"));
    }

    [Fact]
    public void A_rule_about_an_external_network_that_there_is_no_way_to_has_no_effect()
    {
        Outside();
        Expect([("rules[0]", RuleWarningCode.NoEffect)], Rule(Allow, End("lab"), End(), 6, "80"));
        Assert.Contains("give the network an external gateway", Of("p/x")[0].Message, StringComparison.Ordinal);
        _world.Publish("web", 8080, 80);
        Expect([], Rule(Allow, End("lab"), End(), 6, "80"));
    }

    [Fact]
    public void Nobody_outside_has_a_label()
    {
        Outside("p/a");
        Expect([("rules[0].to", RuleWarningCode.NoEffect)], Rule(Deny, End("p/a"), End("lab", labels: "role=web")));
    }

    [Fact]
    public void A_rule_about_outside_behind_a_wider_one_is_shadowed()
    {
        Outside("p/a");
        Expect(
            [("rules[1]", RuleWarningCode.Shadowed)],
            Rule(Deny, End("p/a"), End("lab", "192.0.2.0/24")), Rule(Allow, End("p/a"), End("lab", "192.0.2.1/32"), 6, "80"));
    }

    [Fact]
    public void A_group_that_no_port_has_is_doubted_whole()
    {
        _world.Group("p/idle", Rule(Allow, End(group: "p/idle"), RuleEndpoint.Any, direction: RuleDirection.Ingress));
        Assert.Equal([("", RuleWarningCode.NoEffect), ("rules[0].remoteGroup", RuleWarningCode.NoEffect)], Warnings("p/idle"));
    }

    [Fact]
    public void A_rule_of_a_group_that_another_covers_is_shadowed()
    {
        _world.Group(
            "p/g", Rule(Allow, RuleEndpoint.Any, RuleEndpoint.Any, 6, direction: RuleDirection.Ingress),
            Rule(Allow, End(prefix: "10.0.0.0/8"), RuleEndpoint.Any, 6, "80", direction: RuleDirection.Ingress));
        Assert.Equal([("rules[1]", RuleWarningCode.Shadowed)], Warnings("p/g"));
    }

    [Fact]
    public void What_is_said_to_do_nothing_can_go_without_a_difference() =>
        Gen.Select(RandomRules.Histories, RandomRules.Packets.Array[6]).Sample((history, packets) =>
        {
            var random = RandomRules.After(history);
            var world = random.World;
            var before = world.Input();
            var context = new LintContext(before.Book, before.Networks, before.Ports.Values, before.Externals, before.Floatings.Values);
            foreach (var set in before.Book.Sets.Values)
            {
                foreach (var warning in Linter.Lint(set, context).Where(warning => warning.Code is RuleWarningCode.NoEffect or RuleWarningCode.Shadowed))
                {
                    if (!warning.Path.StartsWith("rules[", StringComparison.Ordinal))
                        continue;
                    var position = int.Parse(warning.Path[6..warning.Path.IndexOf(']', StringComparison.Ordinal)]);
                    var without = set.Record with { Order = set.Record.Order.RemoveAt(position) };
                    AssertSameVerdicts(
                        before, RuleBook.Of(world.Sets.SetItem(set.Uid, without).Values, world.Rules.Values), packets, $"{set.Record.Name}: {warning}");
                }
            }
        }, iter: 80);

    [Fact]
    public void Ten_thousand_rules_are_looked_at_in_a_moment()
    {
        _world.Policy("p/x", "p/a p/b", 100, [.. Enumerable.Range(0, 10_000).Select(i => i == 9_999
            ? Rule(Allow, End("p/a"), End("p/b"))
            : Rule(i % 2 == 0 ? Allow : Deny, End("p/a", $"10.0.0.{i & 127}/32"), End("p/b"), 6, $"{i * 6 + 1}-{i * 6 + 3}"))]);
        var (book, networks, ports) = (_world.Book, _world.Networks, _world.Ports.Values);
        var watch = Stopwatch.StartNew();
        var warnings = Linter.Lint(book.Sets[_world.Uid("p/x")], new(book, networks, ports));
        output.WriteLine($"10,000 rules without a doubt: {watch.ElapsedMilliseconds} ms");
        Assert.Empty(warnings);
    }

    [Fact]
    public void A_flood_of_warnings_ends_with_saying_so()
    {
        _world.Policy("p/x", "p/a", 100, [.. Enumerable.Range(0, 1_000).Select(_ => Rule(Allow, End("p/a"), End("p/a")))]);
        Assert.Equal(RuleWarningCode.NotAllSeen, Of("p/x")[Linter.MostWarnings].Code);
    }

    static void AssertSameVerdicts(Weft.Rules.Tables.RuleInput before, RuleBook after, Traffic[] packets, string warning)
    {
        var parties = Everybody(before).ToList();
        foreach (var one in parties)
        {
            foreach (var other in parties.Where(other => !one.IsOutside || !other.IsOutside))
            {
                foreach (var packet in packets)
                {
                    Assert.True(
                        (Decide(before, one, other, packet).Verdict == Verdict.Allowed)
                            == (Decide(before with { Book = after }, one, other, packet).Verdict == Verdict.Allowed),
                        warning);
                }
            }
        }
    }

    RuleEndpoint End(string? network = null, string? prefix = null, string? group = null, string labels = "") =>
        _world.End(network, prefix, group, labels);

    void Outside(params string[] networks)
    {
        _world.External("lab", isDefault: true);
        foreach (var network in networks)
            _world.Gateways(network, "lab");
    }

    void Expect((string, RuleWarningCode)[] warnings, params RuleSpec[] rules)
    {
        _world.Policy("p/x", "p/a", 100, rules);
        Assert.Equal(warnings, Warnings("p/x"));
    }

    static IEnumerable<Party> Everybody(Weft.Rules.Tables.RuleInput input) => input.Ports.Values
        .Where(port => input.Networks.ContainsKey(port.Network))
        .Select(port => Party(input, port, port.Addresses[0]))
        .Concat(input.Externals.Keys.SelectMany(external => RandomRules.OutsideAddresses.Select(address => Weft.Rules.Party.Outside(external, address))));

    IEnumerable<(string, RuleWarningCode)> Warnings(string set) => Of(set).Select(warning => (warning.Path, warning.Code));

    System.Collections.Immutable.ImmutableArray<RuleWarning> Of(string set)
    {
        var book = _world.Book;
        return Linter.Lint(book.Sets[_world.Uid(set)], new(book, _world.Networks, _world.Ports.Values, _world.Externals));
    }
}
