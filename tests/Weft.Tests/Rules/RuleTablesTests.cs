using CsCheck;
using Weft.Rules;
using Weft.Rules.Tables;

namespace Weft.Tests.Rules;

public sealed class RuleTablesTests
{
    [Fact]
    public void Compiled_tables_say_what_the_rules_mean() =>
        Gen.Select(RandomRules.Histories, RandomRules.Packets.Array[20]).Sample((history, packets) =>
        {
            var random = RandomRules.After(history);
            AssertMeaning(random.World.Input(), Compiled(random.World.Input()), packets);
            AssertOutsideMeaning(random.World.Input(), Compiled(random.World.Input()), packets[..8]);
        }, iter: 1500);

    [Fact]
    public void Tables_that_followed_changes_are_those_made_from_nothing() =>
        RandomRules.Histories.Sample(history =>
        {
            var random = new RandomRules(history[0][0]);
            var (tables, before) = (new RuleTables(), RuleInput.Empty);
            foreach (var batch in history)
            {
                foreach (var seed in batch)
                    random.Apply(seed);
                var next = Follow(before, random.World, (uint)(batch[0] % 7 == 0 ? 2 : 1));
                tables.Update(next, Changes(before, next));
                AssertSame(next, Compiled(next), tables);
                before = next;
            }
        }, iter: 1500);

    [Fact]
    public void A_step_tells_all_that_it_changed() =>
        RandomRules.Histories.Sample(history =>
        {
            var random = new RandomRules(history[0][0]);
            var (tables, before) = (new RuleTables(), RuleInput.Empty);
            var pairs = new Dictionary<IdentityPair, ulong>();
            var (ids, identities) = (new HashSet<ulong>(), new Dictionary<(Guid, int), ulong?>());
            var regions = new Dictionary<OutsideRegion, ulong>();
            foreach (var batch in history)
            {
                foreach (var seed in batch)
                    random.Apply(seed);
                var next = Follow(before, random.World, 1);
                var step = tables.Update(next, Changes(before, next));
                foreach (var pair in step.Pairs)
                    Put(pairs, pair, tables.TableOf(pair));
                foreach (var region in step.Regions)
                    _ = tables.IdentityOf(region) is { } identity ? (regions[region] = identity) != 0 : regions.Remove(region);
                Assert.Equal(
                    next.Externals.Keys.SelectMany(uid => tables.RegionsOf(uid).Select(region => (new OutsideRegion(uid, region.Key), region.Value))).ToHashSet(),
                    regions.Select(region => (region.Key, region.Value)).ToHashSet());
                foreach (var id in step.Tables)
                    _ = tables.Tables.ContainsKey(id) ? ids.Add(id) : ids.Remove(id);
                Assert.Equal(tables.Pairs.OrderBy(pair => pair.Key.From).ThenBy(pair => pair.Key.To), pairs.OrderBy(pair => pair.Key.From).ThenBy(pair => pair.Key.To));
                Assert.Equal(tables.Tables.Keys.Order(), ids.Order());
                foreach (var uid in before.Ports.Keys.Union(next.Ports.Keys))
                {
                    for (var i = 0; i < 2; i++)
                    {
                        var port = next.Ports.GetValueOrDefault(uid);
                        var now = port is null || i >= port.Addresses.Length ? null : tables.IdentityOf(uid, port.Addresses[i]);
                        Assert.True(identities.GetValueOrDefault((uid, i)) == now || step.Ports.Contains(uid));
                        identities[(uid, i)] = now;
                    }
                }
                before = next;
            }
        }, iter: 500);

    [Fact]
    public void Names_do_not_depend_on_the_order_of_what_comes_in() =>
        RandomRules.Histories.Sample(history =>
        {
            var random = RandomRules.After(history);
            var world = random.World;
            var (forward, backward) = (new RuleTables(), new RuleTables());
            forward.Update(world.Input(), RuleChanges.All(RuleInput.Empty, world.Input()));
            var before = RuleInput.Empty;
            foreach (var uid in world.Ports.Keys.OrderDescending())
                before = Add(backward, before, before with { Node = 1, Ports = before.Ports.Add(uid, world.Ports[uid]) });
            foreach (var uid in world.Sets.Keys.OrderDescending())
                before = Add(backward, before, before with { Book = RuleBook.Of(world.Sets.Values.Where(set => set.Uid.CompareTo(uid) >= 0), world.Rules.Values) });
            foreach (var uid in world.Networks.Keys.OrderDescending())
                before = Add(backward, before, before with { Networks = before.Networks.Add(uid, world.Networks[uid]) });
            foreach (var uid in world.Floatings.Keys.OrderDescending())
                before = Add(backward, before, before with { Floatings = before.Floatings.Add(uid, world.Floatings[uid]) });
            foreach (var uid in world.Externals.Keys.OrderDescending())
                before = Add(backward, before, before with { Externals = before.Externals.Add(uid, world.Externals[uid]) });
            AssertSame(world.Input(), forward, backward);
        }, iter: 300);

    static RuleInput Add(RuleTables tables, RuleInput before, RuleInput next)
    {
        tables.Update(next, Changes(before, next));
        return next;
    }

    internal static RuleTables Compiled(RuleInput input)
    {
        var tables = new RuleTables();
        tables.Update(input, RuleChanges.All(RuleInput.Empty, input));
        return tables;
    }

