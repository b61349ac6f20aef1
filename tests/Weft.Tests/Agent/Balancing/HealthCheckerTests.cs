using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Time.Testing;
using Weft.Agent.Balancing;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Tests.Agent.Balancing;

public sealed class HealthCheckerTests : IAsyncLifetime
{
    static readonly NodeMemberKey One = Key(1), Two = Key(2);

    readonly FakeTimeProvider time = new();
    readonly FakeProber prober = new();
    readonly HealthChecker checker;
    int changes;

    public HealthCheckerTests() => checker = new(prober, () => Interlocked.Increment(ref changes), new Random(7), time);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => checker.DisposeAsync();

    /// <summary>Answers when the test says so.</summary>
    sealed class FakeProber : IProber
    {
        public ConcurrentQueue<(HealthCheck Check, TaskCompletionSource<string?> Answer)> Asked { get; } = [];

        public Task<string?> AskAsync(HealthCheck check, CancellationToken cancellation)
        {
            var answer = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
            Asked.Enqueue((check, answer));
            return answer.Task.WaitAsync(cancellation);
        }
    }

    static NodeMemberKey Key(int port) => new(Guid.Empty, "p", new(port, 0, 0, new byte[8]), 80);

    static HealthCheck Check(int rise = 1, int fall = 1, int interval = 1000, int timeout = 500, int ifindex = 5) => new(
        new HealthMonitor { Type = "tcp", IntervalMilliseconds = interval, TimeoutMilliseconds = timeout, Rise = rise, Fall = fall },
        new IPEndPoint(IPAddress.Loopback, 80), IPAddress.Loopback, ifindex);

    void Follow(params (NodeMemberKey Key, HealthCheck Check)[] checks) => checker.Follow(checks.ToDictionary(check => check.Key, check => check.Check));

    /// <summary>Lets time pass until somebody is asked.</summary>
    async Task<(HealthCheck Check, TaskCompletionSource<string?> Answer)> AskedAsync()
    {
        (HealthCheck Check, TaskCompletionSource<string?> Answer) asked = default;
        await Until(() => prober.Asked.TryDequeue(out asked), advance: true);
        return asked;
    }

    async Task Answer(string? fault) => (await AskedAsync()).Answer.SetResult(fault);

    async Task Until(Func<bool> condition, bool advance = false)
    {
        for (var start = TimeProvider.System.GetTimestamp(); !condition();)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(30));
            if (advance)
                time.Advance(TimeSpan.FromMilliseconds(10));
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }

    Task Is(NodeMemberKey key, bool healthy, string message = "") =>
        Until(() => new NodeHealth(key, healthy, message).Equals(checker.Results.GetValueOrDefault(key)));

    [Fact]
    public async Task Nothing_is_known_before_the_first_answer()
    {
        Follow((One, Check()));
        var (_, answer) = await AskedAsync();
        Assert.Empty(checker.Results);

        answer.SetResult(null);
        await Is(One, true);
        Assert.Equal(1, changes);
    }

    [Fact]
    public async Task What_is_wrong_is_told_and_that_it_is_over()
    {
        Follow((One, Check()));
        await Answer("connection refused");
        await Is(One, false, "connection refused");
        await Answer(null);
        await Is(One, true);
        Assert.Equal(2, changes);
    }

    [Fact]
    public async Task So_many_answers_in_a_row_turn_it()
    {
        Follow((One, Check(rise: 2, fall: 3)));
        await Answer(null);
        await Answer(null);
        await Is(One, true);
        foreach (var fault in (string?[])["a", "b", null, "c", "d"])
            await Answer(fault);
        Assert.True(checker.Results[One].Healthy);

        await Answer("e");
        await Is(One, false, "e");
        await Answer(null);
        await Answer("f");
        await Is(One, false, "f");
        await Answer(null);
        await Answer(null);
        await Is(One, true);
    }

    [Fact]
    public async Task No_answer_in_time_is_one_too()
    {
        Follow((One, Check(timeout: 300)));
        await AskedAsync();
        await Until(() => checker.Results.ContainsKey(One), advance: true);

        Assert.Equal("no answer within 300 ms", checker.Results[One].Message);
    }

    [Fact]
    public async Task The_next_question_comes_within_the_interval()
    {
        Follow((One, Check(interval: 1000)));
        await Answer(null);
        await Is(One, true);
        for (var i = 0; i < 5; i++)
        {
            var before = time.GetTimestamp();
            await Answer(null);
            Assert.InRange(time.GetElapsedTime(before), TimeSpan.FromMilliseconds(790), TimeSpan.FromMilliseconds(1000));
        }
    }

    [Fact]
    public async Task Who_is_asked_no_more_is_forgotten()
    {
        Follow((One, Check()), (Two, Check()));
        await Answer(null);
        await Answer(null);
        await Is(One, true);
        await Is(Two, true);
        Follow((Two, Check()));

        Assert.Equal([Two], checker.Results.Keys);
    }

    [Fact]
    public async Task Another_way_of_asking_leaves_what_is_known_until_it_has_an_answer()
    {
        Follow((One, Check()));
        await Answer(null);
        await Is(One, true);
        Follow((One, Check(fall: 2)));
        Assert.True(checker.Results[One].Healthy);

        await Answer("x");
        await Answer("x");
        await Is(One, false, "x");
    }

    [Fact]
    public async Task What_was_found_of_another_container_is_forgotten()
    {
        Follow((One, Check()));
        await Answer(null);
        await Is(One, true);
        Follow((One, Check(ifindex: 6)));

        Assert.Empty(checker.Results);
    }

    [Fact]
    public async Task An_answer_that_comes_too_late_is_none()
    {
        Follow((One, Check()));
        var (_, answer) = await AskedAsync();
        Follow();
        answer.TrySetResult(null);
        await checker.DisposeAsync();

        Assert.Empty(checker.Results);
    }
}
