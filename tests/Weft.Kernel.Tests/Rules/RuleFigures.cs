using System.Diagnostics;
using System.Net.Sockets;
using Weft.Model.State;
using static Weft.Tests.Rules.RuleWorld;

namespace Weft.Kernel.Tests.Rules;

/// <summary>From a change that two agents are told to its effect in both kernels. Figures are printed, not judged.</summary>
public sealed class RuleFigures
{
    const int Count = 10_000;
    const int Changes = 10;

    [Fact]
    public async Task One_rule_of_ten_thousand_changes_on_two_hosts()
    {
        await using var site = await RuleSite.StartAsync(verdictTableSize: 1 << 20);
        var rules = Enumerable.Range(0, Count).Select(i => Rule(
            RuleAction.Allow, site.End("p/front"), site.End("p/mgmt"), 17, $"{i * 6 + 1}-{i * 6 + 3}")).ToArray();
        var watch = Stopwatch.StartNew();
        site.Policy("p/x", ["p/front"], 100, rules);
        await site.SettledAsync();
        var whole = watch.ElapsedMilliseconds;
        var times = new List<double>();
        for (var i = 0; i < Changes; i++)
        {
            watch.Restart();
            site.SetRule("p/x", (uint)(i * 900) + 1, rules[i * 900] with { Action = RuleAction.Deny });
            await site.SettledAsync();
            times.Add(watch.Elapsed.TotalMilliseconds);
        }
        times.Sort();
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{Count} rules: whole {whole} ms; one changed {times[Changes / 2]:F0} ms at the median, {times[^1]:F0} ms at most");
        Assert.Equal("PolicyDenied", Probe.Try(site, "web", "log2", Udp(5401, Probe.Fresh()), AddressFamily.InterNetwork));
        Assert.Equal(Probe.Passed, Probe.Try(site, "web", "log2", Udp(5407, Probe.Fresh()), AddressFamily.InterNetwork));
    }
}
