using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Weft.Bench.Setups;

namespace Weft.Bench.Scale;

/// <summary>What a node and a server cost when they are full: times of attaching, memory, times of lists.</summary>
static class ScaleRun
{
    const string Server = "172.30.0.1:7440";

    public static string Run(int networks, int ports)
    {
        var site = new Site("wbscale");
        site.Down();
        try
        {
            site.Up(1, docker: false);
            site.Start(1, $"{Site.Published("weftd")} up --listen {Server} --no-docker", "/run/weftd.log");
            site.WaitForNodes(1);
            var report = new StringBuilder("| | figure |\n|---|---|\n");
            Row(report, "memory of `weftd up`, idle", Memory(site));
            CreateNetworks(site, networks, report);
            AttachPorts(site, Math.Min(networks, 50), ports, report);
            Row(report, $"memory of `weftd up`, {networks:N0} networks and {ports:N0} ports", Memory(site));
            Row(report, $"`weft network list` of {networks:N0}", Milliseconds(() => site.Weft(1, "network list -o name")));
            Row(report, $"`weft port list` of {ports:N0}", Milliseconds(() => site.Weft(1, "port list -o name")));
            return report.ToString();
        }
        finally
        {
            site.Down();
        }
    }

    static void CreateNetworks(Site site, int count, StringBuilder report)
    {
        var manifest = new StringBuilder();
        for (var i = 0; i < count; i++)
            manifest.Append(CultureInfo.InvariantCulture,
                $"---\nkind: network\nname: net{i}\nsubnets:\n- prefix: 10.{i / 256}.{i % 256}.0/24\n");
        var file = Path.GetTempFileName();
        File.WriteAllText(file, manifest.ToString());
        try
        {
            var time = Milliseconds(() => site.Weft(1, $"apply -f {file}"));
            Row(report, $"`weft apply` of {count:N0} networks", time);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>One after the other, as containers start; the agent says how long its own part took.</summary>
    static void AttachPorts(Site site, int networks, int count, StringBuilder report)
    {
        List<double> whole = [], own = [];
        for (var i = 0; i < count; i++)
        {
            site.Exec(1, $"ip netns add c{i}");
            var clock = Stopwatch.StartNew();
            var answer = site.Weft(1, $"port attach --network net{i % networks} --netns c{i} --name p{i} -o json");
            whole.Add(clock.Elapsed.TotalMilliseconds);
            if (TimeOf(answer) is { } milliseconds)
                own.Add(milliseconds);
        }
        Row(report, $"attach, `weft port attach` to its end, {count:N0} times one after the other", Percentiles(whole));
        if (own.Count > 0)
            Row(report, "attach, the agent's own part", Percentiles(own));
    }

    static double? TimeOf(string answer)
    {
        using var json = JsonDocument.Parse(answer);
        return json.RootElement.TryGetProperty("timing", out var timing) ? timing.GetProperty("agent").GetDouble() : null;
    }

    internal static string Memory(Site site)
    {
        var pid = Shell.Run($"pgrep -f '^{Site.Published("weftd")} up --listen {Server}' | tail -n 1").Trim();
        var line = Shell.Run($"grep VmRSS /proc/{pid}/status");
        return $"{int.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024} MiB";
    }

    static string Milliseconds(Action action)
    {
        var clock = Stopwatch.StartNew();
        action();
        return string.Create(CultureInfo.InvariantCulture, $"{clock.Elapsed.TotalMilliseconds:N0} ms");
    }

    static string Percentiles(List<double> samples)
    {
        samples.Sort();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"median {samples[samples.Count / 2]:0.0} ms, p99 {samples[samples.Count * 99 / 100]:0.0} ms");
    }

    static void Row(StringBuilder report, string what, string figure) =>
        report.Append(CultureInfo.InvariantCulture, $"| {what} | {figure} |\n");
}
