using System.Collections.Immutable;
using System.Net.Sockets;
using CsCheck;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Rules;

namespace Weft.Tests.Rules;

/// <summary>A small world of rules that random steps change: few names and few values, so that they meet often.</summary>
sealed class RandomRules
{
    static readonly string[] Networks = ["p/a", "p/b", "q/c", "q/d"];
    static readonly string[] Externals = ["out", "lab"];
    static readonly string[] Groups = ["p/g1", "p/g2", "q/g3"];
    static readonly string[] Policies = ["p/x", "p/y", "q/z", "q/w"];
    static readonly string[] Prefixes = ["10.0.0.0/8", "10.0.0.0/15", "10.1.0.0/30", "10.2.0.1/32", "0.0.0.0/0", "fd00::/16", "fd00:1::1/128", "::/0", "192.168.0.0/16"];
    static readonly string[] LabelTexts = ["role=web", "role=db", "tier=1", "role=web tier=1"];
    static readonly byte?[] Protocols = [null, null, null, 6, 6, 17, 1, 58, 47, 132];
    static readonly string[] PortTexts = ["", "", "", "", "0", "22", "80 443", "0-1023", "1024-65535", "65535", "0-65535", "79-81 22", "100-99 22"];

    /// <summary>Inside and beside the prefixes that rules use.</summary>
    public static readonly System.Net.IPAddress[] OutsideAddresses =
        [.. ((string[])["10.0.0.1", "10.1.0.2", "10.1.0.9", "10.2.0.1", "10.200.0.1", "192.168.1.1", "8.8.8.8", "fd00:1::1", "fd00:2::1", "2001:db8::1"]).Select(System.Net.IPAddress.Parse)];

    /// <summary>A full world to start with: changes that meet nothing show nothing.</summary>
    public RandomRules(uint seed)
    {
        var random = new Random((int)seed);
        foreach (var name in Networks)
            Network(random, name);
        foreach (var name in Externals)
            World.External(name, isDefault: name == Externals[0]);
        for (var i = 0; i < 12; i++)
            Port(random);
        foreach (var name in Groups.Concat(Policies))
            Set(random, name);
        for (var i = 0; i < 50; i++)
            Rule(random);
        for (var i = 0; i < 4; i++)
            Floating(random);
    }

    public RuleWorld World { get; } = new();

    /// <summary>The world after a history; the first seed is of its start.</summary>
    public static RandomRules After(List<List<uint>> history)
    {
        var random = new RandomRules(history[0][0]);
        foreach (var seed in history.SelectMany(batch => batch))
            random.Apply(seed);
        return random;
    }

    /// <summary>One thing to do; the seed says what and how.</summary>
    public static readonly Gen<List<List<uint>>> Histories = Gen.UInt[0, 1_000_000].List[1, 5].List[1, 12];

    public static readonly Gen<Traffic> Packets = Gen.Select(
        Gen.OneOf(Bytes(6, 17, 1, 58, 47, 132, 99)), Ports, Ports, Gen.OneOf(Bytes(0, 8, 128, 255)),
        (protocol, source, destination, type) => Plain(new(protocol, source, destination, type)));

    static Gen<ushort> Ports => Gen.OneOf(
        Gen.OneOf([.. new ushort[] { 0, 21, 22, 23, 79, 80, 81, 443, 1023, 1024, 65534, 65535 }.Select(Gen.Const)]), Gen.UShort);

    static Gen<byte>[] Bytes(params byte[] values) => [.. values.Select(Gen.Const)];

    /// <summary>What a packet of the protocol can say.</summary>
    static Traffic Plain(Traffic any) =>
        any.Protocol is 1 or 58 ? any with { SourcePort = 0, DestinationPort = 0 }
        : any.Protocol is 6 or 17 or 132 ? any with { IcmpType = 0 }
        : new(any.Protocol, 0, 0, 0);

    /// <summary>Does one step.</summary>
    public void Apply(uint seed)
    {
        var random = new Random((int)seed);
        switch (random.Next(12))
        {
            case 0:
                Network(random);
                break;
            case 10:
                External(random);
                break;
            case 11:
                Floating(random);
                break;
            case 1 or 2 or 3:
                Port(random);
                break;
            case 4 or 5:
                Set(random);
                break;
            default:
                Rule(random);
                break;
        }
    }

    void Network(Random random)
    {
        var name = Pick(random, Networks);
        if (random.Next(3) == 0)
            World.Networks = World.Networks.Remove(World.Uid(name));
        else
            Network(random, name);
    }

    // Networks that are joined must not overlap.
    void Network(Random random, string name)
    {
        var number = Array.IndexOf(Networks, name);
        World.Network(name, $"10.{number}.0.0/24", $"fd00:{number}::/64");
        World.Gateways(name, [.. Externals.Where(_ => random.Next(3) == 0)]);
    }

    void External(Random random)
    {
        var name = Pick(random, Externals);
        if (random.Next(3) == 0)
            World.Externals = World.Externals.Remove(World.Uid(name));
        else
            World.External(name, isDefault: !World.Externals.Values.Any(other => other.Default && other.Name != name));
    }

    void Floating(Random random)
    {
        var number = random.Next(4);
        var uid = World.Uid($"floating{number}");
        if (World.Ports.IsEmpty || random.Next(4) == 0)
        {
            World.Floatings = World.Floatings.Remove(uid);
            return;
        }
        // On its port's node, or, of a load balancer, anywhere.
        var port = World.Ports.Values.OrderBy(port => port.Name, StringComparer.Ordinal).ElementAt(random.Next(World.Ports.Count));
        var (target, isBalanced) = (port.Addresses[random.Next(port.Addresses.Length)], random.Next(2) == 0);
        World.Floatings = World.Floatings.SetItem(uid, new(
            uid, "p", "f", World.Uid(Pick(random, Externals)),
            target.AddressFamily == AddressFamily.InterNetwork ? new([192, 0, 2, (byte)(number + 1)]) : System.Net.IPAddress.Parse($"2001:db8:2::{number + 1}"),
            isBalanced ? (uint)random.Next(3) : port.NodeNumber, isBalanced ? null : port.Uid, isBalanced ? uid : null, port.Network, target, []));
    }

