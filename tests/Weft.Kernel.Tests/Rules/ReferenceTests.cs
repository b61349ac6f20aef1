using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Weft.Agent.Desired;
using Weft.Dataplane;
using Weft.Dataplane.Abi;
using Weft.Kernel.Tests.Packets;
using Weft.Model.State;
using Weft.Rules;
using Weft.Tests.Rules;
using RuleWorld = Weft.Tests.Rules.RuleWorld;

namespace Weft.Kernel.Tests.Rules;

/// <summary>The eBPF programs against what the rules mean: random worlds that change, random packets, test runs.</summary>
public sealed class ReferenceTests
{
    const uint Here = 1, There = 2, FirstIfindex = 11, Fabric = 30;
    const int Ports = 7;
    const int PacketsEach = 6;
    const string Nobody = "00:00:00:00:00:00";

    readonly Lock _lock = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void The_programs_decide_as_the_rules_mean(int seed)
    {
        using var node = new TestVrouter(ifindexes: [.. Enumerable.Range(0, Ports).Select(i => FirstIfindex + (uint)i), Fabric]);
        using var tables = new VrouterTables(node, _lock);
        var (random, world, records) = (new Random(seed), new RandomRules((uint)seed), new DesiredRecords());
        lock (_lock)
            tables.MarkInSync_NeedsLock();
        var (verdicts, runs) = (new Dictionary<string, int>(), 0);
        for (var round = 0; round < 20; round++)
        {
            var input = InputOf(world.World);
            records.Update(input);
            Apply(records, tables);
            foreach (var verdict in Run(node, world.World, random))
            {
                runs++;
                verdicts[verdict] = verdicts.GetValueOrDefault(verdict) + 1;
            }
            // A world that changes for long gets empty; then another takes its place, which is a change too.
            if (round % 4 == 3)
                world = new RandomRules((uint)random.Next(1_000_000));
            for (var i = 0; i < 4; i++)
                world.Apply((uint)random.Next(1_000_000));
        }
        TestContext.Current.TestOutputHelper!.WriteLine($"{runs} packets: {string.Join(", ", verdicts.Select(pair => $"{pair.Value} {pair.Key}"))}");
    }

    static IEnumerable<string> Run(TestVrouter node, RuleWorld world, Random random)
    {
        var input = world.Input();
        foreach (var from in Usable(world).Where(port => port.NodeNumber == Here))
        {
            foreach (var to in Usable(world).Where(port => port.Uid != from.Uid))
            {
                foreach (var source in from.Addresses)
                {
                    foreach (var destination in to.Addresses.Where(address => address.AddressFamily == source.AddressFamily).SelectMany(each => Enumerable.Repeat(each, PacketsEach)))
                    {
                        var traffic = TrafficOf(random, source.AddressFamily);
                        var decision = RuleWorld.Decide(
                            input, RuleWorld.Party(input, from, source), RuleWorld.Party(input, to, destination), traffic);
                        var expected = to.NodeNumber is not (Here or There) || decision.Verdict == Weft.Rules.Verdict.NoRoute ? DropReason.NoRoute
                            : decision.Verdict == Weft.Rules.Verdict.Allowed ? DropReason.None
                            : Enum.Parse<DropReason>(decision.Reason.ToString());
                        var outcome = node.Run("from_port", IfindexOf(from), FrameOf(source, destination, traffic));
                        Assert.True(
                            expected == outcome.Reason,
                            $"{from.Name} {source} to {to.Name} {destination}, {traffic}: {outcome.Reason}, not {expected} by {decision.Rule}");
                        foreach (var flow in node.Flows.ReadAll().ToList())
                        {
                            if (expected == DropReason.None)
                                Assert.Equal((decision.Rule?.Set.Number ?? 0, decision.Rule?.Id ?? 0), (flow.Value.Policy, flow.Value.Rule));
                            node.Flows.Remove(flow.Key);
                        }
                        yield return expected.ToString();
                    }
                }
            }
        }
    }

