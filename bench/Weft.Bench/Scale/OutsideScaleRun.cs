using System.Diagnostics;
using System.Globalization;
using System.Text;
using Weft.Bench.Loads;
using Weft.Bench.Setups;

namespace Weft.Bench.Scale;

/// <summary>What many floating IPs and load balancers cost: memory, the time of a change, and a packet.</summary>
/// <remarks>
/// They lead to ports that are said to be on the node, without an interface, so all of their records are in the kernel; one
/// of them is real, and is measured before and after.
/// </remarks>
static class OutsideScaleRun
{
    const int Changes = 20;
    const int NamePort = 8081;
    const string Address = "172.30.0.100";

    public static string Run(int floatings, int balancers, int rounds, int seconds)
    {
        var site = new Site("wboscale");
        site.Down();
        var served = new List<IDisposable>();
        try
        {
            site.Up(1, docker: false);
            WeftSite.Start(site, 1);
            var outside = site.Outside(1);
            WeftSite.MakeInternet(site);
            site.Weft(1, "external-network update outside --subnet 100.64.0.0/16 --pool 100.64.0.1-100.64.255.254");
            site.Weft(1, "network create bench --subnet 10.95.0.0/16");
            site.Weft(1, "policy create open --network bench --rule 'allow any from external:outside to network:bench'");
            var server = WeftSite.Attach(site, 1, "server", "10.95.0.10");
            var other = WeftSite.Attach(site, 1, "other", "10.95.0.11");
            site.Weft(1, $"floating-ip create server --address {Address} --port server");
            var ends = new Ends(outside, server, Address);
            Load[] loads = [new Sockperf(), new Wrk()];
            foreach (var (name, netns) in ((string, string)[])[("server", server), ("other", other)])
            {
                served.AddRange(loads.Select(load => load.Serve(ends with { Server = netns })));
                served.Add(SayName(name, netns));
            }
            var report = new StringBuilder(
                $"| | 1 floating IP | {floatings:N0} floating IPs and {balancers:N0} load balancers |\n|---|---|---|\n");
            var (before, memory) = (Measure(ends, loads, rounds, seconds), Memory(site));
            var change = ChangeTimes(site, outside);
            var filling = Fill(site, floatings, balancers);
            var after = Measure(ends, loads, rounds, seconds);
            Row(report, "memory of `weftd up`", memory, Memory(site));
            Row(report, "a floating IP leads elsewhere: command to first answer", change, ChangeTimes(site, outside));
            for (var i = 0; i < loads.Length; i++)
            {
                Row(
                    report, $"{loads[i].Name} ({loads[i].Unit})", $"{before[i]:N0}",
                    string.Create(CultureInfo.InvariantCulture, $"{after[i]:N0} · **{after[i] / before[i]:0.00}**"));
            }
            Row(report, "`weft apply` of all of them and their ports", "", filling);
            return report.ToString();
        }
        finally
        {
            served.ForEach(one => one.Dispose());
            site.Down();
        }
    }

    /// <summary>Who answers by its own name.</summary>
    static Served SayName(string name, string netns)
    {
        var folder = Directory.CreateTempSubdirectory("weft-bench-name").FullName;
        File.WriteAllText(Path.Combine(folder, "index.html"), name);
        return new(Shell.Start($"exec nsenter --net={netns} busybox httpd -f -p {NamePort} -h {folder}"), folder);
    }

    static double[] Measure(Ends ends, Load[] loads, int rounds, int seconds) =>
        [.. loads.Select(load => Enumerable.Range(0, rounds).Select(_ => load.Measure(ends, seconds)).Order().ElementAt(rounds / 2))];

    static string Fill(Site site, int floatings, int balancers)
    {
        var node = $"{site.Name}1";
        var manifest = new StringBuilder();
        for (var i = 0; i < floatings; i++)
        {
            manifest.Append(CultureInfo.InvariantCulture, $"---\nkind: port\nname: p{i}\nnetwork: bench\nnode: {node}\n");
            manifest.Append(CultureInfo.InvariantCulture,
                $"---\nkind: floating-ip\nname: f{i}\nport: p{i}\naddress: 100.64.{(i + 1) / 256}.{(i + 1) % 256}\n");
        }
        for (var i = 0; i < balancers; i++)
        {
            manifest.Append(CultureInfo.InvariantCulture,
                $"---\nkind: load-balancer\nname: b{i}\nnetwork: bench\nlisteners:\n- protocol: tcp\n  ports: \"80\"\npools:\n- members:\n  - port: p{2 * i}\n  - port: p{2 * i + 1}\n");
        }
        var file = Path.GetTempFileName();
        File.WriteAllText(file, manifest.ToString());
        try
        {
            var clock = Stopwatch.StartNew();
            Shell.Run($"{Site.HostsScript} exec {node} {Site.Published("weft")} apply -f {file}", TimeSpan.FromMinutes(10));
            return string.Create(CultureInfo.InvariantCulture, $"{clock.Elapsed.TotalSeconds:0.0} s");
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>From the start of the command to the first answer of who it leads to now.</summary>
    static string ChangeTimes(Site site, string outside)
    {
        var times = new List<double>();
        for (var i = 0; i < Changes; i++)
        {
            var target = i % 2 == 0 ? "other" : "server";
            var clock = Stopwatch.StartNew();
            site.Weft(1, $"floating-ip associate server --port {target} --move");
            Shell.Run(
                $"until [ \"$(nsenter --net={outside} timeout 1 busybox wget -qO- http://{Address}:{NamePort}/)\" = {target} ]; do :; done");
            times.Add(clock.Elapsed.TotalMilliseconds);
        }
        times.Sort();
        return string.Create(CultureInfo.InvariantCulture, $"median {times[Changes / 2]:0} ms, most {times[^1]:0} ms");
    }

    static string Memory(Site site) => ScaleRun.Memory(site);

    static void Row(StringBuilder report, string what, string before, string after) =>
        report.Append(CultureInfo.InvariantCulture, $"| {what} | {before} | {after} |\n");
}
