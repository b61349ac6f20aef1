using System.Text.Json;
using Weft.Bench.Setups;

namespace Weft.Bench.Loads;

/// <summary>Throughput of TCP by iperf3, as the receiver counts it.</summary>
sealed class Iperf(int connections) : Load($"throughput, {connections} connection{(connections == 1 ? "" : "s")}", "Gbit/s")
{
    readonly int port = 5201 + connections;

    public override IDisposable Serve(Ends ends)
    {
        var server = Shell.Start("exec " + In(ends.Server, $"iperf3 -s -p {port} >/dev/null 2>&1"));
        Shell.WaitFor(In(ends.Server, $"ss -Hltn 'sport = :{port}' | grep -q ."), TimeSpan.FromSeconds(10));
        return new Served(server);
    }

    public override double Measure(Ends ends, int seconds)
    {
        var report = Shell.Run(
            In(ends.Client, $"iperf3 -J -c {ends.ServerAddress} -p {port} -t {seconds} -O 1 -P {connections}"),
            TimeSpan.FromSeconds(seconds + 20));
        using var json = JsonDocument.Parse(report);
        return json.RootElement.GetProperty("end").GetProperty("sum_received").GetProperty("bits_per_second").GetDouble() / 1e9;
    }
}
