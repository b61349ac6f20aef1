using Microsoft.Extensions.Time.Testing;
using Weft.Server.Balancing;

namespace Weft.Tests.Server.Balancing;

public sealed class AbsenceTests
{
    readonly FakeTimeProvider time = new();
    readonly HashSet<string> connected = ["a", "b"];
    readonly HashSet<string> dead = [];
    readonly Absence absence;

    public AbsenceTests() => absence = new(time);

    /// <returns>Who is away, and of whom that is news.</returns>
    string Look(int afterSeconds)
    {
        time.Advance(TimeSpan.FromSeconds(afterSeconds));
        var (away, news) = absence.Look(["a", "b"], connected.Contains, dead);
        return $"{string.Join(',', away.Order())}; {string.Join(',', news)}";
    }

    [Fact]
    public void Just_after_the_start_nobody_is_away()
    {
        connected.Clear();

        Assert.Equal("; ", Look(0));
        Assert.Equal("; ", Look(29));
        Assert.Equal("a,b; a,b", Look(1));
    }

    [Fact]
    public void Who_is_gone_for_ten_seconds_is_away_and_that_is_news_once()
    {
        Look(60);
        connected.Remove("a");
        Assert.Equal("; ", Look(0));
        Assert.Equal("; ", Look(9));

        Assert.Equal("a; a", Look(1));
        Assert.Equal("a; ", Look(1));
    }

    [Fact]
    public void Who_comes_back_in_time_begins_anew()
    {
        Look(60);
        connected.Remove("a");
        Look(9);
        connected.Add("a");
        Look(0);
        connected.Remove("a");

        Assert.Equal("; ", Look(9));
        connected.Add("a");
        Assert.Equal("; ", Look(9));
    }

    [Fact]
    public void Who_comes_back_is_news_when_it_goes_again()
    {
        Look(60);
        connected.Remove("a");
        Look(0);
        Look(10);
        connected.Add("a");
        Look(0);
        connected.Remove("a");
        Look(0);

        Assert.Equal("a; a", Look(10));
    }

    [Fact]
    public void Who_is_dead_is_away_at_once_and_until_it_is_connected_again()
    {
        dead.Add("a");
        Assert.Equal("a; a", Look(0));
        dead.Clear();
        connected.Remove("a");
        Assert.Equal("a; ", Look(1));
        connected.Add("a");
        Assert.Equal("; ", Look(1));
        connected.Remove("a");
        Look(60);
        Assert.Equal("a; a", Look(10));
    }
}
