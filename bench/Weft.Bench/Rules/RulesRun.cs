using System.Globalization;
using System.Text;
using Weft.Bench.Loads;
using Weft.Bench.Results;
using Weft.Bench.Setups;

namespace Weft.Bench.Rules;

/// <summary>What rules cost: the same traffic under 1 to 10,000 of them, and how long a change takes to come into force.</summary>
static class RulesRun
{
    static readonly int[] Counts = [1, 100, 1_000, 10_000];

    public static string Run(int rounds, int seconds)
    {
        using var site = new RulesSite();
        Load[] loads = [new Iperf(1), new Sockperf(), new Wrk()];
        var servers = loads.SelectMany(load => new[] { load.Serve(site.Near), load.Serve(site.Far) }).ToList();
        try
        {
            var series = Counts.SelectMany(count => loads.SelectMany(load => new[] { Empty(count, load, site.Near, site), Empty(count, load, site.Far, site) })).ToList();
            for (var round = 1; round <= rounds; round++)
                foreach (var count in Counts)
                {
                    site.WaitFor(site.Put(RuleDocument.Of(count, allow: true)));
                    foreach (var load in loads)
                        foreach (var ends in (Ends[])[site.Near, site.Far])
                        {
                            var entry = series.Single(one => one.Setup == NameOf(count) && one.Load == load.Name && one.Placement == PlacementOf(ends, site));
                            entry.Samples.Add(load.Measure(ends, seconds));
                            Console.Error.WriteLine($"round {round}/{rounds}: {count} rules: {load.Name}: {entry.Placement}: {entry.Samples[^1]:N1} {load.Unit}");
                        }
                }
            return Report.ToMarkdown(series) + Changes(site, rounds);
        }
        finally
        {
            servers.ForEach(server => server.Dispose());
        }
    }

    static Series Empty(int count, Load load, Ends ends, RulesSite site) =>
        new(PlacementOf(ends, site), load.Name, load.Unit, NameOf(count), count == Counts[0], []);

    static Placement PlacementOf(Ends ends, RulesSite site) => ends == site.Near ? Placement.SameHost : Placement.CrossHost;

    static string NameOf(int count) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} rule{(count == 1 ? "" : "s")}");

    /// <summary>From sending the changed document to the last answer that still passed, or the first one that did.</summary>
    static string Changes(RulesSite site, int rounds)
    {
        var text = new StringBuilder("### A change of one rule, until it is in force (ms)\n\n| | revoked, same host | revoked, across hosts | granted, same host | granted, across hosts |\n|---|---|---|---|---|\n");
        using var near = new Echo(site.Near);
        using var far = new Echo(site.Far);
        foreach (var count in Counts)
        {
            var samples = new List<double>[] { [], [], [], [] };
            for (var round = 0; round < rounds * 3; round++)
            {
                site.WaitFor(site.Put(RuleDocument.Of(count, allow: true)));
                var revoked = Change(site, RuleDocument.Of(count, allow: false));
                var granted = Change(site, RuleDocument.Of(count, allow: true));
                samples[0].Add((revoked.Near.Last - revoked.Sent).TotalMilliseconds);
                samples[1].Add((revoked.Far.Last - revoked.Sent).TotalMilliseconds);
                samples[2].Add((granted.Near.First - granted.Sent).TotalMilliseconds);
                samples[3].Add((granted.Far.First - granted.Sent).TotalMilliseconds);
            }
            text.Append("| ").Append(NameOf(count)).Append(" | ")
                .AppendJoin(" | ", samples.Select(one => string.Create(CultureInfo.InvariantCulture, $"{Middle(one):0} (at most {one.Max():0})")))
                .Append(" |\n");
        }
        return text.ToString();
    }

    static (DateTime Sent, (DateTime First, DateTime Last) Near, (DateTime First, DateTime Last) Far) Change(RulesSite site, string document)
    {
        using var near = Shell.Start(Echo.In(site.Near.Client, $"probe {site.Near.ServerAddress} 3"));
        using var far = Shell.Start(Echo.In(site.Far.Client, $"probe {site.Far.ServerAddress} 3"));
        Thread.Sleep(1000); // the probes are under way
        var sent = DateTime.UtcNow;
        site.WaitFor(site.Put(document));
        return (sent, Times(near), Times(far));
    }

    static (DateTime First, DateTime Last) Times(System.Diagnostics.Process probe)
    {
        var times = probe.StandardOutput.ReadToEnd().Split(' ').Select(text => new DateTime(long.Parse(text, CultureInfo.InvariantCulture), DateTimeKind.Utc)).ToArray();
        probe.WaitForExit();
        return (times[0], times[1]);
    }

    static double Middle(List<double> samples) => samples.Order().ElementAt(samples.Count / 2);

    /// <summary>This program, answering datagrams in a namespace.</summary>
    sealed class Echo : IDisposable
    {
        readonly System.Diagnostics.Process _process;

        public Echo(Ends ends)
        {
            _process = Shell.Start("exec " + In(ends.Server, "echo < <(sleep infinity)"));
            Shell.WaitFor($"nsenter --net={ends.Server} ss -Hlun 'sport = :{Probe.Port}' | grep -q .", TimeSpan.FromSeconds(10));
        }

        public static string In(string netns, string arguments) => $"nsenter --net={netns} {Environment.ProcessPath} {arguments}";

        public void Dispose()
        {
            _process.Kill(entireProcessTree: true);
            _process.Dispose();
        }
    }
}
