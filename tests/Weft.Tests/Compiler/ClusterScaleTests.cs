using System.Diagnostics;
using Weft.Compiler;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Tests.Compiler;

/// <summary>The work must follow what changed, not how large the cluster is.</summary>
public sealed class ClusterScaleTests(ITestOutputHelper output)
{
    static readonly Lazy<Snapshot> Large = new(() => LargeCluster.Snapshot(LargeCluster.Narrow()));
    static readonly Lazy<Snapshot> WithPolicy = new(() => LargeCluster.Snapshot(LargeCluster.WithPolicy()));

    [Fact]
    public void A_change_in_a_cluster_of_100_000_ports_costs_its_own_size()
    {
        var snapshot = Large.Value;
        var watch = Stopwatch.StartNew();
        var cluster = CompiledCluster.Of(snapshot);
        output.WriteLine(
            $"compiled {LargeCluster.Networks} networks of {LargeCluster.PortsPerNetwork} ports, {LargeCluster.Nodes} nodes in {watch.ElapsedMilliseconds} ms");

        watch.Restart();
        var full = cluster.Full("n1");
        output.WriteLine($"state of one node, {full.Count} records, in {watch.Elapsed.TotalMilliseconds:F2} ms");

        const int Steps = 1000;
        var (touched, before) = (0, GC.GetAllocatedBytesForCurrentThread());
        watch.Restart();
        for (var i = 0; i < Steps; i++)
        {
            var change = Touch(snapshot, i);
            snapshot = snapshot.With([change], snapshot.Revision + 1);
            touched += cluster.Apply(snapshot, [change]).Count;
        }
        var bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / Steps;
        output.WriteLine(
            $"one changed port: {watch.Elapsed.TotalMicroseconds / Steps:F0} us, {bytes} bytes, deltas for {touched / Steps} nodes");
        Assert.Equal(Steps * LargeCluster.PortsPerNetwork, touched);
        // A walk over all ports would allocate megabytes; this is some tens of kilobytes for 50 nodes.
        Assert.InRange(bytes, 0, 100_000);
    }

    [Fact]
    public void A_changed_rule_of_ten_thousand_on_every_node_costs_a_look_at_its_policy()
    {
        var snapshot = WithPolicy.Value;
        var watch = Stopwatch.StartNew();
        var cluster = CompiledCluster.Of(snapshot);
        output.WriteLine($"compiled with a policy of {LargeCluster.Rules} rules on every node in {watch.ElapsedMilliseconds} ms");

        const int Steps = 50;
        var (policy, cost, bytes) = (snapshot.All<Policy>().Single(), TimeSpan.Zero, 0L);
        for (var i = 0; i < Steps; i++)
        {
            var change = new Change(ResourceKey.Of(policy), policy, policy = policy with
            {
                Rules = [.. LargeCluster.Policy((uint)i + 1).Rules!],
                Revision = snapshot.Revision + 1,
            });
            snapshot = snapshot.With([change], snapshot.Revision + 1);
            var before = GC.GetAllocatedBytesForCurrentThread();
            watch.Restart();
            var deltas = cluster.Apply(snapshot, [change]);
            cost += watch.Elapsed;
            bytes += GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.Equal(LargeCluster.Nodes, deltas.Count);
            Assert.InRange(deltas["n0"].Count, 1, 2);
        }
        output.WriteLine($"one changed rule: {cost.TotalMilliseconds / Steps:F2} ms, {bytes / Steps} bytes, one delta for {LargeCluster.Nodes} nodes");
        // To compile all rules again would allocate several megabytes.
        Assert.InRange(bytes / Steps, 0, 2_000_000);
    }

    [Fact]
    public void A_floating_ip_of_10_000_that_moves_costs_one_record_and_an_entry_for_each_node()
    {
        var snapshot = LargeCluster.Snapshot(LargeCluster.WithFloatingIps(10_000));
        var watch = Stopwatch.StartNew();
        var cluster = CompiledCluster.Of(snapshot);
        output.WriteLine($"compiled 10000 floating IPs on {LargeCluster.Nodes} nodes in {watch.ElapsedMilliseconds} ms");

        const int Steps = 200;
        var (cost, bytes) = (TimeSpan.Zero, 0L);
        for (var i = 0; i < Steps; i++)
        {
            var floating = snapshot.Find<FloatingIp>(ResourceKey.FloatingIp("default", $"f{i}"))!;
            var change = new Change(ResourceKey.Of(floating), floating, floating with { Port = $"port-150-{i % 50}" });
            snapshot = snapshot.With([change], snapshot.Revision + 1);
            var before = GC.GetAllocatedBytesForCurrentThread();
            watch.Restart();
            var deltas = cluster.Apply(snapshot, [change]);
            cost += watch.Elapsed;
            bytes += GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.Equal(LargeCluster.Nodes, deltas.Count);
            // Once each, the first floating IP of a network is a new way out of it.
            Assert.All(deltas.Values, delta => Assert.InRange(delta.Count, 1, 2));
        }
        output.WriteLine($"one that moves: {cost.TotalMicroseconds / Steps:F0} us, {bytes / Steps} bytes, deltas for {LargeCluster.Nodes} nodes");
        // Two dictionaries with an entry for each node are 150 KB; all floating IPs again would be several megabytes.
        Assert.InRange(bytes / Steps, 0, 500_000);
    }

    [Fact]
    public void Nodes_that_get_the_same_share_one_delta()
    {
        var snapshot = Large.Value;
        var cluster = CompiledCluster.Of(snapshot);
        var change = Touch(snapshot, 7);
        var deltas = cluster.Apply(snapshot.With([change], snapshot.Revision + 1), [change]);
        Assert.Equal(LargeCluster.PortsPerNetwork, deltas.Count);
        Assert.Single(deltas.Values.Distinct(ReferenceEqualityComparer.Instance));
    }

    static Change Touch(Snapshot snapshot, int i)
    {
        var port = snapshot.Find<Port>(ResourceKey.Port("default", $"port-{i % LargeCluster.Networks}-0"))!;
        return new(ResourceKey.Of(port), port, port with { Device = $"d{i}", Revision = snapshot.Revision + 1 });
    }
}
