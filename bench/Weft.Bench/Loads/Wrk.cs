using System.Globalization;
using System.Text.RegularExpressions;
using Weft.Bench.Setups;

namespace Weft.Bench.Loads;

/// <summary>New connections a second: wrk against nginx, each request over a connection of its own.</summary>
/// <param name="oneProcessor">Client, servers and what is between them: then the rate is what a connection costs in all.</param>
sealed class Wrk(bool oneProcessor = false) : WrkLoad(
    oneProcessor ? "connection rate, one processor" : "connection rate", "connections/s", "-H 'Connection: close'", oneProcessor);

/// <summary>Requests a second over connections that stay.</summary>
sealed class WrkRequests() : WrkLoad("requests of HTTP", "requests/s", "");

/// <summary>wrk against nginx.</summary>
abstract partial class WrkLoad(string name, string unit, string header, bool oneProcessor = false) : Load(name, unit)
{
    string Pinned => oneProcessor ? "taskset -c 0 " : "";

    const int Port = 5400;

    public override IDisposable Serve(Ends ends)
    {
        var folder = Directory.CreateTempSubdirectory("weft-bench-nginx");
        var config = Path.Combine(folder.FullName, "nginx.conf");
        File.WriteAllText(config, $$"""
            daemon off; worker_processes 1; pid {{folder.FullName}}/pid; error_log /dev/null;
            events { worker_connections 4096; }
            http { access_log off; keepalive_requests 1000000;
              server { listen {{Port}} backlog=4096; location / { return 200 "ok"; } } }
            """);
        var server = Shell.Start("exec " + In(ends.Server, $"{Pinned}nginx -c {config} >/dev/null 2>&1"));
        Shell.WaitFor(In(ends.Server, $"ss -Hltn 'sport = :{Port}' | grep -q ."), TimeSpan.FromSeconds(10));
        return new Served(server, folder.FullName);
    }

    public override double Measure(Ends ends, int seconds)
    {
        // Connections in TIME-WAIT must not use up the client's ports.
        Shell.Run(In(ends.Client, "sh -c 'echo 1024 65535 > /proc/sys/net/ipv4/ip_local_port_range; echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse'"));
        var report = Shell.Run(
            In(ends.Client, $"{Pinned}wrk -t 1 -c 32 -d {seconds}s {header} http://{ends.ServerAddress}:{Port}/"),
            TimeSpan.FromSeconds(seconds + 20));
        return double.Parse(Rate().Match(report).Groups[1].ValueSpan, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"Requests/sec:\s+([0-9.]+)")]
    private static partial Regex Rate();
}
