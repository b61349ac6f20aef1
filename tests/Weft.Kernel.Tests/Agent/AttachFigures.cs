using System.Diagnostics;
using Weft.Model.Local;

namespace Weft.Kernel.Tests.Agent;

/// <summary>How long attaching takes and what a full node costs. Figures are printed; only gross failure fails.</summary>
public sealed class AttachFigures : IAsyncLifetime
{
    const int Ports = 500;
    const int Networks = 2000;

    readonly Topology _topology = new();
    readonly TestCluster _cluster = new();
    TestAgent _agent = null!;

    public ValueTask InitializeAsync()
    {
        _agent = _cluster.Agent(_topology, _topology.Node("a"));
        for (var i = 0; i < Networks; i++)
            _cluster.Network($"n{i}", 1000 + (uint)i, ["10.1.0.0/16", "fd00:1::/64"]);
        _agent.Start();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        _topology.Dispose();
    }

    [Fact]
    public async Task Five_hundred_ports_and_two_thousand_networks()
    {
        await _agent.Runtime.Opened;
        var before = Memory();
        var containers = Enumerable.Range(0, Ports).Select(i => _topology.Container($"c{i}")).ToList();
        var attached = new List<Attachment>();
        foreach (var container in containers.Take(Ports - 60))
            attached.Add(await _agent.AttachAsync(container, $"n{attached.Count}"));
        Tell($"one at a time, first 50: {Milliseconds(attached.Take(50))}; last 50: {Milliseconds(attached.TakeLast(50))}");
        foreach (var count in (int[])[10, 50])
        {
            var start = Stopwatch.GetTimestamp();
            var many = await Task.WhenAll(containers.Skip(attached.Count).Take(count).Select(c => _agent.AttachAsync(c, "n0")));
            Tell($"{count} at once: {Milliseconds(many)}, all in {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms");
            attached.AddRange(many);
        }
        Tell($"memory: {before >> 20} MiB before, {Memory() >> 20} MiB with {attached.Count} ports and {Networks} networks (this process, the test in it)");
        Assert.Equal(Ports, attached.Count);
        Assert.InRange(attached.Select(a => a.Timing!.Agent).Order().ElementAt(Ports / 2), 0, 250);
    }

    static string Milliseconds(IEnumerable<Attachment> attached)
    {
        var times = attached.Select(a => a.Timing!.Agent).Order().ToList();
        return $"median {times[times.Count / 2]:F1} ms, 99 % {times[(int)(times.Count * 0.99)]:F1} ms";
    }

    static long Memory()
    {
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    static void Tell(string text) => TestContext.Current.TestOutputHelper!.WriteLine(text);
}
