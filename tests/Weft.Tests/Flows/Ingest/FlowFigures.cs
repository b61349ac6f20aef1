using System.Diagnostics;
using System.Globalization;
using Weft.Agent.Flows;
using Weft.Dataplane.Abi;
using Weft.Flows;
using Weft.Tests.Flows.Agent;
using static Weft.Tests.Flows.Agent.FlowWorld;

namespace Weft.Tests.Flows.Ingest;

/// <summary>What a record costs on its way from a report to the store's door; the walls are far off, for busy machines.</summary>
public sealed class FlowFigures(ITestOutputHelper output)
{
    const int Records = 400_000;
    const int Batch = 20_000;

    [Fact]
    public async Task A_hundred_thousand_records_a_second_reach_the_store()
    {
        await using var path = await FlowPath.StartAsync(new ListFlowStore { CountsOnly = true });
        var world = new FlowWorld(1);
        var builder = new FlowBatchBuilder();
        path.StartSending();
        Fill(world, builder, path.Spool, Batch); // compiled by now
        await path.StoredAsync(Batch);
        var (begin, cpu) = (Stopwatch.GetTimestamp(), Process.GetCurrentProcess().TotalProcessorTime);
        var bytes = 0L;
        for (var i = 0; i < Records / Batch; i++)
            bytes += Fill(world, builder, path.Spool, Batch);
        await path.StoredAsync(Batch + Records);
        var (elapsed, used) = (Stopwatch.GetElapsedTime(begin), Process.GetCurrentProcess().TotalProcessorTime - cpu);
        Say($"end to end: {Records / elapsed.TotalSeconds:N0} records/s, {used.TotalMicroseconds / Records:N2} us of CPU a record in all, {bytes / Records} bytes a record");
        Assert.True(Records / elapsed.TotalSeconds > 10_000, $"{elapsed}");
    }

    [Fact]
    public void The_steps_of_a_record_in_the_agent_and_at_the_server()
    {
        using var folder = new TemporaryFolder();
        var (world, builder, spool) = (new FlowWorld(1), new FlowBatchBuilder(), FlowSpool.Open(folder.Path, 1 << 30));
        for (var i = 0; i < 3; i++)
            Fill(world, builder, spool, Batch);
        var reports = Reports(Batch);
        var record = new FlowRecord();
        Measure("name", () =>
        {
            foreach (ref readonly var report in reports.AsSpan())
                record = world.Name(report);
        });
        Measure("name and append", () =>
        {
            foreach (ref readonly var report in reports.AsSpan())
                builder.Append(world.Name(report));
        });
        var batch = builder.Build();
        byte[] written = [];
        Measure("write", () => written = FlowBatch.Write(batch));
        Measure("spool", () => spool.Append(written, Batches.Tally(Batch), default, 0));
        Measure("read and sign at the server", () => Weft.Server.Flows.NodeColumn.Sign(FlowBatch.Read(written), "one").Dispose());
        Say($"{written.Length / batch.Length} bytes a record");

        void Measure(string what, Action step)
        {
            step();
            var (begin, before) = (Stopwatch.GetTimestamp(), GC.GetAllocatedBytesForCurrentThread());
            const int times = 5;
            for (var i = 0; i < times; i++)
            {
                if (what.StartsWith("name and", StringComparison.Ordinal) && i > 0)
                    builder.Build().Dispose();
                step();
            }
            var per = Stopwatch.GetElapsedTime(begin).TotalMicroseconds / times / Batch;
            Say($"{what}: {per:N2} us a record, {(GC.GetAllocatedBytesForCurrentThread() - before) / times / Batch} bytes allocated");
            Assert.True(per < 100, $"{what}: {per} us a record");
        }
    }

    void Say(FormattableString figure) => output.WriteLine(figure.ToString(CultureInfo.InvariantCulture));

    static long Fill(FlowWorld world, FlowBatchBuilder builder, FlowSpool spool, int count)
    {
        foreach (ref readonly var report in Reports(count).AsSpan())
            builder.Append(world.Name(report));
        using var records = builder.Build();
        var written = FlowBatch.Write(records);
        spool.Append(written, Batches.Tally(count), default, 0);
        spool.Offer();
        return written.Length;
    }

    /// <summary>Like a busy service: many clients' ports, few pairs of names.</summary>
    static FlowReport[] Reports(int count) =>
    [
        .. Enumerable.Range(0, count).Select(i => Report(FrontVni, "10.1.0.10", (ushort)(1024 + i), "10.1.0.100", 80, FlowAction.Remote, FrontVni) with
        {
            TimeNs = 1_000_000_000UL + (ulong)i * 7919,
            StartedNs = 900_000_000UL + (ulong)i * 104729,
            LastNs = 950_000_000UL + (ulong)i * 1299709,
            Ifindex = WebInterface,
            Node = 2,
            Policy = 41,
            Rule = (uint)i % 3,
            Listener = ShopHttp,
            FlowFlags = (byte)FlowFlags.Rewrite,
            Rewrite = To("10.1.0.10", (ushort)(1024 + i), i % 2 == 0 ? "10.1.0.20" : "10.1.0.30", 8080),
            Opener = new() { Packets = (ulong)i % 97, Bytes = (ulong)i * 131 % 65536, TotalPackets = (ulong)i % 97, TotalBytes = (ulong)i * 131 % 65536, TcpFlags = 27, HandshakeUs = (uint)i % 4096 },
            Answers = new() { Packets = (ulong)i % 89, Bytes = (ulong)i * 337 % 1048576, TotalPackets = (ulong)i % 89, TotalBytes = (ulong)i * 337 % 1048576, TcpFlags = 27, HandshakeUs = (uint)i % 1024 },
        }),
    ];
}
