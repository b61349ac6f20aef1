using Microsoft.Extensions.Logging.Abstractions;
using Weft.Agent.Flows;
using Weft.Dataplane.Abi;
using Weft.Tests.Sync;
using static Weft.Tests.Flows.Agent.FlowWorld;

namespace Weft.Tests.Flows.Agent;

/// <summary>From reports to files: whatever happens in between, each is told once.</summary>
public sealed class FlowRecorderTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly FlowWorld _world = new(1);
    readonly RecordingBoard _board = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Reports_become_batches_and_are_given_free()
    {
        var ring = Ring(25);
        await RecordAsync(ring, () => ring.Committed == 25, new() { MostRecords = 10 });
        Assert.Equal(Enumerable.Range(0, 25).Select(i => (ushort)i), Ports(Open()));
        Assert.Equal(new FlowTally(25, 50, 2500), _board.Recorded);
        Assert.True(Open().Waiting.Batches <= 3);
    }

    [Fact]
    public async Task What_waits_for_room_follows_as_soon_as_there_is_some()
    {
        var ring = new ReportRing { Room = 7 };
        for (var i = 0; i < 100; i++)
            ring.Waiting.Enqueue(Report(i));
        await RecordAsync(ring, () => ring.Committed == 100, new() { Interval = TimeSpan.FromHours(1), LongestAge = TimeSpan.Zero });
        Assert.Equal(Enumerable.Range(0, 100).Select(i => (ushort)i), Ports(Open()));
        Assert.Equal(15, ring.Sweeps); // one round
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_agent_that_was_killed_between_writing_and_giving_free_tells_nothing_twice(bool sameRing)
    {
        var ring = Ring(20);
        await RecordAsync(ring, () => ring.Committed == 20);
        ring.Committed = 12; // as if killed before
        if (!sameRing)
            ring.Ring = 2; // after a reboot the places mean nothing
        ring.Reports.AddRange(Enumerable.Range(20, 5).Select(Report));
        await RecordAsync(ring, () => ring.Committed == 25);
        var expected = Enumerable.Range(0, 20).Concat(Enumerable.Range(sameRing ? 20 : 12, sameRing ? 5 : 13));
        Assert.Equal(expected.Select(i => (ushort)i), Ports(Open()));
    }

    [Fact]
    public async Task While_the_disk_takes_nothing_the_kernel_keeps_all_and_then_it_comes_once()
    {
        var ring = Ring(10);
        File.WriteAllText(_folder["flows"], "in the way");
        var recording = RecordAsync(ring, () => ring.Committed == 30);
        await Patience.UntilAsync(() => _board.Fault.Length > 0, "a fault");
        Assert.Equal(0, ring.Committed);
        File.Delete(_folder["flows"]);
        await Patience.UntilAsync(() => ring.Committed == 10, "the first to be written");
        await Patience.UntilAsync(() => _board.Fault.Length == 0, "the fault to go");

        // The spool is open now: a folder where the next batch should be.
        var next = Directory.CreateDirectory(Path.Combine(_folder["flows"], "00000000000000000002.flows.new"));
        ring.Reports.AddRange(Enumerable.Range(10, 10).Select(Report));
        await Patience.UntilAsync(() => _board.Fault.Length > 0, "a fault again");
        ring.Reports.AddRange(Enumerable.Range(20, 10).Select(Report));
        Assert.Equal(10, ring.Committed);
        next.Delete();
        await recording;
        Assert.Equal(Enumerable.Range(0, 30).Select(i => (ushort)i), Ports(Open()));
    }

    [Fact]
    public async Task What_has_been_taken_is_written_when_the_agent_stops()
    {
        var ring = Ring(5);
        var spool = Open();
        spool.Fill(0, 20); // the server is behind: batches wait for more
        await RecordAsync(ring, () => ring.Sweeps > 3, new() { Interval = TimeSpan.FromMilliseconds(10), LongestAge = TimeSpan.FromHours(1) });
        Assert.Equal(5, ring.Committed);
    }

    [Fact]
    public async Task What_fills_the_buffer_does_not_wait_for_more_while_the_server_is_behind()
    {
        var ring = new ReportRing { Room = 20 };
        ring.Reports.AddRange(Enumerable.Range(0, 4).Select(Report));
        Open().Fill(0, 20);
        await RecordAsync(
            ring, () =>
            {
                if (ring.Sweeps > 3 && ring.Reports.Count == 4)
                {
                    Assert.Equal(0, ring.Committed); // a batch of four waits
                    ring.Reports.Add(Report(4));
                }
                return ring.Committed == 5;
            }, new() { Interval = TimeSpan.FromMilliseconds(10), LongestAge = TimeSpan.FromHours(1) });
    }

    [Fact]
    public async Task What_fills_the_buffer_between_two_rounds_is_taken_then()
    {
        var ring = new ReportRing { Room = 20 };
        await RecordAsync(
            ring, () =>
            {
                if (ring.Sweeps == 1 && ring.Reports.Count == 0)
                    ring.Reports.AddRange(Enumerable.Range(0, 5).Select(Report));
                return ring.Committed == 5;
            }, new() { Interval = TimeSpan.FromHours(1), Look = TimeSpan.FromMilliseconds(10) });
        Assert.Equal(1, ring.Sweeps);
    }

    [Theory]
    [InlineData(60, 0)]
    [InlineData(0, 5)]
    public async Task An_agent_that_has_just_started_waits_for_names_but_not_for_ever(int patience, int recorded)
    {
        var ring = Ring(5);
        var nameless = new FlowNames("one", _world.Time);
        await RecordAsync(
            ring, () => ring.Sweeps > 5, new() { Interval = TimeSpan.FromMilliseconds(10), Patience = TimeSpan.FromSeconds(patience) }, nameless);
        Assert.Equal(recorded, ring.Committed);
    }

    async Task RecordAsync(ReportRing ring, Func<bool> until, FlowRecorderOptions? options = null, FlowNames? names = null)
    {
        using var stop = new CancellationTokenSource();
        var recorder = new FlowRecorder(
            ring.Open(), names ?? _world.Names, _world.Offset, _board, Open, options ?? new() { Interval = TimeSpan.FromMilliseconds(10) }, TimeProvider.System,
            NullLogger.Instance);
        var running = Task.Run(() => recorder.RunAsync(stop.Token));
        await Patience.UntilAsync(until, "the recorder");
        await stop.CancelAsync();
        await running.Soon();
    }

    FlowSpool Open() => FlowSpool.Open(_folder["flows"], 1 << 30);

    static ReportRing Ring(int reports)
    {
        var ring = new ReportRing();
        ring.Reports.AddRange(Enumerable.Range(0, reports).Select(Report));
        return ring;
    }

    static FlowReport Report(int port) => FlowWorld.Report(FrontVni, "10.1.0.10", (ushort)port, "10.1.0.20", 80, FlowAction.Remote, FrontVni) with
    {
        Ifindex = WebInterface, Opener = new() { Packets = 1, Bytes = 60 }, Answers = new() { Packets = 1, Bytes = 40 },
    };

    static List<ushort> Ports(FlowSpool spool)
    {
        var ports = new List<ushort>();
        byte[] buffer = [];
        for (ulong after = 0; spool.Next(after) is { } batch; after = batch.Number)
        {
            using var records = Weft.Flows.FlowBatch.Read(spool.Read(batch, ref buffer));
            ports.AddRange(((Apache.Arrow.UInt16Array)records.Column(Weft.Flows.FlowSchema.Arrow.GetFieldIndex("source_port"))).Values);
        }
        return ports;
    }
}
