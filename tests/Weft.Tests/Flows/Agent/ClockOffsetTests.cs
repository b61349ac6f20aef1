using Weft.Agent.Flows;

namespace Weft.Tests.Flows.Agent;

public sealed class ClockOffsetTests
{
    static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    readonly ClockOffset _offset = new();

    [Fact]
    public void Half_of_the_way_is_taken_out_and_all_of_the_time_at_the_server()
    {
        Add(offset: 500, there: 20, held: 700, back: 20);
        Assert.Equal((500.0, 40.0), (_offset.Best!.Value.Offset.TotalMilliseconds, _offset.Best.Value.Delay.TotalMilliseconds));
    }

    [Fact]
    public void The_sample_that_was_quickest_counts()
    {
        Add(offset: 100, there: 300, held: 0, back: 0);
        Add(offset: 100, there: 1, held: 0, back: 1);
        Add(offset: 100, there: 0, held: 0, back: 400);
        Assert.Equal(100, _offset.Best!.Value.Offset.TotalMilliseconds);
    }

    [Fact]
    public void Of_old_samples_none_counts()
    {
        Add(offset: 100, there: 1, held: 0, back: 1);
        for (var i = 0; i < 8; i++)
            Add(offset: -50, there: 5, held: 0, back: 5);
        Assert.Equal(-50, _offset.Best!.Value.Offset.TotalMilliseconds);
    }

    [Fact]
    public void A_sample_during_which_a_clock_was_set_is_none()
    {
        _offset.Add(Noon, Noon, Noon, Noon.AddSeconds(-1));
        _offset.Add(Noon, Noon, Noon.AddSeconds(-1), Noon.AddSeconds(1));
        Assert.Null(_offset.Best);
    }

    void Add(int offset, int there, int held, int back)
    {
        var received = Noon.AddMilliseconds(there + offset);
        _offset.Add(Noon, received, received.AddMilliseconds(held), Noon.AddMilliseconds(there + held + back));
    }
}
