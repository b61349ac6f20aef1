using System.Net;
using System.Net.Sockets;
using CsCheck;
using Weft.Model.Addressing;
using Weft.Model.Resources;
using Weft.Server.Ipam;

namespace Weft.Tests.Server;

public sealed class IpamTests
{
    /// <summary>What a pool must do, in the plainest way: lists, and every address looked at.</summary>
    sealed class Reference(IReadOnlyList<IPAddress> all, bool descending)
    {
        readonly HashSet<IPAddress> taken = [];
        readonly HashSet<IPAddress> used = [];
        readonly List<IPAddress> resting = [];

        public IReadOnlyCollection<IPAddress> Taken => taken;

        public IPAddress? Next() =>
            (descending ? all.Reverse() : all).FirstOrDefault(address => !used.Contains(address)) ?? resting.FirstOrDefault();

        public void Take(IPAddress address)
        {
            used.Add(address);
            taken.Add(address);
            resting.Remove(address);
        }

        public void Release(IPAddress address)
        {
            if (taken.Remove(address) && all.Contains(address))
                resting.Add(address);
        }
    }

    enum Step
    {
        TakeNext,
        TakeNamed,
        Release,
    }

    static readonly string[] WholePrefixes = ["10.1.0.0/29", "10.1.0.0/28", "fd00::/124", "fd00::/125"];

    static readonly Gen<(string Prefix, (int From, int To)? Pool)> Subnets = Gen.OneOf(
        Gen.Int[0, 3].Select(i => (WholePrefixes[i], ((int, int)?)null)),
        Gen.Int[1, 6].Select(Gen.Int[7, 14]).Select((from, to) => ("10.1.0.0/28", ((int, int)?)(from, to))));

    [Fact]
    public void A_pool_does_what_the_plain_model_does() =>
        Gen.Select(Subnets, Gen.Bool, Gen.Select(Gen.Enum<Step>(), Gen.Int[0, 15]).List[1, 200]).Sample((subnet, descending, steps) =>
        {
            var prefix = IPNetwork.Parse(subnet.Prefix);
            IPAddress At(int offset) => (prefix.First() + (UInt128)offset).ToAddress(prefix.BaseAddress.AddressFamily);
            var gateway = At(1);
            var hosts = Enumerable.Range(0, (int)(prefix.Last() - prefix.First()) + 1).Where(i => i > 1).Select(At)
                .Where(address => address.AddressFamily == AddressFamily.InterNetworkV6 || address.ToNumber() != prefix.Last())
                .ToList();
            var pooled = subnet.Pool is var (from, to) ? hosts.Where((_, i) => i + 2 >= from && i + 2 <= to).ToList() : hosts;
            var pool = new SubnetPool(new Subnet
            {
                Prefix = prefix,
                Gateway = gateway,
                Pools = subnet.Pool is var (first, last) ? [new(At(first), At(last))] : null,
            }, descending);
            var reference = new Reference(pooled, descending);

            foreach (var (step, number) in steps)
            {
                Assert.Equal(reference.Next(), pool.Next());
                var address = step switch
                {
                    Step.TakeNext => reference.Next(),
                    Step.TakeNamed => hosts.Except(reference.Taken).ElementAtOrDefault(number % hosts.Count),
                    _ => reference.Taken.ElementAtOrDefault(number),
                };
                if (address is null)
                    continue;
                if (step == Step.Release)
                {
                    reference.Release(address);
                    pool.Release(address);
                }
                else
                {
                    reference.Take(address);
                    pool.Take(address);
                }
            }
        });

    [Fact]
    public void A_set_of_ranges_is_a_set() =>
        Gen.Select(Gen.Bool, Gen.Int[0, 40]).List[1, 300].Sample(steps =>
        {
            var set = new RangeSet();
            var plain = new SortedSet<int>();
            foreach (var (add, number) in steps)
            {
                if (add && plain.Add(number))
                    set.Add((UInt128)number);
                else if (!add)
                    Assert.Equal(plain.Remove(number), set.Remove((UInt128)number));
                Assert.Equal(plain.Count == 0, set.IsEmpty);
                Assert.All(Enumerable.Range(0, 41), i => Assert.Equal(plain.Contains(i), set.Contains((UInt128)i)));
                if (plain.Count > 0)
                    Assert.Equal(((UInt128)plain.Min, (UInt128)plain.Max), (set.Min, set.Max));
            }
        }, iter: 200);

    [Fact]
    public void A_huge_prefix_costs_nothing()
    {
        var pool = new SubnetPool(new Subnet { Prefix = IPNetwork.Parse("fd00::/32"), Gateway = IPAddress.Parse("fd00::1") }, false);

        for (var i = 0; i < 100_000; i++)
            pool.Take(pool.Next()!);

        Assert.Equal("fd00::1:86a2", pool.Next()!.ToString());
    }

    [Fact]
    public void The_default_subnet_is_the_first_that_overlaps_nothing()
    {
        var whole = IPNetwork.Parse("10.0.0.0/24");
        Gen.Select(Gen.Bool, Gen.Int[0, 40], Gen.Int[24, 30]).List[1, 100].Sample(steps =>
        {
            var used = new UsedPrefixes(whole, 28);
            var networks = new List<Network>();
            foreach (var (add, number, length) in steps)
            {
                if (add)
                {
                    // Some lie outside of the whole.
                    var first = (IPAddress.Parse("10.0.0.0").ToNumber() + (UInt128)(number * 8)) >> 32 - length << 32 - length;
                    var prefix = new IPNetwork(first.ToAddress(AddressFamily.InterNetwork), length);
                    networks.Add(new() { Uid = Guid.NewGuid(), Subnets = [new() { Prefix = prefix }] });
                    used.Add(networks[^1]);
                }
                else if (networks.Count > 0)
                {
                    used.Remove(networks[number % networks.Count]);
                    networks.RemoveAt(number % networks.Count);
                }
                var expected = Enumerable.Range(0, 16).Select(i => IPNetwork.Parse($"10.0.0.{16 * i}/28"))
                    .Where(piece => !networks.Any(network => network.Subnets![0].Prefix.Overlaps(piece)))
                    .Select(piece => (IPNetwork?)piece).FirstOrDefault();
                Assert.Equal(expected, used.FirstFree());
            }
        });
    }
}
