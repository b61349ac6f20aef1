using System.Diagnostics;
using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Server.Commits;
using Weft.Server.Status;
using Weft.Server.Sync;
using Weft.Store;
using Weft.Tests.Compiler;
using Weft.Tests.Server;

namespace Weft.Tests.Sync;

/// <summary>From one changed rule of ten thousand to a thousand nodes, in a cluster of a hundred thousand ports. Figures, no judgement.</summary>
public sealed class PolicyFanOutFigures(ITestOutputHelper output)
{
    const int Rounds = 30;

    [Fact(Explicit = true)]
    public async Task What_a_changed_rule_costs_the_server_up_to_the_bytes_of_each_stream()
    {
        await using var test = await SeededAsync(LargeCluster.WithPolicy());
        await using var hub = new NodeStateHub(test.Cluster, new StatusBoard(), TimeProvider.System, NullLogger<NodeStateHub>.Instance);
        hub.Start();
        var clock = new ArrivalClock(LargeCluster.Nodes);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestCluster.Token);
        var readers = Enumerable.Range(0, LargeCluster.Nodes).Select(i => ReadAsync(hub.Subscribe(LargeCluster.NodeName(i)), i, clock, stop.Token)).ToList();
        await clock.AllHaveAsync(test.Snapshot.Revision);
        await RunAsync(test, clock, "handed out and written to buffers");
        await stop.CancelAsync();
        await Task.WhenAll(readers);
    }

    [Fact(Explicit = true)]
    public async Task When_a_changed_rule_has_come_out_of_a_thousand_encrypted_streams()
    {
        await using var server = await SyncServer.StartAsync();
        await using var fleet = new StreamFleet(server, LargeCluster.Nodes);
        await SeedAsync(server.Test, LargeCluster.WithPolicy().Select(fleet.Enroll));
        await server.RestartAsync();
        var watch = Stopwatch.StartNew();
        await fleet.ConnectAsync();
        await fleet.Clock.AllHaveAsync(server.Snapshot.Revision);
        output.WriteLine(
            $"{LargeCluster.Nodes} nodes connected and in sync after {watch.Elapsed.TotalSeconds:F1} s, {fleet.Bytes >> 20} MiB");
        await RunAsync(server.Test, fleet.Clock, "out of the streams");

        Assert.IsType<Outcome.Committed>(await server.Test.Delete(ResourceKey.Of(LargeCluster.Policy())));
        await fleet.Clock.AllHaveAsync(server.Snapshot.Revision);
        var (start, bytes) = (Stopwatch.GetTimestamp(), fleet.Bytes);
        Assert.IsType<Outcome.Committed>(await server.Test.Put(LargeCluster.Policy()));
        await fleet.Clock.AllHaveAsync(server.Snapshot.Revision);
        output.WriteLine(
            $"all {LargeCluster.Rules} rules at once: {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s to the last node, {(fleet.Bytes - bytes) >> 20} MiB");
    }

    async Task RunAsync(TestCluster test, ArrivalClock clock, string what)
    {
        var (all, writes) = (new List<double>(), new List<double>());
        var policies = Enumerable.Range(1, Rounds).Select(rule => LargeCluster.Policy((uint)rule)).ToList();
        await OneAsync(LargeCluster.Policy(LargeCluster.Rules));
        (all, writes) = ([], []);
        using var process = Process.GetCurrentProcess();
        var (cpu, bytes) = (process.TotalProcessorTime, GC.GetTotalAllocatedBytes(precise: true));
        foreach (var policy in policies)
            await OneAsync(policy);
        process.Refresh();
        output.WriteLine(
            $"{what}, from the commit: p50 {Percentile(all, 50):F1} ms, p99 {Percentile(all, 99):F1} ms, last {all.Max():F1} ms; "
            + $"the commit itself took {Percentile(writes, 50):F1} ms; "
            + $"{(process.TotalProcessorTime - cpu).TotalMilliseconds / Rounds:F0} ms of CPU and "
            + $"{(GC.GetTotalAllocatedBytes(precise: true) - bytes) / Rounds / 1024} KiB for each change, {clock.LastBytes} bytes to each node");

        async Task OneAsync(Policy policy)
        {
            var start = Stopwatch.GetTimestamp();
            var outcome = Assert.IsType<Outcome.Committed>(await test.Put(policy));
            var committed = Stopwatch.GetTimestamp();
            await clock.AllHaveAsync(outcome.Snapshot.Revision);
            writes.Add(Stopwatch.GetElapsedTime(start, committed).TotalMilliseconds);
            all.AddRange(clock.Arrivals.Select(arrival => Math.Max(0, Stopwatch.GetElapsedTime(committed, arrival).TotalMilliseconds)));
        }
    }

    static async Task ReadAsync(NodeSubscription subscription, int node, ArrivalClock clock, CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                var (delta, isShared) = await subscription.NextAsync(cancellation);
                // Whole states are not the question.
                var bytes = isShared ? SharedUpdates.Of(delta, 500).Sum(update => update.ToByteArray().Length) : 0;
                subscription.MarkSent(delta.Revision);
                clock.Mark(node, delta.Revision, bytes);
            }
        }
        catch (OperationCanceledException)
        {
            // The figures are taken.
        }
    }

    static async Task<TestCluster> SeededAsync(IEnumerable<Resource> resources)
    {
        var test = await TestCluster.StartAsync();
        await SeedAsync(test, resources);
        await test.RestartAsync();
        return test;
    }

    /// <summary>Straight into the store: a hundred thousand writes through the cluster are another figure.</summary>
    static async Task SeedAsync(TestCluster test, IEnumerable<Resource> resources) => Assert.IsType<CommitResult.Committed>(
        await test.Store.CommitAsync(new([], [.. resources], []), TestCluster.Token));

    static double Percentile(List<double> values, int percent) => values.Order().ElementAt((values.Count - 1) * percent / 100);
}