    /// <summary>The next input as an agent derives it.</summary>
    static RuleInput Follow(RuleInput before, RuleWorld world, uint node)
    {
        var sets = before.Book.Sets.Keys.Union(world.Sets.Keys)
            .Where(uid => !Equals(before.Book.Sets.GetValueOrDefault(uid)?.Record, world.Sets.GetValueOrDefault(uid)));
        var rules = before.Book.Sets.Values.SelectMany(set => set.Rules)
            .Where(rule => !rule.Equals(world.Rules.GetValueOrDefault(rule.Key))).Select(rule => rule.Key)
            .Where(key => world.Sets.ContainsKey(key.Set));
        return world.Input(node) with
        {
            Book = before.Book.With(sets, rules, world.Sets.GetValueOrDefault, world.Rules.GetValueOrDefault),
        };
    }

    static RuleChanges Changes(RuleInput before, RuleInput next) => new(
        [.. before.Networks.Keys.Union(next.Networks.Keys).Where(uid => before.Networks.GetValueOrDefault(uid) != next.Networks.GetValueOrDefault(uid))],
        [.. before.Ports.Keys.Union(next.Ports.Keys).Where(uid => before.Ports.GetValueOrDefault(uid) != next.Ports.GetValueOrDefault(uid))],
        [.. before.Book.Sets.Keys.Union(next.Book.Sets.Keys).Where(uid => before.Book.Sets.GetValueOrDefault(uid) != next.Book.Sets.GetValueOrDefault(uid))])
    {
        Externals = [.. before.Externals.Keys.Union(next.Externals.Keys).Where(uid => before.Externals.GetValueOrDefault(uid) != next.Externals.GetValueOrDefault(uid))],
        Floatings = [.. before.Floatings.Keys.Union(next.Floatings.Keys).Where(uid => before.Floatings.GetValueOrDefault(uid) != next.Floatings.GetValueOrDefault(uid))],
    };

    static void AssertSame(RuleInput input, RuleTables expected, RuleTables actual)
    {
        foreach (var port in input.Ports.Values)
        {
            foreach (var address in port.Addresses)
                Assert.Equal(expected.IdentityOf(port.Uid, address), actual.IdentityOf(port.Uid, address));
        }
        foreach (var external in input.Externals.Keys)
            Assert.Equal(expected.RegionsOf(external).OrderBy(region => region.Key.ToString()), actual.RegionsOf(external).OrderBy(region => region.Key.ToString()));
        Assert.Equal(
            expected.Pairs.OrderBy(pair => pair.Key.From).ThenBy(pair => pair.Key.To),
            actual.Pairs.OrderBy(pair => pair.Key.From).ThenBy(pair => pair.Key.To));
        Assert.Equal(expected.Tables.Keys.Order(), actual.Tables.Keys.Order());
        foreach (var (id, table) in expected.Tables)
            Assert.Equal(table.Entries.AsEnumerable(), actual.Tables[id].Entries);
    }

    internal static void AssertMeaning(RuleInput input, RuleTables tables, Traffic[] packets)
    {
        var reader = new TableReader(tables);
        var known = input.Ports.Values.Where(port => input.Networks.ContainsKey(port.Network)).ToList();
        foreach (var from in known)
        {
            foreach (var to in known.Where(to => to.Uid != from.Uid && (to.NodeNumber == input.Node || from.NodeNumber == input.Node)))
            {
                foreach (var source in from.Addresses)
                {
                    foreach (var destination in to.Addresses.Where(address => address.AddressFamily == source.AddressFamily))
                    {
                        foreach (var packet in packets)
                        {
                            var decision = RuleWorld.Decide(
                                input, RuleWorld.Party(input, from, source), RuleWorld.Party(input, to, destination), packet);
                            var said = reader.Ask(from.Uid, source, from.Network, to.Uid, destination, to.Network, packet);
                            Assert.Equal(TableReader.Expected(decision), said);
                        }
                    }
                }
            }
        }
    }

    internal static void AssertOutsideMeaning(RuleInput input, RuleTables tables, Traffic[] packets)
    {
        var reader = new TableReader(tables);
        foreach (var port in input.Ports.Values.Where(port => input.Networks.ContainsKey(port.Network)))
        {
            foreach (var external in input.Externals.Keys.Where(external => port.NodeNumber == input.Node || IsFront(input, external)))
            {
                foreach (var (inside, outside) in port.Addresses.SelectMany(inside => RandomRules.OutsideAddresses
                    .Where(outside => outside.AddressFamily == inside.AddressFamily).Select(outside => (inside, outside))))
                {
                    var (own, other) = (RuleWorld.Party(input, port, inside), Party.Outside(external, outside));
                    foreach (var packet in packets)
                    {
                        Assert.Equal(
                            TableReader.Expected(RuleWorld.Decide(input, own, other, packet)),
                            reader.AskOutside(port.Uid, inside, port.Network, external, outside, outwards: true, packet));
                        var inwards = reader.AskOutside(port.Uid, inside, port.Network, external, outside, outwards: false, packet);
                        Assert.Equal(TableReader.Expected(RuleWorld.Decide(input, other, own, packet)), inwards);
                        Assert.Equal(TableReader.Expected(RuleWorld.Decide(input, other, own, packet, published: true)), inwards);
                    }
                }
            }
        }
    }

    static bool IsFront(RuleInput input, Guid external) => input.Floatings.Values
        .Any(floating => floating.External == external && floating.Balancer is not null && floating.NodeNumber == input.Node);

    static void Put(Dictionary<IdentityPair, ulong> pairs, IdentityPair pair, ulong table)
    {
        if (table == 0)
            pairs.Remove(pair);
        else
            pairs[pair] = table;
    }
}
