using System.Diagnostics;
using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Protocol.Mapping;
using Weft.Server.Status;
using Weft.Server.Sync;
using Weft.Tests.Server;

namespace Weft.Tests.Sync;

public sealed class FanOutFigures(ITestOutputHelper output)
{
    const int Nodes = 1000;
    const int PortsPerNode = 5;

    /// <summary>The worst shape: one network that every node has a port of, so that every port is every node's news.</summary>
    [Fact]
    public async Task A_change_is_ready_for_a_thousand_nodes()
    {
        await using var test = await TestCluster.StartAsync();
        await test.MadeNetwork("wide", "10.0.0.0/16");
        await Task.WhenAll(Enumerable.Range(0, Nodes).Select(i => test.MadeNode($"n{i}", $"192.0.{i / 250}.{i % 250 + 1}")));
        await Task.WhenAll(Enumerable.Range(0, Nodes * PortsPerNode).Select(i =>
            test.Made(new Port { Name = $"p{i}", Network = "wide", Node = $"n{i % Nodes}" })));
        await using var hub = new NodeStateHub(test.Cluster, new StatusBoard(), TimeProvider.System, NullLogger<NodeStateHub>.Instance);
        hub.Start();
        var subscriptions = Enumerable.Range(0, Nodes).Select(i => hub.Subscribe($"n{i}")).ToList();
        foreach (var subscription in subscriptions)
            Assert.Equal(Nodes * PortsPerNode, (await subscription.NextAsync(TestCluster.Token)).Delta.Ports.Length);

        var port = test.Snapshot.Find<Port>(ResourceKey.Port("default", "p0"))!;
        for (var round = 0; round < 5; round++)
        {
            var watch = Stopwatch.StartNew();
            await test.Put(port with { Device = $"d{round}", Status = null });
            var bytes = await Task.WhenAll(subscriptions.Select(async subscription =>
                NodeUpdates.Split((await subscription.NextAsync(TestCluster.Token)).Delta, 500).Sum(update => update.ToByteArray().Length)));
            output.WriteLine($"{watch.Elapsed.TotalMilliseconds:F1} ms from the write to {Nodes} messages of {bytes[0]} bytes");
        }
    }
}
