using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Weft.Agent.Outside;
using Weft.Dataplane.Abi;
using Weft.Model.Addressing;

namespace Weft.Tests.Agent.Outside;

public sealed class AnnouncerTests
{
    static readonly MacAddress Mac = MacAddress.Parse("02:00:00:00:00:51");

    readonly ManualTime _time = new();
    readonly List<(int Ifindex, string Address)> _sent = [];
    readonly Announcer _announcer;

    public AnnouncerTests() => _announcer = new(
        (ifindex, frame) => _sent.Add((ifindex, new IPAddress(frame.AsSpan(28, 4)).ToString())), _time, NullLogger.Instance);

    [Fact]
    public void Each_address_is_told_three_times_a_second_apart()
    {
        _announcer.Announce(At(1));
        var times = new List<double>();
        for (var i = 0; i < 100; i++)
        {
            var before = _sent.Count;
            _announcer.SendDue();
            if (_sent.Count > before)
                times.Add(_time.Seconds);
            _time.Seconds += 0.05;
        }
        Assert.Equal(3, times.Count);
        Assert.Equal([1.0, 1.0], times.Zip(times[1..], (one, next) => Math.Round(next - one, 1)));
        Assert.All(_sent, sent => Assert.Equal((5, "192.0.2.1"), sent));
        Assert.Equal(0, _announcer.Count);
        Assert.Null(_announcer.SendDue());
    }

    [Fact]
    public void What_is_taken_back_is_told_no_more()
    {
        _announcer.Announce(At(1));
        _announcer.SendDue();
        _announcer.Withdraw(At(1));
        _time.Seconds += 5;
        _announcer.SendDue();
        Assert.Single(_sent);
    }

    [Fact]
    public void What_comes_back_is_told_three_times_again()
    {
        for (var i = 0; i < 2; i++)
        {
            _announcer.Announce(At(1));
            _announcer.SendDue();
            _announcer.Withdraw(At(1));
        }
        _announcer.Announce(At(1));
        for (var i = 0; i < 10; i++, _time.Seconds += 1)
            _announcer.SendDue();
        Assert.Equal(5, _sent.Count);
    }

    [Fact]
    public void Ten_thousand_at_once_are_told_at_a_bounded_rate()
    {
        for (var i = 1; i <= 10_000; i++)
            _announcer.Announce(At(i));
        var seconds = 0.0;
        while (_announcer.SendDue() is { } wait)
        {
            Assert.True(_sent.Count <= (seconds + 0.06) * Announcer.Burst * Announcer.BurstsPerSecond, $"{_sent.Count} in {seconds} s");
            seconds += wait.TotalSeconds;
            _time.Seconds += wait.TotalSeconds;
        }
        Assert.Equal(30_000, _sent.Count);
        Assert.Equal(10_000, _sent.Distinct().Count());
    }

    [Fact]
    public void Only_what_is_new_is_announced_and_all_of_it_on_a_new_uplink()
    {
        var answered = new AnsweredAddresses();
        RouteKey one = RouteKey.For(900, IPAddress.Parse("192.0.2.1")), two = RouteKey.For(900, IPAddress.Parse("192.0.2.2"));
        var floating = new RouteEntry { Action = FlowAction.Floating, Vni = 900 };
        KeyValuePair<uint, Uplink> eth1 = new(5, new() { Vni = 900, Mac = Mac }), eth2 = new(6, new() { Vni = 900, Mac = Mac });
        answered.Begin([new(one, floating)], [eth1]);
        answered.Follow([(one, floating with { Identity = 7 }), (two, floating)], [eth1], _announcer);
        Assert.Equal([(5, "192.0.2.2")], Told());
        answered.Follow([(two, null)], [eth1], _announcer);
        Assert.Equal(0, _announcer.Count);
        answered.Follow([], [eth2], _announcer);
        Assert.Equal([(6, "192.0.2.1")], Told());
        answered.Follow([(one, new RouteEntry { Action = FlowAction.Remote, Node = 2 })], [eth2], _announcer);
        Assert.Equal(0, _announcer.Count);
        Assert.Equal(0, answered.Count);
    }

    List<(int, string)> Told()
    {
        _sent.Clear();
        _announcer.SendDue();
        return [.. _sent];
    }

    static AnsweredAddress At(int number) => new(5, Mac, new([192, 0, (byte)(2 + number / 256), (byte)number]));

    sealed class ManualTime : TimeProvider
    {
        public double Seconds { get; set; } = 1000;

        public override long GetTimestamp() => (long)(Seconds * TimestampFrequency);

        public override long TimestampFrequency => 1_000_000;
    }
}
