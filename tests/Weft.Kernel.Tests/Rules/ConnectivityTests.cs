using System.Net.Sockets;
using Weft.Model.State;
using Weft.Rules;
using static Weft.Tests.Rules.RuleWorld;

namespace Weft.Kernel.Tests.Rules;

/// <summary>Real connections between containers on two hosts, one by one, against what the rules mean.</summary>
public sealed class ConnectivityTests : IAsyncLifetime
{
    const RuleAction Allow = RuleAction.Allow;
    const int LeastCases = 300;
    const int MostFaults = 10;

    internal static readonly AddressFamily[] Families = [AddressFamily.InterNetwork, AddressFamily.InterNetworkV6];

    RuleSite _site = null!;

    public async ValueTask InitializeAsync() => _site = await RuleSite.StartAsync();

    public ValueTask DisposeAsync() => _site.DisposeAsync();

    [Fact]
    public async Task Every_connection_fares_as_the_rules_say_and_by_the_rule_that_decides()
    {
        SetRules();
        await _site.SettledAsync();
        var (fates, wrong) = (new SortedDictionary<string, int>(StringComparer.Ordinal), new List<string>());
        foreach (var (from, to) in Pairs())
        {
            foreach (var family in Families)
            {
                foreach (var traffic in Traffics(from, to, family))
                {
                    var (fate, fault) = wrong.Count < MostFaults ? Try(from, to, traffic, family) : ("not tried", null);
                    fates[fate] = fates.GetValueOrDefault(fate) + 1;
                    if (fault is not null)
                        wrong.Add($"{from} to {to}, {family}, {traffic}: {fault}");
                }
            }
        }
        TestContext.Current.TestOutputHelper!.WriteLine(string.Join(", ", fates.Select(fate => $"{fate.Value} {fate.Key}")));
        Assert.InRange(fates.Values.Sum(), LeastCases, int.MaxValue);
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }

    void SetRules()
    {
        _site.Mark("web", "role=web tier=1");
        _site.Mark("web2", "role=web");
        _site.Mark("db", "", "p/g");
        _site.Mark("log2", "", "p/h");
        _site.Mark("far2", "", "q/k");
        var (front, mgmt, other) = (_site.End("p/front"), _site.End("p/mgmt"), _site.End("q/other"));
        _site.Policy(
            "p/logs", ["p/mgmt"], 100,
            Rule(Allow, front, mgmt, 17, "514"),
            Rule(RuleAction.Reject, front, mgmt, 6, "22"),
            Rule(Allow, _site.End("p/front", labels: "role=web"), mgmt, 6, "80 8000-8100", log: true),
            Rule(Allow, front, mgmt, 1, direction: RuleDirection.BothWays),
            Rule(Allow, front, mgmt, 58, types: "128"),
            Rule(Allow, mgmt, _site.End("p/front", $"{_site.Members["web"].V4}/32"), 6, sourcePorts: "1-1023"),
            Rule(Allow, mgmt, _site.End("p/front", "fd00:1::/64", labels: "tier=1"), 17));
        _site.Policy(
            "p/first", ["p/front"], 50,
            Rule(RuleAction.Deny, front, _site.End("p/mgmt", $"{_site.Members["log2"].V4}/32"), 6, "8080"),
            Rule(Allow, _site.End(), mgmt, 47, direction: RuleDirection.BothWays));
        _site.Policy("p/far", ["p/front"], 100, Rule(Allow, front, other, direction: RuleDirection.BothWays));
        _site.Policy(
            "q/near", ["q/other"], 100,
            Rule(Allow, front, other, 6, "22-80"), Rule(RuleAction.Deny, front, other, 17, "514"), Rule(Allow, front, other, 17),
            Rule(Allow, other, front, 58), Rule(Allow, other, _site.End("p/front", group: "p/g"), 6));
        _site.Policy("p/alone", ["p/lone"], 100, Rule(Allow, _site.End("p/lone"), other));
        var any = RuleEndpoint.Any;
        _site.Group(
            "p/g", Rule(Allow, any, any, 6, "80", direction: RuleDirection.Ingress), Rule(Allow, any, any, 1, direction: RuleDirection.Ingress),
            Rule(Allow, _site.End(group: "q/k"), any, 6, direction: RuleDirection.Ingress), Rule(Allow, any, any, direction: RuleDirection.Egress));
        _site.Group(
            "p/h", Rule(Allow, _site.End(prefix: "10.1.0.0/24"), any, 17, direction: RuleDirection.Ingress),
            Rule(Allow, any, any, 6, direction: RuleDirection.Ingress) with { Family = AddressFamily.InterNetworkV6 },
            Rule(Allow, any, any, 47, direction: RuleDirection.Ingress), Rule(Allow, any, _site.End(group: "p/g"), 6, direction: RuleDirection.Egress));
        _site.Group(
            "q/k", Rule(Allow, any, any, 6, "0-79", direction: RuleDirection.Ingress), Rule(Allow, any, any, direction: RuleDirection.Egress));
    }

    IEnumerable<(string From, string To)> Pairs() =>
        from one in _site.Members.Keys from other in _site.Members.Keys where one != other select (one, other);

    static Traffic[] Traffics(string from, string to, AddressFamily family)
    {
        Traffic[] traffics =
        [
            Tcp(80, Probe.Fresh()), Tcp(22, Probe.Fresh()), Tcp(8080, Probe.Fresh()), Tcp(80, 1000),
            Udp(514, Probe.Fresh()), Udp(123, Probe.Fresh()), Echo(family),
        ];
        // Without ports the other way would be the answer: of each family one way.
        return string.CompareOrdinal(from, to) < 0 == (family == AddressFamily.InterNetwork) ? [.. traffics, new(47, 0, 0, 0)] : traffics;
    }

    internal static Traffic Echo(AddressFamily family) =>
        family == AddressFamily.InterNetwork ? new(1, 0, 0, 8) : new Traffic(58, 0, 0, 128);

    /// <summary>What became of it, and what is wrong with that; null: nothing.</summary>
    (string Fate, string? Fault) Try(string from, string to, Traffic traffic, AddressFamily family)
    {
        var decision = _site.Decide(from, to, traffic, family);
        var expected = decision.Verdict switch
        {
            Verdict.Allowed => Probe.Passed,
            Verdict.NoRoute => "NoRoute",
            _ => decision.Reason.ToString(),
        };
        var explained = _site.Explain(from, to, traffic, family);
        var named = explained.DecidingGate is { } gate ? explained.Gates[gate].Rule : null;
        if (explained.Verdict != decision.Verdict || (named?.Number, named?.Id) != (decision.Rule?.Set.Number, decision.Rule?.Id))
            return ("explained otherwise", explained.Summary);
        var before = CountOf(from, decision);
        var actual = Probe.Try(_site, from, to, traffic, family);
        if (actual != expected)
            return (actual, $"{actual}, not {expected}");
        return (actual, decision.Rule is { } rule && CountOf(from, decision) == before
            ? $"{actual}, but not by rule {rule.Id} of {rule.Set.Name}"
            : null);
    }

    ulong CountOf(string from, Decision decision) => decision.Rule is not { } rule ? 0
        : _site.Members[from].Agent.Runtime.Opened.Result.ReadRuleCounts()
            .GetValueOrDefault(new() { Policy = rule.Set.Number, Rule = rule.Id }).Packets;
}