    void Port(Random random)
    {
        var name = $"port{random.Next(7)}";
        if (random.Next(5) == 0)
        {
            World.Ports = World.Ports.Remove(World.Uid(name));
            return;
        }
        var (network, host) = (random.Next(Networks.Length), random.Next(1, 9));
        var addresses = random.Next(3) switch
        {
            0 => $"10.{network}.0.{host}", 1 => $"fd00:{network}::{host}", _ => $"10.{network}.0.{host} fd00:{network}::{host}",
        };
        World.Port(
            name, Networks[network], addresses, random.Next(2) == 0 ? "" : Pick(random, LabelTexts),
            random.Next(2) == 0 ? "" : string.Join(' ', Groups.Where(_ => random.Next(3) == 0)), (uint)random.Next(0, 4) % 3);
        if (random.Next(4) == 0)
            World.Publish(name, 8080, 80);
    }

    void Set(Random random)
    {
        var name = Pick(random, random.Next(2) == 0 ? Groups : Policies);
        var uid = World.Uid(name);
        if (World.Sets.ContainsKey(uid) && random.Next(3) == 0)
        {
            World.Sets = World.Sets.Remove(uid);
            World.Rules = World.Rules.RemoveRange(World.Rules.Keys.Where(key => key.Set == uid));
        }
        else
            Set(random, name);
    }

    void Set(Random random, string name)
    {
        var isGroup = Groups.Contains(name);
        var uid = World.Uid(name);
        var before = World.Sets.GetValueOrDefault(uid);
        var own = Networks.Where(network => network[0] == name[0] && random.Next(3) > 0).Select(World.Uid).Order();
        World.Sets = World.Sets.SetItem(uid, new(
            uid, isGroup, name.Split('/')[0], name.Split('/')[1], (uint)(Array.IndexOf(isGroup ? Groups : Policies, name) + (isGroup ? 1 : 10)),
            random.Next(1, 3), isGroup ? [] : [.. own], before?.Order ?? []));
    }

    void Rule(Random random)
    {
        var name = Pick(random, random.Next(3) == 0 ? Groups : Policies);
        if (!World.Sets.TryGetValue(World.Uid(name), out var set))
        {
            Set(random);
            return;
        }
        var key = new NodeRuleKey(set.Uid, (uint)random.Next(1, 7));
        var order = set.Order.Remove(key.Id);
        if (random.Next(6) == 0)
            World.Rules = World.Rules.Remove(key);
        else
        {
            World.Rules = World.Rules.SetItem(key, new(key, set.IsGroup ? GroupRule(random) : PolicyRule(random)));
            order = set.Order.Contains(key.Id) && random.Next(2) == 0 ? set.Order : order.Insert(random.Next(order.Length + 1), key.Id);
        }
        World.Sets = World.Sets.SetItem(set.Uid, set with { Order = order });
    }

    RuleSpec PolicyRule(Random random)
    {
        var (protocol, ports, sources, types) = Match(random);
        return new(
            random.Next(7) switch { 0 => RuleAction.Deny, 1 => RuleAction.Reject, _ => RuleAction.Allow },
            random.Next(3) == 0 ? RuleDirection.BothWays : RuleDirection.OneWay,
            protocol, End(random, true), End(random, true), ports, sources, types, Family(random), random.Next(4) == 0);
    }

    RuleSpec GroupRule(Random random)
    {
        var (protocol, ports, _, types) = Match(random);
        var isIngress = random.Next(2) == 0;
        var remote = End(random, false);
        return new(
            RuleAction.Allow, isIngress ? RuleDirection.Ingress : RuleDirection.Egress, protocol,
            isIngress ? remote : RuleEndpoint.Any, isIngress ? RuleEndpoint.Any : remote, ports, [], types, Family(random), Log: false);
    }

    static AddressFamily? Family(Random random) =>
        random.Next(6) switch { 0 => AddressFamily.InterNetwork, 1 => AddressFamily.InterNetworkV6, _ => null };

    static (byte?, ImmutableArray<PortRange>, ImmutableArray<PortRange>, ImmutableArray<byte>) Match(Random random)
    {
        // Also what no document may say, such as ports of any protocol: the meaning is whole, whoever writes.
        var protocol = Pick(random, Protocols);
        var ports = RuleWorld.Ranges(Pick(random, PortTexts)).RemoveAll(range => range.First > range.Last);
        var sources = random.Next(4) == 0 ? RuleWorld.Ranges(Pick(random, PortTexts)).RemoveAll(range => range.First > range.Last) : [];
        ImmutableArray<byte> types = random.Next(20) == 0 || protocol is 1 or 58 && random.Next(2) == 0 ? [8, 255] : [];
        return (protocol, ports, sources, types);
    }

    RuleEndpoint End(Random random, bool isOfPolicy) => World.End(
        isOfPolicy && random.Next(3) > 0 ? Pick(random, random.Next(3) == 0 ? Externals : Networks) : null,
        random.Next(6) == 0 ? Pick(random, Prefixes) : null,
        random.Next(isOfPolicy ? 9 : 3) == 0 ? Pick(random, Groups) : null,
        isOfPolicy && random.Next(8) == 0 ? Pick(random, LabelTexts) : "");

    static T Pick<T>(Random random, T[] from) => from[random.Next(from.Length)];
}
