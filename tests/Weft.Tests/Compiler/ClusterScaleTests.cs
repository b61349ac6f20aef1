using System.Diagnostics;
using System.Net;
using Weft.Compiler;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Tests.Compiler;

/// <summary>The work must follow what changed, not how large the cluster is.</summary>
public sealed class ClusterScaleTests(ITestOutputHelper output)
{
    const int NodeCount = 1000;
    const int NetworkCount = 2000;
    const int PortsPerNetwork = 50;

    [Fact]
    public void A_change_in_a_cluster_of_100_000_ports_costs_its_own_size()
    {
        var snapshot = Large.Value;
        var watch = Stopwatch.StartNew();
        var cluster = CompiledCluster.Of(snapshot);
        output.WriteLine($"compiled {NetworkCount} networks, {NetworkCount * PortsPerNetwork} ports, {NodeCount} nodes in {watch.ElapsedMilliseconds} ms");

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
        Assert.Equal(Steps * PortsPerNetwork, touched);
        // A walk over all ports would allocate megabytes; this is some tens of kilobytes for 50 nodes.
        Assert.InRange(bytes, 0, 100_000);
    }

    [Fact]
    public void Nodes_that_get_the_same_share_one_delta()
    {
        var snapshot = Large.Value;
        var cluster = CompiledCluster.Of(snapshot);
        var change = Touch(snapshot, 7);
        var deltas = cluster.Apply(snapshot.With([change], snapshot.Revision + 1), [change]);
        Assert.Equal(PortsPerNetwork, deltas.Count);
        Assert.Single(deltas.Values.Distinct(ReferenceEqualityComparer.Instance));
    }

    static Change Touch(Snapshot snapshot, int i)
    {
        var port = snapshot.Find<Port>(ResourceKey.Port("default", $"port-{i % NetworkCount}-0"))!;
        return new(ResourceKey.Of(port), port, port with { Device = $"d{i}", Revision = snapshot.Revision + 1 });
    }

    static readonly Lazy<Snapshot> Large = new(LargeCluster);

    static Snapshot LargeCluster()
    {
        var changes = new List<Change>();
        for (var i = 0; i < NodeCount; i++)
            Create(new Node
            {
                Name = $"n{i}", Uid = Guid.NewGuid(), Number = (uint)i + 1, FabricAddress = new IPAddress([10, 0, (byte)(i >> 8), (byte)i]),
            });
        for (var i = 0; i < NetworkCount; i++)
        {
            Create(new Network { Name = $"net-{i}", Uid = Guid.NewGuid(), Vni = (uint)i + 1 });
            for (var j = 0; j < PortsPerNetwork; j++)
                Create(new Port
                {
                    Name = $"port-{i}-{j}", Network = $"net-{i}", Uid = Guid.NewGuid(), Node = $"n{(i * 7 + j * 13) % NodeCount}",
                    Addresses = [new IPAddress([10, 1, (byte)(j >> 8), (byte)j])],
                });
        }
        return Snapshot.Empty.With(changes, 1);

        void Create(Resource resource) => changes.Add(new(ResourceKey.Of(resource), null, resource));
    }
}
