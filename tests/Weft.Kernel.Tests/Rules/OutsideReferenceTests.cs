using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Weft.Agent.Desired;
using Weft.Dataplane;
using Weft.Dataplane.Abi;
using Weft.Kernel.Tests.Packets;
using Weft.Model.Addressing;
using Weft.Model.State;
using Weft.Rules;
using Weft.Tests.Rules;
using RuleWorld = Weft.Tests.Rules.RuleWorld;

namespace Weft.Kernel.Tests.Rules;

/// <summary>The eBPF programs against what the rules mean about the outside: random worlds that change, random packets, test runs.</summary>
public sealed class OutsideReferenceTests
{
    const uint Here = 1, There = 2, FirstIfindex = 11, Fabric = 30, FirstUplink = 40;
    const string Router = "02:00:00:00:99:01", UplinkMac = "02:00:00:00:99:02";
    const int PacketsEach = 4;
    const ushort PublishedPort = 8080, TargetPort = 80;

    static readonly IPAddress[] s_own = [IPAddress.Parse("198.51.100.10"), IPAddress.Parse("2001:db8:51::10")];

    // Not in the networks, but some in prefixes that rules use.
    static readonly IPAddress[] s_outside = [.. ((string[])["10.200.0.1", "192.168.1.1", "8.8.8.8", "fd00:9::1", "2001:db8::1"]).Select(IPAddress.Parse)];

    readonly Lock _lock = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void The_programs_decide_as_the_rules_mean(int seed)
    {
        using var node = new TestVrouter(ifindexes: [.. Enumerable.Range(0, 7).Select(i => FirstIfindex + (uint)i), Fabric, FirstUplink, FirstUplink + 1]);
        using var tables = new VrouterTables(node, _lock);
        var (random, world, records) = (new Random(seed), new RandomRules((uint)seed), new DesiredRecords());
        lock (_lock)
            tables.MarkInSync_NeedsLock();
        var verdicts = new Dictionary<string, int>();
        for (var round = 0; round < 40; round++)
        {
            records.Update(InputOf(world.World));
            ReferenceTests.PushAll(records, tables);
            lock (_lock)
                Assert.Empty(tables.Apply_NeedsLock().Failures);
            foreach (var (way, expected, outcome, what) in Outwards(node, world.World, random).Concat(Inwards(node, world.World, random)))
            {
                Assert.True(expected == outcome, $"{way} {what}: {outcome}, not {expected}");
                verdicts[$"{way} {expected}"] = verdicts.GetValueOrDefault($"{way} {expected}") + 1;
                foreach (var flow in node.Flows.ReadAll().ToList())
                    node.Flows.Remove(flow.Key);
            }
            if (round % 4 == 3)
                world = new RandomRules((uint)random.Next(1_000_000));
            for (var i = 0; i < 8; i++)
                world.Apply((uint)random.Next(1_000_000));
        }
        TestContext.Current.TestOutputHelper!.WriteLine(string.Join(", ", verdicts.OrderBy(pair => pair.Key).Select(pair => $"{pair.Value} {pair.Key}")));
        Assert.True(verdicts.Count >= 4, "too little was decided to show anything");
    }

    static IEnumerable<(string Way, DropReason Expected, DropReason Outcome, string What)> Outwards(TestVrouter node, RuleWorld world, Random random)
    {
        var input = world.Input();
        foreach (var from in ReferenceTests.Usable(world).Where(port => port.NodeNumber == Here))
        {
            if (world.Networks[from.Network].Gateways is not [var first, ..] || !world.Externals.ContainsKey(first.External))
                continue;
            foreach (var (source, destination) in Pairs(from))
            {
                var traffic = TrafficOf(random, source.AddressFamily);
                var decision = RuleWorld.Decide(input, RuleWorld.Party(input, from, source), Party.Outside(first.External, destination), traffic);
                var outcome = node.Run("from_port", ReferenceTests.IfindexOf(from), ReferenceTests.FrameOf(World.Gateway, source, destination, traffic));
                yield return ("out", Expected(decision), outcome.Reason, $"{from.Name} {source} to {destination}, {traffic} by {decision.Rule}");
            }
        }
    }

