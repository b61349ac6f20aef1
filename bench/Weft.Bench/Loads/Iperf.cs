using System.Text.Json;
using Weft.Bench.Setups;

namespace Weft.Bench.Loads;

/// <summary>Throughput of TCP by iperf3, as the receiver counts it.</summary>
/// <remarks>
/// With both ends on one processor the figure is what a byte costs, and repeats within a few percent. On two processors
/// it hangs on whether the receiver ever goes to sleep: when it does, each packet pays for waking the other processor, and
/// a bare veth pair yields anything from 17 to 45 Gbit/s with eight connections in one and the same run.
/// </remarks>
sealed class Iperf(int connections, bool oneProcessor = true)
    : Load($"throughput, {connections} connection{(connections == 1 ? "" : "s")}{(oneProcessor ? "" : ", two processors")}", "Gbit/s")
{
    readonly int port = (oneProcessor ? 5200 : 5220) + connections;

    string Program => oneProcessor ? "taskset -c 0 iperf3" : "iperf3";

    public override IDisposable Serve(Ends ends)
    {
        var server = Shell.Start("exec " + In(ends.Server, $"{Program} -s -p {port} >/dev/null 2>&1"));
        Shell.WaitFor(In(ends.Server, $"ss -Hltn 'sport = :{port}' | grep -q ."), TimeSpan.FromSeconds(10));
        return new Served(server);
    }

    public override double Measure(Ends ends, int seconds)
    {
        var report = Shell.Run(
            In(ends.Client, $"{Program} -J -c {ends.ServerAddress} -p {port} -t {seconds} -O 1 -P {connections}"),
            TimeSpan.FromSeconds(seconds + 20));
        using var json = JsonDocument.Parse(report);
        return json.RootElement.GetProperty("end").GetProperty("sum_received").GetProperty("bits_per_second").GetDouble() / 1e9;
    }
}
