using CsCheck;
using Weft.Agent.Balancing;

namespace Weft.Tests.Agent.Balancing;

public sealed class InterleavedSlotsTests
{
    static readonly Gen<int[]> Weights = Gen.Int[0, 256].Array[0, 40];

    [Theory]
    [InlineData(new int[0], new int[0])]
    [InlineData(new[] { 0, 0 }, new int[0])]
    [InlineData(new[] { 7 }, new[] { 0 })]
    [InlineData(new[] { 2, 2, 2 }, new[] { 0, 1, 2 })]
    [InlineData(new[] { 3, 1 }, new[] { 0, 0, 1, 0 })]
    [InlineData(new[] { 1, 0, 2 }, new[] { 2, 0, 2 })]
    public void Lists_are_as_short_as_they_can_be(int[] weights, int[] expected) => Assert.Equal(expected, InterleavedSlots.Of(weights));

    [Fact]
    public void Each_member_stands_as_often_as_its_weight_says() => Weights.Sample(weights =>
    {
        var counts = InterleavedSlots.Of(weights).CountBy(index => index).ToDictionary();
        var divisor = weights.Sum() == 0 ? 1 : weights.Sum() / Math.Max(1, counts.Values.Sum());
        Assert.All(weights.Index(), member => Assert.Equal(member.Item, divisor * counts.GetValueOrDefault(member.Index)));
    });

    [Fact]
    public void No_stretch_of_the_walk_gives_a_member_more_than_two_turns_too_many() => Weights.Sample(weights =>
    {
        var slots = InterleavedSlots.Of(weights);
        var total = (double)weights.Sum();
        var seen = new int[weights.Length];
        for (var i = 0; i < slots.Length; i++)
        {
            seen[slots[i]]++;
            foreach (var (index, weight) in weights.Index())
                Assert.InRange(seen[index] - ((i + 1) * weight / total), -2, 2);
        }
    }, iter: 50);
}