    static IEnumerable<(string Way, DropReason Expected, DropReason Outcome, string What)> Inwards(TestVrouter node, RuleWorld world, Random random)
    {
        var input = world.Input();
        var usable = ReferenceTests.Usable(world);
        foreach (var external in world.Externals.Values)
        {
            var publishing = world.Ports.Values.Where(port => port.NodeNumber == Here && !port.Published.IsDefaultOrEmpty).ToList();
            if (external.Default && publishing is [var only] && usable.Contains(only))
            {
                foreach (var (inside, outside) in Pairs(only))
                {
                    var own = s_own.First(address => address.AddressFamily == inside.AddressFamily);
                    var decision = RuleWorld.Decide(
                        input, Party.Outside(external.Uid, outside), RuleWorld.Party(input, only, inside), new(6, 40000, TargetPort, 0), published: true);
                    var outcome = node.Run("from_uplink", UplinkOf(world, external), ReferenceTests.FrameOf(UplinkMac, outside, own, new(6, 40000, PublishedPort, 0)));
                    yield return ("published", Expected(decision), outcome.Reason, $"{outside} to {only.Name} {inside} by {decision.Rule}");
                }
            }
            foreach (var one in world.Floatings.Values.Where(floating => floating.External == external.Uid && floating.NodeNumber == Here))
            {
                if (usable.Find(port => port.Network == one.Network && port.Addresses.Contains(one.Target)) is not { } target
                    || !(target.NodeNumber == Here || target.NodeNumber == There && one.Balancer is not null))
                    continue;
                foreach (var outside in s_outside.Where(address => address.AddressFamily == one.Address.AddressFamily).SelectMany(each => Enumerable.Repeat(each, PacketsEach)))
                {
                    var traffic = TrafficOf(random, outside.AddressFamily);
                    var decision = RuleWorld.Decide(input, Party.Outside(external.Uid, outside), RuleWorld.Party(input, target, one.Target), traffic);
                    var outcome = node.Run("from_uplink", UplinkOf(world, external), ReferenceTests.FrameOf(UplinkMac, outside, one.Address, traffic));
                    yield return (target.NodeNumber == Here ? "floating" : "sent on", Expected(decision), outcome.Reason, $"{outside} to {target.Name}, {traffic} by {decision.Rule}");
                }
            }
        }
    }

    static DropReason Expected(Decision decision) =>
        decision.Verdict == Weft.Rules.Verdict.Allowed ? DropReason.None : Enum.Parse<DropReason>(decision.Reason.ToString());

    static IEnumerable<(IPAddress Inside, IPAddress Outside)> Pairs(NodePort port) => port.Addresses.SelectMany(inside => s_outside
        .Where(outside => outside.AddressFamily == inside.AddressFamily).SelectMany(outside => Enumerable.Repeat((inside, outside), PacketsEach)));

    /// <summary>Only what an address can be shared for.</summary>
    static Traffic TrafficOf(Random random, AddressFamily family)
    {
        while (true)
        {
            var traffic = ReferenceTests.TrafficOf(random, family);
            if (traffic.Protocol is 1 or 58 || traffic.Protocol is 6 or 17 && traffic is { SourcePort: > 0, DestinationPort: > 0 })
                return traffic;
        }
    }

    static uint UplinkOf(RuleWorld world, NodeExternal external) => FirstUplink + (external.Uid == world.Uid("out") ? 0u : 1u);

    static DesiredInput InputOf(RuleWorld world)
    {
        var input = ReferenceTests.InputOf(world);
        return input with
        {
            State = input.State with { Externals = world.Externals, Floatings = world.Floatings },
            Outside = new(
                world.Externals.Values.ToImmutableDictionary(external => external.Uid, external => new UplinkFacts(
                    external.Name, (int)UplinkOf(world, external), MacAddress.Parse(UplinkMac), 1500,
                    [new(s_own[0], 24), new(s_own[1], 64)])),
                new(1024, 32767), AnswersFloating: true),
        };
    }
}
