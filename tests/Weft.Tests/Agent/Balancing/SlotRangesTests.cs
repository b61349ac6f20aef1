using CsCheck;
using Weft.Agent.Balancing;

namespace Weft.Tests.Agent.Balancing;

public sealed class SlotRangesTests
{
    const uint Room = 200;

    /// <summary>Against a list of all slots, one by one.</summary>
    [Fact]
    public void Nothing_is_given_out_twice_and_nothing_is_lost() =>
        Gen.Select(Gen.Int[0, 2], Gen.UInt[1, 60], Gen.UInt[0, Room]).List[1, 60].Sample(steps =>
        {
            var ranges = new SlotRanges(Room);
            var taken = new bool[Room];
            var held = new List<(uint Offset, uint Length)>();
            foreach (var (kind, length, at) in steps)
            {
                if (kind == 2 && held.Count > 0)
                {
                    var gone = held[(int)(at % held.Count)];
                    held.Remove(gone);
                    ranges.Return(gone.Offset, gone.Length);
                    taken.AsSpan((int)gone.Offset, (int)gone.Length).Clear();
                    continue;
                }
                var offset = kind == 0 ? ranges.Take(length) : ranges.TakeAt(at, length) ? at : null;
                var fits = kind == 0 ? LongestGap(taken) >= length : at + length <= Room && !taken.AsSpan((int)at, (int)length).Contains(true);
                Assert.Equal(fits, offset is not null);
                if (offset is not { } from)
                    continue;
                Assert.False(taken.AsSpan((int)from, (int)length).Contains(true));
                taken.AsSpan((int)from, (int)length).Fill(true);
                held.Add((from, length));
            }
            Assert.Equal((uint)taken.Count(slot => !slot), ranges.Free);
        }, iter: 2000);

    static uint LongestGap(bool[] taken)
    {
        var (longest, current) = (0u, 0u);
        foreach (var slot in taken)
            longest = Math.Max(longest, current = slot ? 0 : current + 1);
        return longest;
    }
}
