using Weft.Model.State;
using Weft.Rules.Tables;

namespace Weft.Tests.Rules;

/// <summary>Two contents with one name: what must never pass for one another is closed.</summary>
public sealed class NameCollisionTests
{
    readonly RuleWorld _world = new();

    public NameCollisionTests()
    {
        _world.Network("p/a");
        _world.Network("p/b");
        _world.Port("one", "p/a", "10.0.0.1");
        _world.Port("two", "p/b", "10.1.0.1");
        _world.Port("three", "p/b", "10.1.0.2");
        _world.Policy(
            "p/x", "p/a", 1, RuleWorld.Rule(RuleAction.Allow, _world.End("p/a"), _world.End("p/b", "10.1.0.1/32")),
            RuleWorld.Rule(RuleAction.Allow, _world.End("p/a"), _world.End("p/b"), 6, "80"));
    }

    [Fact]
    public void An_address_whose_identity_has_anothers_name_has_none()
    {
        var tables = Compiled(_ => 7);
        Assert.Equal(2, tables.PortCollisions.Count);
        Assert.Equal(1, _world.Ports.Values.Count(port => tables.IdentityOf(port.Uid, port.Addresses[0]) is not null));
    }

    [Fact]
    public void A_collision_ends_at_the_next_update_after_the_other_has_gone()
    {
        var tables = Compiled(_ => 7);
        var before = _world.Input();
        foreach (var port in before.Ports.Values.Where(port => !tables.PortCollisions.Contains(port.Uid)))
            _world.Ports = _world.Ports.Remove(port.Uid);
        tables.Update(_world.Input(), RuleChanges.All(before, _world.Input()));
        tables.Update(_world.Input(), new([], [], []));
        Assert.Equal(1, _world.Ports.Values.Count(port => tables.IdentityOf(port.Uid, port.Addresses[0]) is not null));
    }

    [Fact]
    public void A_pair_whose_table_has_anothers_name_is_denied()
    {
        // Identities come first, and each content has its own; tables then share one name.
        var (names, next) = (new Dictionary<UInt128, ulong>(), 0UL);
        var tables = Compiled(content => names.TryGetValue(content, out var name) ? name : names[content] = Math.Min(++next, 4));
        Assert.Single(tables.Tables);
        Assert.NotEmpty(tables.PairCollisions);
        Assert.All(tables.PairCollisions, pair => Assert.Equal(0UL, tables.TableOf(pair)));
    }

    RuleTables Compiled(Func<UInt128, ulong> hash)
    {
        var tables = new RuleTables(hash);
        tables.Update(_world.Input(), RuleChanges.All(RuleInput.Empty, _world.Input()));
        return tables;
    }
}
