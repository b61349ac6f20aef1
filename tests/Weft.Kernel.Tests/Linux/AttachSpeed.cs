using System.Diagnostics;
using System.Globalization;
using System.Net;
using Weft.Linux;
using Weft.Model.Addressing;

namespace Weft.Kernel.Tests.Linux;

/// <summary>How long attaching takes; run it by name, its figures are in the output.</summary>
public sealed class AttachSpeed(ITestOutputHelper output) : IDisposable
{
    readonly TestNamespace _host = new("speed");

    [Theory(Explicit = true)]
    [InlineData(1, 200)]
    [InlineData(10, 200)]
    [InlineData(50, 200)]
    public async Task Attaching_and_removing(int atOnce, int count)
    {
        var containers = Enumerable.Range(0, count).Select(_ => NetNs.CreateAnonymous()).ToList();
        var plumbing = new PortPlumbing(_host.Netlink);
        var ports = Enumerable.Range(0, count).Select(Port).ToList();
        var attach = await Measure(atOnce, count, i => plumbing.Attach(ports[i], containers[i]));
        var repair = await Measure(atOnce, count, i => plumbing.Attach(ports[i], containers[i]));
        var list = await Measure(1, 20, _ => plumbing.List());
        var remove = await Measure(atOnce, count, i => plumbing.Remove(ports[i].Uid));
        output.WriteLine($"{atOnce} at once: attach {attach}; again {repair}; list of {count} {list}; remove {remove}");
        containers.ForEach(container => container.Dispose());
        Assert.Empty(plumbing.List());
    }

    static async Task<string> Measure(int atOnce, int count, Action<int> action)
    {
        var times = new double[count];
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, atOnce).Select(first => Task.Factory.StartNew(() =>
        {
            for (var i = first; i < count; i += atOnce)
            {
                var begun = Stopwatch.GetTimestamp();
                action(i);
                times[i] = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
            }
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        var perSecond = count / Stopwatch.GetElapsedTime(start).TotalSeconds;
        Array.Sort(times);
        return string.Create(CultureInfo.InvariantCulture,
            $"median {times[count / 2]:f2} ms, p95 {times[count * 95 / 100]:f2} ms, {perSecond:f0}/s");
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
