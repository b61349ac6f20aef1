using System.Globalization;
using System.Text.RegularExpressions;
using Weft.Bench.Setups;

namespace Weft.Bench.Loads;

/// <summary>
/// Request rate over one TCP connection by sockperf: the next request leaves when the answer is in. Its
/// smallest message is 14 bytes. Both ends run on one processor: across two, the time to wake the other one up
/// is most of the figure, and chance.
/// </summary>
sealed partial class Sockperf() : Load("request rate, TCP", "requests/s")
{
    const int Port = 5300;

    public override IDisposable Serve(Ends ends)
    {
        var server = Shell.Start("exec " + In(ends.Server, $"taskset -c 0 sockperf server --tcp -p {Port} >/dev/null 2>&1"));
        Shell.WaitFor(In(ends.Server, $"ss -Hltn 'sport = :{Port}' | grep -q ."), TimeSpan.FromSeconds(10));
        return new Served(server);
    }

    public override double Measure(Ends ends, int seconds)
    {
        var report = Shell.Run(
            In(ends.Client, $"taskset -c 0 sockperf ping-pong --tcp -i {ends.ServerAddress} -p {Port} -m 14 -t {seconds}"),
            TimeSpan.FromSeconds(seconds + 20));
        // Half a round trip in microseconds.
        var latency = double.Parse(Latency().Match(report).Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        return 1e6 / (2 * latency);
    }

    [GeneratedRegex(@"Summary: Latency is ([0-9.]+) usec")]
    private static partial Regex Latency();
}
