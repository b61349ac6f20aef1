using CsCheck;
using Weft.Rules;

namespace Weft.Tests.Rules;

public sealed class NetworkJoinsTests
{
    [Fact]
    public void Joins_that_followed_changes_are_those_of_the_whole_book() =>
        RandomRules.Histories.Sample(history =>
        {
            var (random, joins) = (new RandomRules(history[0][0]), new NetworkJoins());
            var world = random.World;
            var joined = new HashSet<NetworkPair>();
            foreach (var seed in history.SelectMany(batch => batch).Prepend(0u))
            {
                var (sets, networks) = (world.Sets.Keys, world.Networks.Keys);
                random.Apply(seed);
                var book = world.Book;
                var changed = sets.Union(world.Sets.Keys).SelectMany(uid => joins.SetPolicy(uid, book.Sets.GetValueOrDefault(uid)))
                    .Concat(networks.Union(world.Networks.Keys).SelectMany(uid => joins.SetNetwork(uid, world.Networks.GetValueOrDefault(uid)?.Project)));
                foreach (var pair in changed)
                    _ = joined.Add(pair) || joined.Remove(pair);
                foreach (var one in world.Networks.Values)
                {
                    var expected = world.Networks.Values
                        .Where(other => NetworkJoins.AreJoined(book, one.Uid, one.Project, other.Uid, other.Project)).Select(other => other.Uid).Order();
                    Assert.Equal(expected, joins.JoinedTo(one.Uid).Order());
                    Assert.Equal(expected, joined.Where(pair => pair.First == one.Uid || pair.Second == one.Uid).Select(pair => pair.Other(one.Uid)).Order());
                }
            }
        }, iter: 200);
}
