using System.Net;
using System.Net.Sockets;
using Apache.Arrow;
using Weft.Agent.Flows;
using Weft.Flows;

namespace Weft.Kernel.Tests.Agent;

/// <summary>Real traffic between two hosts, from the vrouters to the batches on disk.</summary>
public sealed class FlowRecordTests : IAsyncLifetime
{
    const int Size = 1 << 20;

    readonly Topology _topology = new();
    readonly TestCluster _cluster = new();
    TestAgent _a = null!;
    TestAgent _b = null!;

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _a = _cluster.Agent(_topology, _topology.Node("a"));
        _b = _cluster.Agent(_topology, _topology.Node("b"));
        foreach (var agent in (TestAgent[])[_a, _b])
        {
            agent.Options = agent.Options with { FlowInterval = TimeSpan.FromSeconds(1) };
            agent.Start();
        }
        _cluster.Network("frontend", 100, ["10.1.0.0/24"]);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        _topology.Dispose();
    }

    [Fact]
    public async Task A_transfer_is_on_record_on_both_hosts_with_names_and_the_same_counts()
    {
        var (c1, c2) = (_topology.Container("c1"), _topology.Container("c2"));
        await _a.AttachAsync(c1, "frontend", "one");
        var two = await _b.AttachAsync(c2, "frontend", "two");
        await TransferAsync(c1, c2, two.Addresses[0].Address);

        bool IsClosed(TestAgent agent) => Rows(agent).Any(row => row is { Protocol: 6, Closed: 1 });
        Eventually.True(() => IsClosed(_a) && IsClosed(_b));
        var (entry, exit) = (Sum(_a, 6), Sum(_b, 6));
        Assert.Equal(("one", "two", (byte)FlowObserver.Entry), (entry.Source, entry.Destination, entry.Observer));
        Assert.Equal(("one", "two", (byte)FlowObserver.Exit), (exit.Source, exit.Destination, exit.Observer));
        Assert.Equal(entry.Flow, exit.Flow);
        Assert.Equal((1u, 1u), (entry.Connections, entry.Closed));
        Assert.Equal((1u, 1u), (exit.Connections, exit.Closed));
        Assert.InRange(entry.Bytes, (ulong)Size, (ulong)Size * 11 / 10);
        Assert.Equal((entry.Packets, entry.Bytes, entry.ReplyPackets, entry.ReplyBytes), (exit.Packets, exit.Bytes, exit.ReplyPackets, exit.ReplyBytes));
    }

    [Fact]
    public async Task What_passes_while_the_agent_is_away_is_told_when_it_is_back()
    {
        var (c1, c2) = (_topology.Container("c1"), _topology.Container("c2"));
        await _a.AttachAsync(c1, "frontend", "one");
        var two = await _b.AttachAsync(c2, "frontend", "two");
        const int pings = 1000;
        using var running = Pings.Start(c1, two.Addresses[0].Address.ToString(), pings, "-i0.01");
        Eventually.True(() => Sum(_a, 1).Packets > 20);
        await _a.KillAsync();
        running.AssertNoneLost();
        Assert.True(Sum(_a, 1).Packets < pings);
        _a.Start();
        Eventually.True(() => Sum(_a, 1).Packets >= pings && Sum(_b, 1).Packets >= pings);
        var (entry, exit) = (Sum(_a, 1), Sum(_b, 1));
        Assert.Equal(((ulong)pings, (ulong)pings), (entry.Packets, entry.ReplyPackets));
        Assert.Equal((entry.Packets, entry.Bytes, entry.ReplyPackets, entry.ReplyBytes), (exit.Packets, exit.Bytes, exit.ReplyPackets, exit.ReplyBytes));
        Assert.Equal(1u, entry.Connections);
        Assert.Empty(_a.Flows.Losses());
    }

    [Fact]
    public async Task What_was_refused_is_on_record_with_the_reason()
    {
        var c1 = _topology.Container("c1");
        await _a.AttachAsync(c1, "frontend", "one");
        Command.Try(c1, "ping", "-c2", "-i0.2", "-W1", "10.1.0.222");
        Eventually.True(() => Rows(_a).Any(row => row.Reason == "no-route"));
        var denied = Rows(_a).Where(row => row.Reason == "no-route").ToList();
        Assert.Equal(("one", 2UL), (denied[0].Source, denied.Aggregate(0UL, (sum, row) => sum + row.Packets)));
    }

    [Fact]
    public async Task A_full_disk_stops_the_recording_says_so_and_loses_nothing_when_it_has_room_again()
    {
        var folder = Directory.CreateDirectory(_a.Options.FlowDirectory).FullName;
        Command.Run("mount", "-t", "tmpfs", "-o", "size=64k", "weft-test", folder);
        try
        {
            var (c1, c2) = (_topology.Container("c1"), _topology.Container("c2"));
            await _a.KillAsync(); // its spool was opened without the mount
            _a.Start();
            await _a.AttachAsync(c1, "frontend", "one");
            var two = await _a.AttachAsync(c2, "frontend", "two");
            var filler = Path.Combine(folder, "filler");
            File.WriteAllBytes(filler, new byte[56 << 10]);
            const int pings = 50;
            using var running = Pings.Start(c1, two.Addresses[0].Address.ToString(), pings, "-i0.02");
            running.AssertNoneLost();
            Eventually.True(() => _a.Flows.Faults().Any(fault => fault.Contains("cannot be written", StringComparison.Ordinal)));
            File.Delete(filler);
            Eventually.True(() => Sum(_a, 1).Packets >= pings);
            Assert.Equal((ulong)pings, Sum(_a, 1).Packets);
            Eventually.True(() => !_a.Flows.Faults().Any());
        }
        finally
        {
            await _a.KillAsync();
            Command.Run("umount", folder);
        }
    }

    static async Task TransferAsync(TestNamespace from, TestNamespace to, IPAddress address)
    {
        using var listener = to.Ns.Run(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        listener.Bind(new IPEndPoint(IPAddress.Any, 4000));
        listener.Listen();
        using var client = from.Ns.Run(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        await client.ConnectAsync(new IPEndPoint(address, 4000), Cancellation);
        using var server = await listener.AcceptAsync(Cancellation);
        var sending = client.SendAsync(new byte[Size], Cancellation).AsTask();
        var (buffer, received) = (new byte[64 << 10], 0);
        while (received < Size)
            received += await server.ReceiveAsync(buffer, Cancellation);
        await sending;
        client.Shutdown(SocketShutdown.Both);
        server.Shutdown(SocketShutdown.Both);
        Assert.Equal(Size, received);
    }

    static Row Sum(TestAgent agent, byte protocol)
    {
        var rows = Rows(agent).Where(row => row.Protocol == protocol && row.Reason.Length == 0).ToList();
        return rows.Count == 0 ? new("", "", 0, 0, protocol, "", 0, 0, 0, 0, 0, 0) : rows[0] with
        {
            Connections = (uint)rows.Sum(row => row.Connections),
            Closed = (uint)rows.Sum(row => row.Closed),
            Packets = rows.Aggregate(0UL, (sum, row) => sum + row.Packets),
            Bytes = rows.Aggregate(0UL, (sum, row) => sum + row.Bytes),
            ReplyPackets = rows.Aggregate(0UL, (sum, row) => sum + row.ReplyPackets),
            ReplyBytes = rows.Aggregate(0UL, (sum, row) => sum + row.ReplyBytes),
        };
    }

    /// <summary>Everything on the disk of a host.</summary>
    static List<Row> Rows(TestAgent agent)
    {
        var rows = new List<Row>();
        if (!Directory.Exists(agent.Options.FlowDirectory))
            return rows;
        foreach (var file in Directory.GetFiles(agent.Options.FlowDirectory, "*.flows").Order(StringComparer.Ordinal))
        {
            byte[] buffer = [];
            using var batch = FlowBatch.Read(SpoolFile.ReadRecords(file, ref buffer));
            for (var i = 0; i < batch.Length; i++)
                rows.Add(new(
                    Text(batch, "source_name", i), Text(batch, "destination_name", i), Number<ulong>(batch, "flow", i), Number<byte>(batch, "observer", i),
                    Number<byte>(batch, "protocol", i), Text(batch, "reason", i), Number<uint>(batch, "connections", i), Number<uint>(batch, "closed", i),
                    Number<ulong>(batch, "packets", i), Number<ulong>(batch, "bytes", i), Number<ulong>(batch, "reply_packets", i),
                    Number<ulong>(batch, "reply_bytes", i)));
        }
        return rows;
    }

    static T Number<T>(RecordBatch batch, string column, int row) where T : struct, IEquatable<T>, System.Numerics.INumber<T> =>
        ((PrimitiveArray<T>)batch.Column(FlowSchema.Arrow.GetFieldIndex(column))).GetValue(row)!.Value;

    static string Text(RecordBatch batch, string column, int row)
    {
        var texts = (DictionaryArray)batch.Column(FlowSchema.Arrow.GetFieldIndex(column));
        return ((StringArray)texts.Dictionary).GetString(((Int32Array)texts.Indices).GetValue(row)!.Value);
    }

    sealed record Row(
        string Source, string Destination, ulong Flow, byte Observer, byte Protocol, string Reason, uint Connections, uint Closed, ulong Packets,
        ulong Bytes, ulong ReplyPackets, ulong ReplyBytes);
}
