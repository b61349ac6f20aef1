using Weft.Dataplane;
using Weft.Dataplane.Abi;
using static Weft.Kernel.Tests.Packets.World;

namespace Weft.Kernel.Tests.Packets;

/// <summary>The ring of reports from its reader's side: nothing goes before it is committed, and nothing comes twice.</summary>
public sealed class FlowReportsTests : IDisposable
{
    const int RecordBytes = 240;

    // Room for seventeen reports.
    readonly TestVrouter _node = NodeOne(reportBytes: 4096);
    readonly FlowReports _reports;
    ushort _port;

    public FlowReportsTests() => _reports = _node.Reports();

    public void Dispose() => _node.Dispose();

    [Fact]
    public void Batches_follow_each_other_and_say_where_they_end()
    {
        Tell(5);

        var first = _reports.Take(3);
        Assert.Equal([1, 2, 3], Ports(first));
        Assert.Equal(first.Position, _reports.Position);
        var second = _reports.Take(10);
        Assert.Equal([4, 5], Ports(second));
        Assert.Equal((5ul * RecordBytes, 0ul), (second.Position, _reports.Committed));
        Assert.Empty(Ports(_reports.Take(10)));
        Assert.Equal((5ul * RecordBytes, 4096ul), _reports.Fill);
        _reports.Commit(second.Position);
        Assert.Equal((0ul, 4096ul), _reports.Fill);
    }

    [Fact]
    public void What_is_not_committed_comes_again_to_the_next_reader_and_what_is_does_not()
    {
        Tell(6);
        _reports.Commit(_reports.Take(2).Position);
        _reports.Take(3);
        _reports.Dispose();

        var successor = _node.Reports();

        Assert.Equal(2ul * RecordBytes, successor.Position);
        Assert.Equal([3, 4, 5, 6], Ports(successor.Take(10)));
        Assert.Equal(_reports.Ring, successor.Ring);
    }

    [Fact]
    public void A_successor_passes_over_what_was_written_down_already()
    {
        Tell(6);
        var safe = _reports.Take(4).Position;
        _reports.Dispose(); // written down, and not committed any more

        var successor = _node.Reports();

        Assert.True(successor.TrySkipTo(safe));
        Assert.Equal((safe, safe), (successor.Committed, successor.Position));
        Assert.Equal([5, 6], Ports(successor.Take(10)));
        Assert.True(successor.TrySkipTo(safe)); // it is there already
    }

    [Theory]
    [InlineData(RecordBytes + 8)]
    [InlineData(1 << 20)]
    public void A_position_that_is_none_of_this_ring_skips_nothing(ulong position)
    {
        Tell(3);

        Assert.False(_reports.TrySkipTo(position));

        Assert.Equal([1, 2, 3], Ports(_reports.Take(10)));
        Assert.Equal(0ul, _reports.Committed);
    }

    [Fact]
    public void Only_what_was_taken_is_committed_and_never_back()
    {
        Tell(2);
        Assert.Throws<ArgumentOutOfRangeException>(() => _reports.Commit(RecordBytes));
        _reports.Commit(_reports.Take(1).Position);
        Assert.Throws<ArgumentOutOfRangeException>(() => _reports.Commit(0));
    }

    [Fact]
    public void Reports_are_whole_where_the_ring_begins_again()
    {
        var ports = new List<int>();
        for (var round = 0; round < 20; round++)
        {
            Tell(13);
            var batch = _reports.Take(100);
            Assert.All(batch.Reports.ToArray(), r => Assert.Equal((1ul, A, Key(A4, B4, Packet.Udp17, r.Key.SourcePort, 2)),
                (r.Opener.Packets, r.Ifindex, r.Key)));
            ports.AddRange(Ports(batch));
            _reports.Commit(batch.Position);
        }
        Assert.Equal(Enumerable.Range(1, 20 * 13), ports);
        Assert.True(_reports.Position > 4096 * 10);
    }

    [Fact]
    public async Task A_reader_beside_the_kernel_gets_each_report_once_and_whole()
    {
        const int Rounds = 6, Each = 400;
        var telling = Task.Run(() =>
        {
            for (var round = 0; round < Rounds; round++)
            {
                for (var i = 0; i < Each; i++)
                    _node.Feed("from_port", A, Question(++_port));
                while (_node.Sweep().Waiting > 0)
                    Thread.Yield();
                foreach (var key in _node.Flows.ReadAll().Select(f => f.Key).ToList())
                    _node.Flows.Remove(key);
            }
        }, TestContext.Current.CancellationToken);
        var (ports, ended) = (new List<int>(), false);
        while (true)
        {
            var batch = _reports.Take(5);
            Assert.All(batch.Reports.ToArray(), r => Assert.Equal(
                (1ul, 30ul, Key(A4, B4, Packet.Udp17, r.Key.SourcePort, 2), B),
                (r.Opener.Packets, r.Opener.Bytes, r.Key, r.ToIfindex)));
            ports.AddRange(Ports(batch));
            _reports.Commit(batch.Position);
            if (batch.Reports.IsEmpty && ended)
                break;
            ended = telling.IsCompleted;
        }
        await telling;

        Assert.Equal(Enumerable.Range(1, Rounds * Each), ports.Order());
        Assert.Equal(0ul, _node.Count(CounterId.ReportsLost));
    }

    /// <summary>So many reports, of connections from one port after the other.</summary>
    void Tell(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _node.Feed("from_port", A, Question(++_port));
            Assert.Equal(1ul, _node.Sweep().Reported);
        }
    }

    static byte[] Question(ushort port) => Packet.Frame(MacA, Gateway).Ip(A4, B4).Udp(port, 2).Data(2).Bytes();

    static IEnumerable<int> Ports(FlowReportBatch batch) =>
        [.. batch.Reports.ToArray().Select(r => (int)(ushort)r.Key.SourcePort)];
}
