using System.Diagnostics;
using System.Globalization;
using System.Net;
using Weft.Linux;
using Weft.Model.Addressing;

namespace Weft.Kernel.Tests.Linux;

/// <summary>How long attaching takes, without programs and maps; the figures are in the output.</summary>
public sealed class AttachSpeedTests(ITestOutputHelper output) : IDisposable
{
    const int Count = 50;
    readonly TestNamespace _host = new("speed");

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(50)]
    public async Task Ports_attached_and_removed_together_all_come_and_all_go(int atOnce)
    {
        var containers = Enumerable.Range(0, Count).Select(_ => NetNs.CreateAnonymous()).ToList();
        var plumbing = new PortPlumbing(_host.Netlink);
        var ports = Enumerable.Range(0, Count).Select(Port).ToList();
        var attach = await Measure(atOnce, i => plumbing.Attach(ports[i], containers[i]));
        Assert.Equal(Count, plumbing.List().Count);
        var again = await Measure(atOnce, i => plumbing.Attach(ports[i], containers[i]));
        var remove = await Measure(atOnce, i => plumbing.Remove(ports[i].Uid));
        Assert.Empty(plumbing.List());
        output.WriteLine($"{atOnce} at once: attach {attach}; again {again}; remove {remove}");
        containers.ForEach(container => container.Dispose());
    }

    static async Task<Figures> Measure(int atOnce, Action<int> action)
    {
        var times = new double[Count];
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, atOnce).Select(first => Task.Factory.StartNew(() =>
        {
            for (var i = first; i < Count; i += atOnce)
            {
                var begun = Stopwatch.GetTimestamp();
                action(i);
                times[i] = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
            }
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        var perSecond = Count / Stopwatch.GetElapsedTime(start).TotalSeconds;
        Array.Sort(times);
        return new Figures(times[Count / 2], times[Count * 95 / 100], perSecond);
    }

    sealed record Figures(double Median, double P95, double PerSecond)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture,
            $"median {Median:f2} ms, p95 {P95:f2} ms, {PerSecond:f0}/s");
    }

    static PortInterface Port(int number) => new()
    {
        Uid = Guid.CreateVersion7(),
        Name = "eth0",
        Mac = new MacAddress(0x020000000000UL + (ulong)number),
        Mtu = 1450,
        Addresses =
        [
            new PortAddress(IPAddress.Parse($"10.1.0.{number % 200 + 5}"), 24, IPAddress.Parse("10.1.0.1")),
            new PortAddress(IPAddress.Parse($"fd00:1::{number + 5:x}"), 64, IPAddress.Parse("fd00:1::1")),
        ],
    };

    public void Dispose() => _host.Dispose();
}
