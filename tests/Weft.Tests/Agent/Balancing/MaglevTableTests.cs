using CsCheck;
using Weft.Agent.Balancing;

namespace Weft.Tests.Agent.Balancing;

public sealed class MaglevTableTests
{
    /// <summary>Of all slots, those that need not have moved. Measured, mean: 0.3 % with 3 members, 1.3 % with 10, 2.2 % with 40,
    /// 1.3 % with 100, 0.7 % with 256; in all 1.01, 1.13, 1.9, 2.3 and 2.8 times what must move.</summary>
    const double MostNeedless = 0.03;

    static MaglevTable.Member[] Some(int count, Func<int, int>? weight = null) =>
        [.. Enumerable.Range(0, count).Select(i => MaglevTable.Member.Of(Uid(i), 80, weight?.Invoke(i) ?? 1))];

    static Guid Uid(int i) => new(i, 0, 7, [1, 2, 3, 4, 5, 6, 7, 8]);

    [Theory]
    [InlineData(0, 4093)]
    [InlineData(1, 4093)]
    [InlineData(40, 4093)]
    [InlineData(41, 16381)]
    [InlineData(163, 16381)]
    [InlineData(164, 65537)]
    [InlineData(256, 65537)]
    public void The_more_members_the_larger_the_table(int members, int size) => Assert.Equal(size, MaglevTable.SizeFor(Some(members), 0));

    [Theory]
    [InlineData(60, 4093, 4093)] // not so fine, but nobody moves
    [InlineData(90, 4093, 16381)]
    [InlineData(30, 16381, 16381)]
    [InlineData(30, 65537, 4093)]
    [InlineData(10, 77, 4093)] // not a size of ours
    public void A_size_that_will_do_is_kept(int members, int current, int size) =>
        Assert.Equal(size, MaglevTable.SizeFor(Some(members), current));

    [Fact]
    public void Great_differences_of_weight_make_the_table_larger() =>
        Assert.Equal(65537, MaglevTable.SizeFor(Some(3, i => i == 0 ? 1 : 256), 0));

    [Fact]
    public void Shares_are_what_weights_say() => Gen.Int[1, 10].Array[1, 60].Sample(weights =>
    {
        var members = Some(weights.Length, i => weights[i]);
        var size = MaglevTable.SizeFor(members, 0);
        var counts = MaglevTable.Of(members, size).CountBy(index => index).ToDictionary();
        foreach (var (i, weight) in weights.Index())
        {
            var ideal = size * (double)weight / weights.Sum();
            Assert.InRange(counts[i], (0.98 * ideal) - 2, (1.02 * ideal) + 2);
        }
    }, iter: 60);

    [Fact]
    public void Every_slot_has_a_member() => Gen.Int[1, 256].Sample(count =>
        Assert.All(MaglevTable.Of(Some(count), MaglevTable.SizeFor(Some(count), 0)), index => Assert.InRange(index, 0, count - 1)), iter: 30);

    [Fact]
    public void Without_members_there_is_no_slot() => Assert.Empty(MaglevTable.Of([], 4093));

    [Theory]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(40)]
    [InlineData(100)]
    [InlineData(256)]
    public void When_a_member_leaves_hardly_more_than_its_own_slots_move(int count)
    {
        var members = Some(count);
        var size = MaglevTable.SizeFor(members, 0);
        var before = MaglevTable.Of(members, size);
        var needless = Enumerable.Range(0, Math.Min(count, 10)).Select(gone => Needless(before, members, gone, size)).ToList();

        Assert.All(needless, share => Assert.InRange(share, 0, Math.Min(MostNeedless, 2.0 / count)));
    }

    [Fact]
    public void The_order_of_members_is_of_no_account() => Gen.Shuffle(Some(20)).Sample(shuffled =>
    {
        var table = MaglevTable.Of(Sorted(shuffled), 4093);
        Assert.Equal(MaglevTable.Of(Sorted(Some(20)), 4093), table);
    }, iter: 20);

    static MaglevTable.Member[] Sorted(MaglevTable.Member[] members) => [.. members.OrderBy(member => member.Offset)];

    /// <summary>Of all slots, those of other members that another one has now.</summary>
    static double Needless(int[] before, MaglevTable.Member[] members, int gone, int size)
    {
        var after = MaglevTable.Of([.. members.Where((_, i) => i != gone)], size);
        var moved = 0;
        for (var slot = 0; slot < size; slot++)
        {
            var now = after[slot] < gone ? after[slot] : after[slot] + 1;
            if (before[slot] != gone && before[slot] != now)
                moved++;
        }
        return (double)moved / size;
    }
}
