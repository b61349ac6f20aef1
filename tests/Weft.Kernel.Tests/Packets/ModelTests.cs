using System.Net;
using Weft.Dataplane.Abi;
using static Weft.Kernel.Tests.Packets.World;

namespace Weft.Kernel.Tests.Packets;

/// <summary>
/// A random walk of route changes and packets, against a model that has no flow table: whatever the vrouter
/// remembers, once the generation has moved on it must decide as if it remembered nothing.
/// </summary>
public sealed class ModelTests : IDisposable
{
    const int Steps = 600;

    static readonly string[] s_addresses = [A4, B4, C4, Nobody4, "10.0.1.7", A6, B6, C6, Nobody6, "fd00:0:0:1::7"];
    static readonly string[] s_prefixes = ["10.0.0.0/24", "10.0.0.0/8", "10.0.1.0/24", "fd00::/64", "fd00::/16"];

    readonly TestVrouter _node = NodeOne();
    readonly Dictionary<IPNetwork, RouteEntry> _routes = [];
    uint _generation;

    public void Dispose() => _node.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Memory_of_flows_never_shows(int seed)
    {
        var random = new Random(seed);
        foreach (var address in s_addresses)
            Set(Host(address), RandomRoute(random));
        for (var step = 0; step < Steps; step++)
        {
            if (random.Next(8) == 0)
                ChangeRoute(random);
            else
                CheckPacket(random, step);
        }
        Assert.True(_node.Count(CounterId.FlowsRedecided) > 0);
    }

    void CheckPacket(Random random, int step)
    {
        var (port, mac) = random.Next(2) == 0 ? (A, MacA) : (B, MacB);
        var half = s_addresses.Length / 2;
        var family = random.Next(2) * half;
        var (source, destination) = (s_addresses[family + random.Next(half)], s_addresses[family + random.Next(half)]);
        var frame = Packet.Frame(mac, Gateway).Ip(source, destination)
            .Udp((ushort)random.Next(1, 3), (ushort)random.Next(1, 3)).Data(5).Bytes();

        var outcome = _node.Run("from_port", port, frame);

        var expected = Expect(port, IPAddress.Parse(source), IPAddress.Parse(destination));
        Assert.Equal((step, source, destination, expected.Reason), (step, source, destination, outcome.Reason));
        if (expected.Reason == DropReason.None)
            Assert.Equal((step, expected.Growth), (step, outcome.Packet.Length - frame.Length));
        if (expected is { Reason: DropReason.None, Growth: 0 })
            Assert.Equal(expected.Mac, Convert.ToHexStringLower(outcome.Packet.AsSpan(0, 6)));
    }

    // The decision, written down without a trie and without a table.
    (DropReason Reason, int Growth, string Mac) Expect(uint port, IPAddress source, IPAddress destination)
    {
        if (Longest(source) is not { Action: FlowAction.Local } own || own.Ifindex != port)
            return (DropReason.SpoofedAddress, 0, "");
        return Longest(destination) switch
        {
            { Action: FlowAction.Local } route => (DropReason.None, 0, Hex(route.Mac)),
            { Action: FlowAction.Remote } => (DropReason.None, 50, ""),
            _ => (DropReason.NoRoute, 0, ""),
        };
    }

    RouteEntry? Longest(IPAddress address) => _routes
        .Where(r => r.Key.BaseAddress.AddressFamily == address.AddressFamily && r.Key.Contains(address))
        .OrderByDescending(r => r.Key.PrefixLength)
        .Select(r => (RouteEntry?)r.Value)
        .FirstOrDefault();

    void ChangeRoute(Random random)
    {
        var prefix = random.Next(2) == 0
            ? IPNetwork.Parse(s_prefixes[random.Next(s_prefixes.Length)])
            : Host(s_addresses[random.Next(s_addresses.Length)]);
        if (random.Next(3) > 0)
            Set(prefix, RandomRoute(random));
        else if (_routes.Remove(prefix))
            _node.RemoveRoute(Vni, prefix.ToString());
        _node.Generations.Set(Vni, ++_generation);
    }

    void Set(IPNetwork prefix, RouteEntry route)
    {
        _routes[prefix] = route;
        _node.AddRoute(Vni, prefix.ToString(), route);
    }

    static RouteEntry RandomRoute(Random random) => random.Next(7) switch
    {
        0 => new() { Action = FlowAction.Drop, Vni = Vni },
        1 => new() { Action = FlowAction.Remote, Vni = Vni, Node = Node2 },
        2 or 3 => new() { Action = FlowAction.Local, Vni = Vni, Ifindex = B, Mac = Weft.Model.Addressing.MacAddress.Parse(MacB) },
        _ => new() { Action = FlowAction.Local, Vni = Vni, Ifindex = A, Mac = Weft.Model.Addressing.MacAddress.Parse(MacA) },
    };

    static IPNetwork Host(string address) => IPAddress.Parse(address) is var ip
        ? new(ip, ip.GetAddressBytes().Length * 8) : default;

    static string Hex(Bytes6 mac) => mac.ToString().Replace(":", "", StringComparison.Ordinal).ToLowerInvariant();
}