    /// <summary>Ports in networks that exist, whose addresses no other port of their network has.</summary>
    internal static List<NodePort> Usable(RuleWorld world) =>
    [
        .. world.Ports.Values.Where(port => world.Networks.ContainsKey(port.Network)
            && world.Ports.Values.Count(other => other.Network == port.Network && other.Addresses.Intersect(port.Addresses).Any()) == 1),
    ];

    internal static Traffic TrafficOf(Random random, AddressFamily family)
    {
        ushort[] ports = [0, 22, 79, 80, 81, 443, 1023, 1024, 65535, (ushort)random.Next(65536)];
        var (source, destination) = (ports[random.Next(ports.Length)], ports[random.Next(ports.Length)]);
        return random.Next(6) switch
        {
            0 or 1 => new(6, source, destination, 0),
            2 or 3 => new(17, source, destination, 0),
            4 => family == AddressFamily.InterNetwork ? new(1, 0, 0, 8) : new Traffic(58, 0, 0, 128),
            _ => new(random.Next(2) == 0 ? (byte)47 : (byte)99, 0, 0, 0),
        };
    }

    static byte[] FrameOf(IPAddress source, IPAddress destination, Traffic traffic) => FrameOf(World.Gateway, source, destination, traffic);

    internal static byte[] FrameOf(string mac, IPAddress source, IPAddress destination, Traffic traffic)
    {
        var packet = Packet.Frame(Nobody, mac).Ip(source.ToString(), destination.ToString(), protocol: traffic.Protocol);
        return (traffic.Protocol switch
        {
            6 => packet.Tcp(traffic.SourcePort, traffic.DestinationPort, TcpFlags.Syn),
            17 => packet.Udp(traffic.SourcePort, traffic.DestinationPort).Data(10),
            1 or 58 => packet.Echo(77).Data(10),
            _ => packet.Data(40),
        }).Bytes();
    }

    internal static uint IfindexOf(NodePort port) => FirstIfindex + uint.Parse(port.Name["port".Length..], CultureInfo.InvariantCulture);

    internal static DesiredInput InputOf(RuleWorld world) => new()
    {
        Node = Here,
        State = new()
        {
            Networks = world.Networks, Ports = world.Ports, RuleSets = world.Sets, Rules = world.Rules,
            Peers = ImmutableDictionary<uint, NodePeer>.Empty.Add(There, new(There, "n2", IPAddress.Parse(World.Fabric2), 1500)),
        },
        Locals = world.Ports.Values.Where(port => port.NodeNumber == Here).ToImmutableDictionary(
            port => port.Uid, port => new LocalPort(port.Uid, IfindexOf(port), (int)IfindexOf(port), 0)),
        Paths = ImmutableDictionary<uint, FabricPath>.Empty.Add(
            There, new((int)Fabric, IPAddress.Parse(World.Fabric1), IPAddress.Parse(World.Fabric2), 1500)),
        FabricMtu = 1500,
    };

    void Apply(DesiredRecords records, VrouterTables tables)
    {
        PushAll(records, tables);
        lock (_lock)
            Assert.Empty(tables.Apply_NeedsLock().Failures);
    }

    internal static void PushAll(DesiredRecords records, VrouterTables tables)
    {
        Push(records.Nodes, tables.Nodes);
        Push(records.Peers, tables.Peers);
        Push(records.Networks, tables.Networks);
        Push(records.Rules.Verdicts, tables.Verdicts);
        Push(records.Rules.Policies, tables.Policies);
        Push(records.Routes, tables.Routes);
        Push(records.Ports, tables.Ports);
        Push(records.Outside.Exits, tables.Exits);
        Push(records.Outside.Translations, tables.Translations);
        Push(records.Outside.Frontends, tables.Frontends);
        Push(records.Outside.Uplinks, tables.Uplinks);
    }

    static void Push<TKey, TValue>(RecordTable<TKey, TValue> records, DesiredTable<TKey, TValue> table)
        where TKey : unmanaged, IEquatable<TKey>
        where TValue : unmanaged, IEquatable<TValue>
    {
        foreach (var key in records.TakeChanged())
        {
            if (records.TryGet(key, out var value))
                table.Set(key, value);
            else
                table.Remove(key);
        }
    }
}
