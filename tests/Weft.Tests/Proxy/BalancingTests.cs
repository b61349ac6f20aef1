using System.Net;
using Weft.Model.Resources;
using Weft.Proxy.Balancing;

namespace Weft.Tests.Proxy;

/// <summary>Who is chosen.</summary>
public sealed class BalancingTests
{
    static readonly IPAddress Client = IPAddress.Parse("192.0.2.1");

    static MemberModel Member(string id, int weight = 1, long active = 0)
    {
        var state = new MemberState(new("p", id, IPAddress.Loopback, 80), TimeProvider.System);
        for (var i = 0L; i < active; i++)
            state.TryBegin(0);
        return new(state, weight, 0, true, "http://x/", id);
    }

    static string Choose(Algorithm algorithm, IPAddress? client = null) =>
        algorithm.Choose(client ?? Client, _ => true)!.State.Key.Id;

    [Fact]
    public void Round_robin_gives_each_its_share_and_spreads_it()
    {
        var algorithm = Algorithm.Of(Pool.RoundRobin, [Member("a", 6), Member("b", 2)]);
        var turns = Enumerable.Range(0, 16).Select(_ => Choose(algorithm)).ToList();

        Assert.Equal(12, turns.Count(id => id == "a"));
        Assert.Equal("aabaaabaaabaaaba", string.Concat(turns));
    }

    [Fact]
    public void Round_robin_steps_over_those_that_may_not()
    {
        var algorithm = Algorithm.Of(Pool.RoundRobin, [Member("a"), Member("b"), Member("c")]);

        for (var i = 0; i < 9; i++)
            Assert.Equal("c", algorithm.Choose(Client, member => member.State.Key.Id == "c")!.State.Key.Id);
        Assert.Null(algorithm.Choose(Client, _ => false));
    }

    [Fact]
    public void Least_connections_counts_requests_for_the_weight()
    {
        Assert.Equal("b", Choose(Algorithm.Of(Pool.LeastConnections, [Member("a", active: 3), Member("b", active: 2)])));
        Assert.Equal("a", Choose(Algorithm.Of(Pool.LeastConnections, [Member("a", 4, active: 3), Member("b", 1, active: 1)])));
        var idle = Algorithm.Of(Pool.LeastConnections, [Member("a"), Member("b")]);
        Assert.Equal(2, Enumerable.Range(0, 10).Select(_ => Choose(idle)).Distinct().Count());
    }

    [Fact]
    public void A_source_keeps_its_member_and_only_those_of_a_gone_one_move()
    {
        var members = Enumerable.Range(0, 10).Select(i => Member($"m{i}", i == 0 ? 2 : 1)).ToArray();
        var all = Algorithm.Of(Pool.SourceHash, members);
        var without = Algorithm.Of(Pool.SourceHash, members[..^1]);
        var clients = Enumerable.Range(0, 20_000).Select(i => new IPAddress([10, 0, (byte)(i >> 8), (byte)i])).ToList();

        var before = clients.ToDictionary(client => client, client => Choose(all, client));
        foreach (var client in clients.Where(client => before[client] != "m9"))
            Assert.Equal(before[client], Choose(without, client));

        var shares = before.Values.CountBy(id => id).ToDictionary();
        Assert.InRange(shares["m0"], 20_000 * 2 / 11 * 0.9, 20_000 * 2 / 11 * 1.1);
        Assert.InRange(shares["m1"], 20_000 / 11 * 0.9, 20_000 / 11 * 1.1);
    }
}
