using Weft.Server.Planning;

namespace Weft.Tests.Server;

public sealed class RuleIdTests
{
    sealed record Rule(uint Id, string Text);

    /// <summary>Rules as words; <c>a#3</c> gives an id. Stored ones are a, b, c with ids 1, 2, 3, and id 4 was used once.</summary>
    public static TheoryData<string, string, string> Documents() => new()
    {
        { "the same", "a b c", "1 2 3" },
        { "one goes", "a c", "1 3" },
        { "one comes first", "x a b c", "5 1 2 3" },
        { "one comes between", "a x b c", "1 5 2 3" },
        { "one comes last", "a b c x", "1 2 3 5" },
        { "one is changed in place", "a x c", "1 2 3" },
        { "the first is changed", "x b c", "1 2 3" },
        { "two in a row are changed", "a x y", "1 2 3" },
        { "all are changed", "x y z", "1 2 3" },
        { "moved", "c a b", "3 1 2" },
        { "one goes and another comes at the end", "b c x", "2 3 5" },
        { "a rule twice", "a a b c", "1 5 2 3" },
        { "changed under its own id", "b c x#1", "2 3 1" },
        { "an id of no rule is not taken", "a x#9 b c", "1 5 2 3" },
        { "an id of another rule that is there is not taken", "a x#2 b c", "1 5 2 3" },
        { "ids from elsewhere do not matter for the same rules", "a#2 b#1 c#7", "1 2 3" },
        { "nothing", "", "" },
    };

    [Theory]
    [MemberData(nameof(Documents))]
    public void A_rule_keeps_its_id_while_it_is_the_same_rule(string what, string document, string ids)
    {
        uint last = 4;

        var rules = Assign(document, ["a", "b", "c"], ref last);

        Assert.True(ids == string.Join(' ', rules.Select(rule => rule.Id)), $"{what}: {string.Join(' ', rules.Select(rule => rule.Id))}");
    }

    [Fact]
    public void No_id_is_given_when_all_were_given()
    {
        var last = uint.MaxValue;

        Assert.Null(RuleIds.Assign([new Rule(0, "x")], [], ref last, rule => rule.Id, (rule, id) => rule with { Id = id }));
    }

    static Rule[] Assign(string document, string[] stored, ref uint last) => RuleIds.Assign(
        [.. document.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Parse)],
        [.. stored.Select((text, i) => new Rule((uint)i + 1, text))],
        ref last, rule => rule.Id, (rule, id) => rule with { Id = id })!;

    static Rule Parse(string word) => word.Split('#') is [var text, var id] ? new(uint.Parse(id), text) : new(0, word);
}
