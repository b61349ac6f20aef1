using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Weft.Bench.Scale;
using Weft.Bench.Setups;

namespace Weft.Bench.Flows;

/// <summary>Records a second from the kernel to the store: server, agent and vrouter of one host, many flows of two containers.</summary>
static class RecordsRun
{
    const string Server = "172.30.0.1:7440";
    const string Target = "10.9.0.20";

    static readonly TimeSpan Drained = TimeSpan.FromMinutes(5);

    /// <param name="flows">Each is on record once a second.</param>
    /// <param name="seconds">Of load.</param>
    /// <param name="clickHouse">Into a ClickHouse on the same host, instead of the server's own store.</param>
    public static string Run(int flows, int seconds, bool clickHouse = false)
    {
        var site = new Site("wbrecords");
        site.Down();
        try
        {
            site.Up(1, docker: false);
            if (clickHouse)
                site.Start(1, $"{Site.Built("Weft.ClickHouseServer")} --data /var/lib/weft/clickhouse --port 8123", "/run/clickhouse.log");
            var store = clickHouse ? " --flow-store http://127.0.0.1:8123/weft" : "";
            site.Start(1, $"{Site.Published("weftd")} up --listen {Server} --no-docker --flow-interval 1s{store}", "/run/weftd.log");
            site.WaitForNodes(1);
            site.Weft(1, "network create bench --subnet 10.9.0.0/24");
            var from = WeftSite.Attach(site, 1, "from", "10.9.0.10");
            var to = WeftSite.Attach(site, 1, "to", Target);
            Shell.Run($"nsenter --net={to} sysctl -qw net.ipv4.icmp_ratelimit=100000"); // nobody listens, and need not say so
            var before = Status(site);
            var (clock, processor) = (Stopwatch.StartNew(), Processor());
            using var load = FlowLoad.Start(from, Target, flows, seconds);
            var sent = load.StandardOutput.ReadToEnd();
            load.WaitForExit();
            var atEnd = Status(site);
            var (elapsed, used) = (clock.Elapsed, Processor() - processor);
            var after = Drain(site);
            return Report(flows, sent, elapsed, used, ScaleRun.Memory(site), before, atEnd, after);
        }
        finally
        {
            site.Down();
        }
    }

    static string Report(
        int flows, string sent, TimeSpan elapsed, TimeSpan used, string memory, FlowState before, FlowState atEnd, FlowState after)
    {
        var records = atEnd.Recorded - before.Recorded;
        var text = new StringBuilder("| | figure |\n|---|---|\n");
        Row("flows", $"{flows:N0}");
        Row("datagrams sent", $"{sent.Trim()}");
        Row("records a second, from the kernel to batches", $"{records / elapsed.TotalSeconds:N0}");
        Row("waiting for the store at the end of the load", $"{atEnd.WaitingBytes / 1024:N0} KiB");
        Row("processor time of `weftd up`, a record in all", $"{used.TotalMicroseconds / Math.Max(records, 1):N1} us");
        Row("memory of `weftd up`", $"{memory}");
        Row("records in all, when all was stored", $"{after.Recorded - before.Recorded:N0}");
        Row("losses", $"{(after.Losses.Length == 0 ? "none" : after.Losses)}");
        return text.ToString();

        void Row(string what, FormattableString figure) =>
            text.Append(CultureInfo.InvariantCulture, $"| {what} | {figure.ToString(CultureInfo.InvariantCulture)} |\n");
    }

    static FlowState Drain(Site site)
    {
        for (var clock = Stopwatch.StartNew(); ;)
        {
            var state = Status(site);
            if (state.WaitingBytes == 0 || clock.Elapsed > Drained)
                return state;
            Thread.Sleep(500);
        }
    }

    static FlowState Status(Site site)
    {
        using var json = JsonDocument.Parse(site.Weft(1, "status -o json"));
        var records = json.RootElement.GetProperty("agent").GetProperty("flowRecords");
        return new(
            records.GetProperty("recorded").GetInt64(), records.GetProperty("waitingBytes").GetInt64(),
            string.Join(", ", records.GetProperty("losses").EnumerateObject().Select(loss => $"{loss.Value} {loss.Name}")));
    }

    static string Pid() => Shell.Run($"pgrep -f '^{Site.Published("weftd")} up --listen {Server}' | tail -n 1").Trim();

    static TimeSpan Processor()
    {
        var fields = File.ReadAllText($"/proc/{Pid()}/stat").Split(' ');
        var ticks = long.Parse(fields[13], CultureInfo.InvariantCulture) + long.Parse(fields[14], CultureInfo.InvariantCulture);
        return TimeSpan.FromSeconds(ticks / 100.0);
    }

    readonly record struct FlowState(long Recorded, long WaitingBytes, string Losses);
}
