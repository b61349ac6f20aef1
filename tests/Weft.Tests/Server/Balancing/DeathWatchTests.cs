using System.Net;
using Microsoft.Extensions.Time.Testing;
using Weft.Model.Resources;
using Weft.Server.Balancing;
using Weft.Server.Status;

namespace Weft.Tests.Server.Balancing;

public sealed class DeathWatchTests
{
    readonly FakeTimeProvider time = new();
    readonly PeerBoard peers = new();
    readonly List<string> hailed = [];
    readonly HashSet<string> connected = ["n1", "n2", "n3", "n4"];
    readonly Dictionary<uint, Node> nodes = Enumerable.Range(1, 4).ToDictionary(
        number => (uint)number, number => new Node { Name = $"n{number}", Number = (uint)number, FabricAddress = IPAddress.Loopback });

    readonly DeathWatch watch;

    public DeathWatchTests()
    {
        watch = new(peers, hailed.Add, time);
        Pass(60);
        for (uint number = 1; number <= 4; number++)
            Tell(number, []);
    }

    void Pass(double seconds) => time.Advance(TimeSpan.FromSeconds(seconds));

    void Tell(uint node, params uint[] silent)
    {
        peers.Hear($"n{node}", time.GetTimestamp());
        peers.Set($"n{node}", Enumerable.Range(1, 4).Select(number => (uint)number).Except([node, .. silent]), silent, time.GetUtcNow());
    }

    string Dead() => string.Join(',', watch.Look(nodes, connected.Contains).Order());

    [Fact]
    public void Who_is_silent_to_its_peers_is_asked_and_dead_when_it_says_nothing_for_a_second()
    {
        Assert.Equal("", Dead());
        Assert.Empty(hailed);
        Tell(1, 4);
        Tell(2, 4);
        Assert.Equal("", Dead());
        Assert.Equal(["n4"], hailed);
        Pass(0.9);
        Assert.Equal("", Dead());
        Pass(0.1);
        Assert.Equal("n4", Dead());
        Pass(30);
        Assert.Equal("n4", Dead());
        Assert.Equal(["n4"], hailed);
    }

    [Fact]
    public void Who_answers_the_server_lives_and_is_asked_again()
    {
        Tell(1, 4);
        Tell(2, 4);
        Tell(3, 4);
        for (var i = 1; i <= 5; i++)
        {
            Assert.Equal("", Dead());
            Assert.Equal(i, hailed.Count);
            Pass(0.4);
            peers.Hear("n4", time.GetTimestamp());
            Assert.Equal("", Dead());
            Pass(0.6);
        }
    }

    [Fact]
    public void Who_is_not_connected_and_silent_to_its_peers_is_dead_at_once()
    {
        connected.Remove("n4");
        Tell(1, 4);
        Tell(2, 4);
        Assert.Equal("n4", Dead());
        Assert.Empty(hailed);
    }

    [Fact]
    public void Who_answers_its_peers_is_not_dead_whatever_the_server_hears()
    {
        connected.Remove("n4");
        Assert.Equal("", Dead());
        Tell(1, 4); // one of three
        Pass(60);
        Assert.Equal("", Dead());
        Tell(2, 4);
        Assert.Equal("n4", Dead());
    }

    /// <summary>A node that is cut off finds all others silent; alone it cannot have them taken for dead.</summary>
    [Fact]
    public void One_that_finds_all_others_silent_convinces_nobody()
    {
        Tell(4, 1, 2, 3);
        Pass(5);
        Assert.Equal("", Dead());
        Assert.Empty(hailed);
    }

    [Fact]
    public void Who_is_away_is_no_witness()
    {
        Tell(1, 4);
        connected.Remove("n4");
        foreach (var gone in (string[])["n2", "n3", "n4"])
            peers.Forget(gone);
        Assert.Equal("n4", Dead());
    }

    [Fact]
    public void Just_after_the_start_nobody_is_dead()
    {
        var young = new DeathWatch(peers, hailed.Add, time);
        connected.Remove("n4");
        Tell(1, 4);
        Tell(2, 4);
        Assert.Empty(young.Look(nodes, connected.Contains));
        Pass(10);
        Assert.Equal(["n4"], young.Look(nodes, connected.Contains));
    }

    [Fact]
    public void Since_when_it_is_silent_stays_while_it_is()
    {
        var before = time.GetUtcNow();
        Tell(2, 4);
        Pass(10);
        Tell(1, 4);
        Tell(2, 4, 3);
        Assert.Equal(["n1", "n2"], peers.On(4).Silent);
        Assert.Equal(before, peers.On(4).Since);
        Assert.Equal(before.AddSeconds(10), peers.On(3).Since);
        Tell(2);
        Assert.Equal(before.AddSeconds(10), peers.On(4).Since);
    }
}
