using System.Net;
using Weft.Agent.Fabric;

namespace Weft.Tests.Agent.Fabric;

public sealed class FabricWatchTests
{
    static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    readonly FabricWatch watch = new();
    readonly HashSet<IPAddress> dead = [];
    TimeSpan now;
    int asked;

    static IPAddress Host(int number) => new([10, 0, (byte)(number >> 8), (byte)number]);

    void Follow(int count) => watch.Follow(Enumerable.Range(1, count).Select(Host).ToHashSet(), now, () => 0.5);

    /// <summary>Answers come within a step, of those that are not dead.</summary>
    /// <returns>How long it took until the condition held; null: it never did.</returns>
    TimeSpan? Run(double seconds, Func<bool>? until = null)
    {
        var start = now;
        while (now - start < TimeSpan.FromSeconds(seconds))
        {
            var questions = watch.Ask(now);
            asked += questions.Count;
            var at = now;
            now += Step;
            foreach (var address in questions.Where(address => !dead.Contains(address)))
                watch.Answer(address, at);
            watch.Judge(now);
            if (until?.Invoke() == true)
                return now - start;
        }
        return null;
    }

    List<IPAddress> Silent => [.. watch.Silent.Select(silent => silent.Address).OrderBy(address => address.ToString())];

    [Fact]
    public void Nobody_is_silent_while_all_answer()
    {
        Follow(3);
        Assert.Null(Run(10, () => Silent.Count > 0));
        Assert.Equal(3, watch.Answering.Count());
        Assert.InRange(asked, 3 * 19, 3 * 21);
    }

    [Theory]
    [InlineData(2, 2.0)]
    [InlineData(3, 2.0)]
    [InlineData(1000, 4.0)]
    public void Who_dies_is_silent_within_seconds_and_nobody_else(int count, double most)
    {
        Follow(count);
        Run(5);
        dead.Add(Host(2));

        var passed = Run(10, () => Silent.Count > 0);
        Assert.InRange(passed!.Value, FabricWatch.Patience, TimeSpan.FromSeconds(most));
        Run(5);
        Assert.Equal([Host(2)], Silent);
    }

    [Fact]
    public void Several_that_die_at_once_are_silent_as_long_as_one_answers()
    {
        Follow(4);
        Run(3);
        dead.UnionWith([Host(1), Host(2), Host(3)]);
        Run(3);
        Assert.Equal([Host(1), Host(2), Host(3)], Silent);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(40)]
    public void When_nobody_answers_any_more_nobody_is_found_silent(int count)
    {
        Follow(count);
        Run(3);
        dead.UnionWith(Enumerable.Range(1, count).Select(Host));
        Assert.Null(Run(30, () => Silent.Count > 0));
    }

    /// <summary>The others may still have answered when the first question was lost.</summary>
    [Fact]
    public void A_link_that_dies_at_any_moment_of_the_interval_makes_nobody_silent()
    {
        Follow(7);
        Run(3);
        for (var trial = 0; trial < 25; trial++)
        {
            dead.UnionWith(Enumerable.Range(1, 7).Select(Host));
            Assert.Null(Run(3, () => Silent.Count > 0));
            dead.Clear();
            Run(2 + (trial * Step.TotalSeconds));
        }
    }

    [Fact]
    public void Who_was_silent_stays_so_when_the_others_fall_silent_too()
    {
        Follow(3);
        Run(3);
        dead.Add(Host(1));
        Run(3);
        dead.UnionWith([Host(2), Host(3)]);
        Run(10);
        Assert.Equal([Host(1)], Silent);
    }

    [Fact]
    public void Who_has_never_answered_is_not_judged()
    {
        dead.Add(Host(1));
        Follow(3);
        Run(10);
        Assert.Empty(Silent);
        Assert.Equal([Host(1)], watch.Unheard);

        dead.Clear();
        Run(3);
        Assert.Empty(watch.Unheard);
        dead.Add(Host(1));
        Run(3);
        Assert.Equal([Host(1)], Silent);
    }

    [Fact]
    public void Who_comes_back_does_so_within_two_seconds()
    {
        Follow(3);
        Run(3);
        dead.Add(Host(1));
        Run(20);
        dead.Clear();
        Assert.InRange(Run(5, () => Silent.Count == 0)!.Value, TimeSpan.Zero, TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void A_single_answer_is_no_return()
    {
        Follow(3);
        Run(3);
        dead.Add(Host(1));
        Run(3);
        watch.Answer(Host(1), now);
        Run(3);
        Assert.Equal([Host(1)], Silent);
    }

    [Fact]
    public void A_lost_packet_or_two_is_no_silence()
    {
        Follow(3);
        Run(3);
        for (var i = 0; i < 10; i++)
        {
            dead.Add(Host(1));
            Run(0.7);
            dead.Clear();
            Assert.Null(Run(1, () => Silent.Count > 0));
        }
    }

    /// <summary>Nothing was asked, nothing was read: of that nobody can be silent.</summary>
    [Fact]
    public void A_stall_of_this_process_is_nobodys_silence()
    {
        Follow(3);
        Run(3);
        for (var i = 0; i < 20; i++)
        {
            now += TimeSpan.FromSeconds(5);
            watch.Judge(now);
            Assert.Empty(Silent);
            Assert.Null(Run(0.5 + (i * 0.03), () => Silent.Count > 0));
        }
    }

    [Fact]
    public void Answers_that_take_half_a_second_are_answers()
    {
        Follow(2);
        var late = new Queue<(IPAddress Address, TimeSpan Asked, TimeSpan Due)>();
        for (; now < TimeSpan.FromSeconds(20); now += Step)
        {
            foreach (var address in watch.Ask(now))
                late.Enqueue((address, now, now + TimeSpan.FromMilliseconds(500)));
            while (late.TryPeek(out var next) && next.Due <= now)
                watch.Answer(late.Dequeue().Address, next.Asked);
            watch.Judge(now);
            Assert.Empty(Silent);
        }
    }

    [Fact]
    public void The_rate_of_questions_is_bounded_whatever_the_number()
    {
        Follow(1000);
        Run(5);
        asked = 0;
        Run(10);
        Assert.InRange(asked, 4000, 10 * FabricWatch.Rate);

        dead.UnionWith(Enumerable.Range(1, 999).Select(Host));
        asked = 0;
        Run(10);
        Assert.InRange(asked, 4000, 10 * FabricWatch.LargestRate + 100);
        Assert.Equal(999, Silent.Count);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(5, true)]
    public void Who_hears_nobody_of_several_is_alone_until_somebody_answers(int count, bool isAlone)
    {
        Follow(count);
        Run(3);
        Assert.False(watch.IsAlone(now));
        dead.UnionWith(Enumerable.Range(1, count).Select(Host));
        Run(2);
        Assert.Equal(isAlone, watch.IsAlone(now));
        dead.Remove(Host(1));
        Run(2);
        Assert.False(watch.IsAlone(now));
    }

    [Fact]
    public void Who_has_never_heard_anybody_is_not_alone()
    {
        dead.UnionWith([Host(1), Host(2)]);
        Follow(2);
        Run(5);
        Assert.False(watch.IsAlone(now));
    }

    [Fact]
    public void Who_is_watched_no_more_is_forgotten()
    {
        Follow(2);
        Run(3);
        dead.Add(Host(2));
        Run(3);
        Follow(1);
        Assert.Empty(Silent);
        Assert.False(watch.Answer(Host(2), now));
        Follow(2);
        Assert.Equal([Host(2)], watch.Unheard);
    }
}
