using System.Globalization;
using System.Text;

namespace Weft.Bench.Kill;

/// <summary>What clients outside lose when members, agents and nodes die under load.</summary>
static class KillRun
{
    const double Before = 3, After = 12;

    /// <param name="rate">New connections a second.</param>
    /// <param name="only">Rows whose name contains it; null: all.</param>
    public static string Run(int rate, string? only)
    {
        var report = new StringBuilder(
            string.Create(CultureInfo.InvariantCulture, $"A client outside opens {rate:N0} connections a second, waits {Knock.Patience.TotalSeconds:0} s for each, and asks one question over it.\n")
            + "Three hosts with a member on each, the server on the first, the floating IP on the second; members are asked every 500 ms.\n\n"
            + "| what dies | connections/s | connections | failed | of these, begun before | the last that failed was begun | longest time without an answer |\n"
            + "|---|---|---|---|---|---|---|\n");
        // Those that leave three hosts first; each of the others has a site of its own.
        (string What, Action<KillSite> Kill)[][] sites =
        [
            [
                ("nothing", _ => { }),
                ("a member's process", KillAndStartMember),
                ("all agents and the server, back after 2 s", site => site.KillDaemons()),
                ("the link of one with a member, for 6 s", _ => CutLink(KillSite.Other)),
                ("the link of the node that has the floating IP, for 6 s", _ => CutLink(KillSite.Front)),
            ],
            [("a node with a member", _ => KillSite.KillHost(KillSite.Other))],
            [("the node that has the floating IP, and a member", _ => KillSite.KillHost(KillSite.Front))],
        ];
        foreach (var rows in sites.Select(rows => rows.Where(row => only is null || row.What.Contains(only, StringComparison.Ordinal)).ToList()))
        {
            if (rows.Count == 0)
                continue;
            using var site = new KillSite();
            foreach (var (what, kill) in rows)
            {
                KillSite.Settle();
                Row(report, what, rate, site, () => kill(site));
            }
        }
        return report.ToString();
    }

    /// <summary>It is back four seconds later.</summary>
    static void KillAndStartMember(KillSite site)
    {
        site.KillMember(KillSite.Other);
        Thread.Sleep(TimeSpan.FromSeconds(4));
        site.StartMember(KillSite.Other);
    }

    static void CutLink(int host)
    {
        KillSite.CutLink(host);
        Thread.Sleep(TimeSpan.FromSeconds(6));
        KillSite.JoinLink(host);
    }

    static void Row(StringBuilder report, string what, int rate, KillSite site, Action kill)
    {
        var (knocks, at) = site.Load(rate, Before, After, kill);
        var failed = knocks.Failed.ToList();
        report.Append(CultureInfo.InvariantCulture, $"| {what} | {knocks.Rate:N0} | {knocks.All.Count:N0} | {failed.Count:N0} | ");
        report.Append(CultureInfo.InvariantCulture, $"{failed.Count(knock => knock.Start < at):N0} | {(failed.Count == 0 ? "–" : $"{Math.Max(0, (failed.Max(knock => knock.Start) - at).TotalSeconds):0.0} s after")} | ");
        report.Append(CultureInfo.InvariantCulture, $"{knocks.LongestGap.TotalSeconds:0.00} s |\n");
        Console.Error.WriteLine($"{what}: {string.Join(", ", failed.GroupBy(knock => knock.Fault).Select(group => $"{group.Count()} {group.Key}"))}");
        foreach (var second in failed.GroupBy(knock => (int)Math.Floor((knock.Start - at).TotalSeconds)).OrderBy(second => second.Key))
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  begun in second {second.Key}: {second.Count()}"));
    }
}
