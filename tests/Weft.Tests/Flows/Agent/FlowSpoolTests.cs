using Weft.Agent.Flows;
using Weft.Flows;

namespace Weft.Tests.Flows.Agent;

public sealed class FlowSpoolTests : IDisposable
{
    const long Large = 1 << 30;

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Batches_come_in_order_and_are_gone_when_acknowledged()
    {
        var spool = Open();
        spool.Fill(0, 3);
        Assert.Equal([1UL, 2, 3], Numbers(spool));
        spool.Acknowledge(2);
        Assert.Equal([3UL], Numbers(spool));
        Assert.Equal(1, spool.Waiting.Batches);
        spool.Acknowledge(3);
        Assert.Equal((0, 0), spool.Waiting);
        Assert.Empty(Files());
    }

    [Fact]
    public void What_is_read_is_what_was_written()
    {
        var spool = Open();
        var written = Batches.Of(0, 50);
        spool.Append(written, Batches.Tally(50), new(9, 77), -5);
        spool.Offer();
        var batch = spool.Next(0)!.Value;
        byte[] buffer = [];
        Assert.Equal(written, spool.Read(batch, ref buffer).ToArray());
        Assert.Equal((Batches.Tally(50), new ReportPosition(9, 77), -5L), (batch.Tally, batch.Position, batch.ClockOffset));
        Assert.Equal(batch.FileBytes, new FileInfo(Files().Single()).Length);
    }

    [Fact]
    public void An_agent_that_starts_again_goes_on_where_the_killed_one_was()
    {
        var killed = Open();
        killed.Fill(0, 2);
        killed.Append(Batches.Of(20, 5), Batches.Tally(5), new(9, 25), 0); // killed before it told anybody
        File.WriteAllText(Path.Combine(_folder["flows"], "00000000000000000004.flows.new"), "half");

        var spool = Open();
        Assert.Equal((killed.Series, new ReportPosition(9, 25)), (spool.Series, spool.Position));
        Assert.Equal([1UL, 2, 3], Numbers(spool));
        spool.Fill(25, 1);
        Assert.Equal([1UL, 2, 3, 4], Numbers(spool));
        Assert.DoesNotContain(Files(), file => file.EndsWith(".new", StringComparison.Ordinal));
        Assert.Equal(4, spool.Waiting.Batches);
    }

    [Fact]
    public void Numbers_never_come_twice_in_one_series()
    {
        var before = Open();
        before.Fill(0, 3);
        before.Acknowledge(3);
        var spool = Open();
        Assert.NotEqual(before.Series, spool.Series);
        Assert.Null(spool.Position);
        spool.Fill(30, 1);
        Assert.Equal([1UL], Numbers(spool));
    }

    [Fact]
    public void The_sender_sees_nothing_that_has_not_been_offered()
    {
        var spool = Open();
        spool.Append(Batches.Of(0, 1), Batches.Tally(1), new(9, 1), 0);
        Assert.Null(spool.Next(0));
        spool.Offer();
        Assert.Equal(1UL, spool.Next(0)!.Value.Number);
    }

    [Fact]
    public void When_it_is_full_the_oldest_go_and_are_counted()
    {
        var size = Batches.Of(0, 10).Length + SpoolFile.HeaderBytes;
        var spool = Open(3 * size);
        spool.Fill(10, 7);
        Assert.Equal([5UL, 6, 7], Numbers(spool));
        Assert.Equal(new FlowTally(40, 40, 4000) { Batches = 4 }, spool.Losses.Places[SpoolLosses.Overflow]);
        Assert.True(spool.Waiting.Bytes <= 3 * size);
        Assert.Equal(3, Files().Length);
        Assert.Equal(40UL, Open(3 * size).Losses.Places[SpoolLosses.Overflow].Records);
    }

    [Fact]
    public void What_may_be_with_the_server_already_goes_last()
    {
        var spool = Open(3 * (Batches.Of(0, 10).Length + SpoolFile.HeaderBytes));
        spool.Fill(10, 3);
        spool.MarkSent(2);
        spool.Fill(40, 2);
        Assert.Equal([1UL, 2, 5], Numbers(spool));
    }

    [Theory]
    [InlineData("cut short", 0)]
    [InlineData("header", 0)]
    [InlineData("records", 10)]
    [InlineData("empty", 0)]
    public void A_damaged_file_costs_its_own_batch_and_no_other(string damage, ulong knownRecords)
    {
        Open().Fill(0, 3);
        var file = Path.Combine(_folder["flows"], "00000000000000000002.flows");
        var bytes = File.ReadAllBytes(file);
        bytes[damage == "header" ? 33 : ^20] ^= 0x55;
        File.WriteAllBytes(file, damage switch { "cut short" => bytes[..^1], "empty" => [], _ => bytes });

        var spool = Open();
        Assert.Equal([1UL, 3], Numbers(spool));
        Assert.Equal((1UL, knownRecords), (spool.Losses.Places[SpoolLosses.Damaged].Batches, spool.Losses.Places[SpoolLosses.Damaged].Records));
        Assert.Equal(2, Files().Length);
    }

    [Fact]
    public void The_number_of_a_damaged_newest_file_is_not_used_again()
    {
        var before = Open();
        before.Fill(0, 2);
        File.WriteAllText(Files()[^1], "");
        var spool = Open();
        spool.Fill(20, 1);
        Assert.Equal(before.Series, spool.Series);
        Assert.Equal([1UL, 3], Numbers(spool));
    }

    [Fact]
    public void A_folder_that_somebody_removed_is_made_again()
    {
        var spool = Open();
        spool.Fill(0, 1);
        Directory.Delete(_folder["flows"], recursive: true);
        spool.Fill(10, 1);
        Assert.Equal([2UL], Numbers(spool));
        Assert.Equal(1UL, spool.Losses.Places[SpoolLosses.Damaged].Batches);
    }

    [Fact]
    public void What_cannot_be_written_changes_nothing()
    {
        var spool = Open();
        spool.Fill(0, 1);
        Directory.CreateDirectory(Path.Combine(_folder["flows"], "00000000000000000002.flows.new")); // in the way
        Assert.ThrowsAny<Exception>(() => spool.Append(Batches.Of(10, 1), Batches.Tally(1), new(9, 11), 0));
        Directory.Delete(Path.Combine(_folder["flows"], "00000000000000000002.flows.new"));
        spool.Fill(10, 1);
        Assert.Equal([1UL, 2], Numbers(spool));
        Assert.Empty(spool.Losses.Places);
    }

    FlowSpool Open(long limit = Large) => FlowSpool.Open(_folder["flows"], limit);

    string[] Files() => [.. Directory.GetFiles(_folder["flows"], "*.flows*").Order(StringComparer.Ordinal)];

    /// <summary>Of those that can be read, as the sender would.</summary>
    static List<ulong> Numbers(FlowSpool spool)
    {
        var numbers = new List<ulong>();
        byte[] buffer = [];
        for (ulong after = 0; spool.Next(after) is { } batch; after = batch.Number)
        {
            if (spool.Read(batch, ref buffer) is { IsEmpty: false } records)
            {
                using var _ = FlowBatch.Read(records);
                numbers.Add(batch.Number);
            }
        }
        return numbers;
    }
}
