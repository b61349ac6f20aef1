using System.Net;
using Weft.Dataplane;
using Weft.Dataplane.Abi;
using Weft.Linux;

namespace Weft.Kernel.Tests.Dataplane;

public sealed class BpfMapTests : IDisposable
{
    readonly BpfObject _object = TestObject.Open("""
        #define MAP(name, kind, entries, map_flags_, key_type, value_type) struct { __uint(type, kind); \
            __uint(max_entries, entries); __uint(map_flags, map_flags_); __type(key, key_type); __type(value, value_type); } \
            name SEC(".maps")
        struct route_key { __u32 length; __u32 vni; __u8 address[16]; };
        struct route { __u32 words[10]; };
        MAP(many, BPF_MAP_TYPE_HASH, 20000, 0, __u32, __u64);
        MAP(few, BPF_MAP_TYPE_HASH, 2, 0, __u32, __u64);
        MAP(slots, BPF_MAP_TYPE_ARRAY, 600, 0, __u32, __u64);
        MAP(routes, BPF_MAP_TYPE_LPM_TRIE, 1000, BPF_F_NO_PREALLOC, struct route_key, struct route);
        MAP(counts, BPF_MAP_TYPE_PERCPU_HASH, 1000, 0, __u32, __u64);
        MAP(totals, BPF_MAP_TYPE_PERCPU_ARRAY, 4, 0, __u32, __u64);
        SEC("tc") int count(struct __sk_buff *skb)
        {
            __u32 key = skb->mark, slot = 3; __u64 one = 1;
            __u64 *found = bpf_map_lookup_elem(&counts, &key), *total = bpf_map_lookup_elem(&totals, &slot);
            if (found) *found += 1; else bpf_map_update_elem(&counts, &key, &one, BPF_NOEXIST);
            if (total) *total += 2;
            return bpf_map_lookup_elem(&many, &key) || bpf_map_lookup_elem(&few, &key)
                || bpf_map_lookup_elem(&slots, &key) || bpf_map_lookup_elem(&routes, &(struct route_key){});
        }
        """);

    public BpfMapTests() => _object.Load();

    public void Dispose() => _object.Dispose();

    [Fact]
    public void Entries_are_added_replaced_and_removed()
    {
        using var map = _object.Map<uint, ulong>("many");

        map.Set(1, 10);
        map.Set(1, 11);

        Assert.True(map.TryGet(1, out var value));
        Assert.Equal(11u, value);
        Assert.True(map.Remove(1));
        Assert.False(map.Remove(1));
        Assert.False(map.TryGet(1, out _));
        Assert.Empty(map.ReadAll());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(256)]
    [InlineData(20000)]
    public void Everything_in_a_hash_is_read_exactly_once(int entries)
    {
        using var map = _object.Map<uint, ulong>("many");
        for (var i = 0u; i < entries; i++)
            map.Set(i, i * 3ul);

        var read = map.ReadAll().ToList();

        Assert.Equal(entries, read.Count);
        Assert.Equal(entries, map.Count());
        Assert.Equal(
            Enumerable.Range(0, entries).Select(i => ((uint)i, (ulong)i * 3)),
            read.Select(e => (e.Key, e.Value)).Order());
    }

    [Fact]
    public void Everything_in_an_array_is_read_in_order()
    {
        using var map = _object.Map<uint, ulong>("slots");
        map.Set(599, 7);

        var read = map.ReadAll().ToList();

        Assert.Equal(Enumerable.Range(0, 600).Select(i => (uint)i), read.Select(e => e.Key));
        Assert.Equal(7ul, read[^1].Value);
    }

    [Fact]
    public void Everything_in_a_trie_of_routes_is_read_exactly_once()
    {
        using var map = _object.Map<RouteKey, RouteEntry>("routes");
        var routes = Enumerable.Range(0, 700).ToDictionary(
            i => RouteKey.For((uint)(i % 3), new IPNetwork(new IPAddress([10, (byte)(i / 256), (byte)i, 0]), 24)),
            i => new RouteEntry { Action = FlowAction.Remote, Node = (uint)i });
        foreach (var (key, route) in routes)
            map.Set(key, route);

        Assert.Equal(routes, map.ReadAll().ToDictionary());
        foreach (var key in routes.Keys)
            Assert.True(map.Remove(key));
        Assert.Equal(0, map.Count());
    }

    [Fact]
    public void A_full_map_says_so()
    {
        using var map = _object.Map<uint, ulong>("few");
        map.Set(1, 1);
        map.Set(2, 1);

        var error = Assert.Throws<LinuxException>(() => map.Set(3, 1));

        Assert.Contains("map few: the map is full (2 entries)", error.Message, StringComparison.Ordinal);
        map.Set(2, 5);
    }

    [Fact]
    public void Counters_of_all_processors_are_summed()
    {
        using var program = _object.Program();
        using var counts = _object.PerCpuMap<uint, ulong>("counts");
        using var totals = _object.PerCpuMap<uint, ulong>("totals");
        for (var mark = 0u; mark < 600; mark++)
            program.TestRun(new byte[64], new SkBuff { Mark = mark }, repeat: 2);

        Assert.Equal(2ul, counts.Sum(5u));
        Assert.Equal(0ul, counts.Sum(600u));
        Assert.Equal(600, counts.ReadSums().Count(e => e.Value == 2));
        Assert.Equal(2400ul, totals.Sum(3u));
        Assert.Equal(2400ul, totals.ReadSums().Single(e => e.Key == 3).Value);
    }

    [Fact]
    public void A_type_of_another_size_is_refused() =>
        Assert.Contains("map many has 4/8 bytes of key/value",
            Assert.Throws<InvalidOperationException>(() => _object.Map<uint, uint>("many")).Message,
            StringComparison.Ordinal);
}
