using System.Diagnostics;
using Weft.Model.State;
using Weft.Rules.Tables;
using static Weft.Tests.Rules.RuleWorld;

namespace Weft.Tests.Rules;

/// <summary>What compiling costs: printed, not judged.</summary>
public sealed class RuleFigures(ITestOutputHelper output)
{
    const int RuleCount = 10_000;
    const int PortCount = 4_000;

    [Fact]
    public void Ten_thousand_rules_by_port() => Measure(
        "10,000 rules by destination port",
        (world, i) => Rule(RuleAction.Allow, world.End("p/a"), world.End("p/b"), 6, $"{i * 6 + 1}-{i * 6 + 3}"));

    [Fact]
    public void Ten_thousand_rules_by_prefix() => Measure(
        "10,000 rules by source address",
        (world, i) => Rule(RuleAction.Allow, world.End("p/a", $"10.0.{i >> 8}.{i & 255}/32"), world.End("p/b"), 6, "443"));

    [Fact]
    public void Ten_thousand_rules_by_label() => Measure(
        "10,000 rules by label",
        (world, i) => Rule(RuleAction.Allow, world.End("p/a", labels: $"app=a{i % 500}"), world.End("p/b", labels: $"app=a{i % 7}"), 6, $"{i + 1}"));

    void Measure(string what, Func<RuleWorld, int, RuleSpec> rule)
    {
        var world = new RuleWorld();
        world.Network("p/a");
        world.Network("p/b");
        world.Policy("p/x", "p/a p/b", 100, [.. Enumerable.Range(0, RuleCount).Select(i => rule(world, i))]);
        foreach (var i in Enumerable.Range(0, PortCount))
        {
            world.Port($"a{i}", "p/a", $"10.0.{i >> 8}.{i & 255}", $"app=a{i % 500}", node: (uint)i % 40);
            world.Port($"b{i}", "p/b", $"10.1.{i >> 8}.{i & 255}", $"app=a{i % 500}", node: (uint)i % 40);
        }
        var (tables, input) = (new RuleTables(), world.Input());
        var watch = Stopwatch.StartNew();
        tables.Update(input, RuleChanges.All(RuleInput.Empty, input));
        output.WriteLine(
            $"{what}, {2 * PortCount} ports: compiled in {watch.ElapsedMilliseconds} ms: {tables.Pairs.Count()} pairs, {tables.Tables.Count} tables, "
            + $"{tables.Tables.Values.Sum(table => table.Entries.Length)} entries");
        MeasureRuleChange(world, tables, ref input, rule);
        MeasurePortChange(world, tables, input);
    }

    void MeasureRuleChange(RuleWorld world, RuleTables tables, ref RuleInput input, Func<RuleWorld, int, RuleSpec> rule)
    {
        const int Times = 20;
        var set = world.Uid("p/x");
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < Times; i++)
        {
            var key = new NodeRuleKey(set, (uint)(i * 400) + 1);
            world.Rules = world.Rules.SetItem(key, new(key, rule(world, i * 400) with { Action = RuleAction.Deny }));
            input = input with { Book = input.Book.With([], [key], world.Sets.GetValueOrDefault, world.Rules.GetValueOrDefault) };
            tables.Update(input, new([], [], [set]));
        }
        output.WriteLine($"  one changed rule: {watch.Elapsed.TotalMicroseconds / Times:F0} us");
    }

    void MeasurePortChange(RuleWorld world, RuleTables tables, RuleInput input)
    {
        const int Times = 100;
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < Times; i++)
        {
            var port = world.Port($"a{i}", "p/a", $"10.0.{i >> 8}.{i & 255}", $"app=a{i + 1}", node: (uint)i % 40);
            input = input with { Ports = world.Ports };
            tables.Update(input, new([], [port.Uid], []));
        }
        output.WriteLine($"  one changed port: {watch.Elapsed.TotalMicroseconds / Times:F0} us");
    }
}
