using System.Collections.Immutable;
using Microsoft.Extensions.Time.Testing;
using Weft.Agent.Balancing;
using Weft.Agent.Desired;
using Weft.Dataplane.Abi;

namespace Weft.Tests.Agent.Balancing;

public sealed class SlotKeeperTests
{
    readonly FakeTimeProvider time = new();
    readonly FakeSlots slots = new(100);

    /// <summary>Slots and pools in memory; what is wanted is there after <see cref="Apply"/>.</summary>
    sealed class FakeSlots(uint room) : ISlotTarget
    {
        readonly uint[] all = new uint[room];
        readonly Dictionary<uint, Pool> actual = [];
        readonly Dictionary<uint, Pool> wanted = [];

        public uint Room => room;

        public int Writes { get; private set; }

        public void Write(uint offset, ReadOnlySpan<uint> backends)
        {
            Writes++;
            foreach (var pool in actual.Values.Where(pool => pool.Slots > 0))
                Assert.False(offset < pool.Offset + pool.Slots && pool.Offset < offset + backends.Length, "slots in use are never written");
            backends.CopyTo(all.AsSpan((int)offset));
        }

        public uint[] Read(uint offset, int count) => all[(int)offset..((int)offset + count)];

        public void SetPool(uint number, Pool? pool)
        {
            if (pool is { } given)
                wanted[number] = given;
            else
                wanted.Remove(number);
        }

        public IReadOnlyDictionary<uint, Pool> Pools() => actual;

        public void Apply()
        {
            actual.Clear();
            foreach (var (number, pool) in wanted)
                actual[number] = pool;
        }

        public uint[] MembersOf(uint number) => Read(actual[number].Offset, (int)actual[number].Slots);
    }

    static PoolSpec Spec(params int[] weights) => new(Balance.RoundRobin, 0,
        [.. weights.Select((weight, i) => new PoolMember((uint)i + 1, Guid.Empty, 0, weight))]);

    static Dictionary<uint, PoolSpec> Specs(params PoolSpec[] specs) => specs.Index().ToDictionary(spec => (uint)spec.Index + 1, spec => spec.Item);

    void Update(SlotKeeper keeper, Dictionary<uint, PoolSpec> specs, params uint[] changed)
    {
        keeper.Update(changed, specs);
        slots.Apply();
    }

    [Fact]
    public void A_pool_has_its_members_in_order()
    {
        Update(new(slots, time), Specs(Spec(2, 1)), 1);

        Assert.Equal([1u, 2u, 1u], slots.MembersOf(1));
    }

    [Fact]
    public void A_changed_pool_gets_other_slots_and_the_old_ones_rest_for_a_while()
    {
        var keeper = new SlotKeeper(slots, time);
        Update(keeper, Specs(Spec([.. Enumerable.Repeat(1, 40)])), 1);
        Update(keeper, Specs(Spec([.. Enumerable.Repeat(1, 41)])), 1);
        Assert.Equal(41, slots.MembersOf(1).Length);

        Update(keeper, Specs(Spec([.. Enumerable.Repeat(1, 42)])), 1);
        Assert.Equal(41, slots.MembersOf(1).Length);
        Assert.StartsWith("1 pools of load balancers keep earlier members", keeper.Fault, StringComparison.Ordinal);

        time.Advance(SlotKeeper.Grace);
        keeper.Tick();
        Update(keeper, Specs(Spec([.. Enumerable.Repeat(1, 39)])), 1);
        Assert.Equal(39, slots.MembersOf(1).Length);
        Assert.Null(keeper.Fault);
    }

    [Fact]
    public void Slots_are_not_given_away_before_the_kernel_has_switched()
    {
        var keeper = new SlotKeeper(slots, time);
        Update(keeper, Specs(Spec(1, 1)), 1);
        keeper.Update([1], Specs(Spec(1, 1, 1))); // and the write fails
        time.Advance(SlotKeeper.Grace);
        keeper.Tick();

        Update(keeper, Specs(Spec(1, 1, 1), Spec(1, 1)), 2);

        Assert.Equal([1u, 2u], slots.MembersOf(2));
    }

    [Fact]
    public void A_pool_without_members_has_no_slots()
    {
        var keeper = new SlotKeeper(slots, time);
        Update(keeper, Specs(Spec(1)), 1);
        Update(keeper, Specs(Spec()), 1);

        Assert.Equal(0u, slots.Pools()[1].Slots);
    }

    [Fact]
    public void After_a_restart_nothing_is_written_again_and_nothing_is_overwritten()
    {
        Update(new(slots, time), Specs(Spec(2, 1), Spec(1)), 1, 2);
        var (writes, before) = (slots.Writes, slots.Pools().ToDictionary());

        var next = new SlotKeeper(slots, time);
        Update(next, Specs(Spec(2, 1), Spec(1)), 1, 2);
        Assert.Equal(writes, slots.Writes);
        Assert.Equal(before.OrderBy(pool => pool.Key), slots.Pools().OrderBy(pool => pool.Key));

        Update(next, Specs(Spec(1, 1), Spec(1)), 1);
        Assert.Equal([1u, 2u], slots.MembersOf(1));
        Assert.Equal([1u], slots.MembersOf(2));
    }

    [Fact]
    public void Pools_that_went_while_no_agent_was_there_give_their_slots_back()
    {
        Update(new(slots, time), Specs(Spec([.. Enumerable.Repeat(1, 60)])), 1);
        var next = new SlotKeeper(slots, time);
        next.Forget(Specs());
        slots.SetPool(1, null);
        slots.Apply();
        time.Advance(SlotKeeper.Grace);
        next.Tick();

        Update(next, Specs(Spec(), Spec([.. Enumerable.Repeat(1, 100)])), 2);

        Assert.Equal(100, slots.MembersOf(2).Length);
    }

    [Fact]
    public void What_changes_of_a_pool_but_its_members_needs_no_other_slots()
    {
        var keeper = new SlotKeeper(slots, time);
        Update(keeper, Specs(Spec(1, 1)), 1);
        var writes = slots.Writes;
        Update(keeper, Specs(Spec(1, 1) with { AffinitySeconds = 60 }), 1);

        Assert.Equal((writes, 60u), (slots.Writes, slots.Pools()[1].AffinityS));
    }

    [Fact]
    public void Hashed_slots_are_the_same_whatever_the_numbers_are()
    {
        static string[] Order(uint[] numbers, ImmutableArray<PoolMember> members) =>
            [.. numbers.Select(number => members.Single(member => member.Backend == number).Port.ToString()[..8])];

        ImmutableArray<PoolMember> here = [.. Enumerable.Range(0, 9).Select(i => new PoolMember((uint)i + 1, new(i, 0, 0, new byte[8]), 80, 1))];
        ImmutableArray<PoolMember> there = [.. here.Select(member => member with { Backend = 100 - member.Backend }).Reverse()];

        Assert.Equal(
            Order(PoolSlots.Of(new(Balance.SourceHash, 0, here), 0), here), Order(PoolSlots.Of(new(Balance.SourceHash, 0, there), 0), there));
    }
}
