using Apache.Arrow;
using Apache.Arrow.Arrays;
using Weft.Analytics.Sql;
using Weft.Analytics.Storage;
using Weft.Flows;

namespace Weft.Tests.Flows.Stores;

/// <summary>What every store does.</summary>
public abstract class FlowStoreTests
{
    static readonly string s_all = string.Join(", ", FlowSchema.Fields.Select(field => $"\"{field.Column}\""));

    private protected abstract Task<TestStore> OpenAsync();

    [Fact]
    public async Task Every_field_comes_back_as_it_was_written()
    {
        await using var store = await OpenAsync();
        var builder = new FlowBatchBuilder();
        foreach (var (text, number) in new[] { ("", 0), ("twelve bytes", 1), ("thirteen byte", 2), ("Grüße, 世界 and more than that", 3) })
            builder.Append(Record(text, number));
        using var written = builder.Build();
        await store.Store.AppendAsync([new FlowDelivery("node", store.Series, 1, written)], default);
        var read = Assert.Single(await store.QueryAsync($"SELECT {s_all} FROM flows ORDER BY rule"));
        foreach (var (field, i) in FlowSchema.Fields.Select((field, i) => (field, i)))
            Assert.Equal(Values(written.Column(i)), Values(read.Column(i)));
    }

    [Fact]
    public async Task Generated_batches_larger_than_a_chunk_come_back_whole()
    {
        await using var store = await OpenAsync();
        using var written = await store.AppendAsync(5000);
        var read = await store.QueryAsync($"SELECT {s_all} FROM flows");
        Assert.Equal(Rows([written]), Rows(read));
        Assert.All(read, batch => Assert.InRange(batch.Length, 1, 100_000));
    }

    [Fact]
    public async Task A_batch_that_comes_twice_is_stored_once()
    {
        await using var store = await OpenAsync();
        using var batch = await store.AppendAsync(10);
        await store.Store.AppendAsync([new FlowDelivery("node-1", store.Series, 1, batch), new FlowDelivery("node-1", store.Series, 2, batch)], default);
        await store.ReopenAsync();
        await store.Store.AppendAsync([new FlowDelivery("node-1", store.Series, 2, batch)], default);
        Assert.Equal(2 * batch.Length, await store.NumberAsync("SELECT count(*) FROM flows"));
        Assert.Equal(2u, await store.Store.NewestAsync(store.Series, default));
        Assert.Equal(0u, await store.Store.NewestAsync(Guid.NewGuid(), default));
    }

    [Fact]
    public async Task Each_append_has_a_higher_ingest_number_also_after_a_restart()
    {
        await using var store = await OpenAsync();
        for (var i = 0; i < 3; i++)
        {
            await store.AppendAsync(10);
            await store.ReopenAsync();
        }
        Assert.Equal(3, await store.NumberAsync("SELECT count(DISTINCT ingest) FROM flows"));
        Assert.Equal(3, await store.NumberAsync("SELECT max(ingest) FROM flows"));
    }

    [Fact]
    public async Task A_wrong_statement_says_what_is_wrong_and_harms_nothing()
    {
        await using var store = await OpenAsync();
        var error = await Assert.ThrowsAsync<FlowStoreException>(() => store.QueryAsync("SELECT nothing FROM flows"));
        Assert.Contains("nothing", error.Message, StringComparison.Ordinal);
        Assert.False(error.MayPass);
        Assert.Equal(0, await store.NumberAsync("SELECT count(*) FROM flows"));
    }

    [Fact]
    public async Task An_answer_comes_before_the_query_is_done()
    {
        await using var store = await OpenAsync();
        var query = new SqlQuery(store.LongAnswer, []);
        await using var rows = store.Store.QueryAsync(query, default).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await rows.MoveNextAsync());
        Assert.InRange(rows.Current.Length, 1, 100_000);
    }

    [Fact]
    public async Task Cancelling_ends_a_query_in_the_engine()
    {
        await using var store = await OpenAsync();
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        var query = new SqlQuery(store.LongSum, []);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in store.Store.QueryAsync(query, cancel.Token))
                Assert.Fail("it cannot be done");
        });
        Assert.Equal(1, await store.NumberAsync("SELECT count(*) + 1 FROM flows"));
    }

    [Fact]
    public async Task What_is_held_is_told()
    {
        await using var store = await OpenAsync();
        var nothing = await store.Store.HoldingsAsync(default);
        Assert.Equal((0, null, null), (nothing.Rows, nothing.Oldest, nothing.Newest));
        using var batch = await store.AppendAsync(1000);
        await store.MaintainAsync();
        foreach (var _ in Enumerable.Range(0, 2))
        {
            var holdings = await store.Store.HoldingsAsync(default);
            Assert.Equal(batch.Length, holdings.Rows);
            Assert.InRange(holdings.Oldest!.Value, store.Begin, store.Begin.AddSeconds(10));
            Assert.InRange(holdings.Newest!.Value, holdings.Oldest.Value, store.Begin.AddSeconds(10));
            Assert.True(holdings.Bytes > 0);
            Assert.InRange(holdings.RolledUp[FlowTable.Minutes], 1u, ulong.MaxValue);
            Assert.InRange(holdings.RolledUp[FlowTable.Hours], 1u, ulong.MaxValue);
            await store.ReopenAsync();
        }
    }

    internal static FlowRecord Record(string text, int number)
    {
        var record = new FlowRecord
        {
            Time = 1_700_000_000_000_000 + number, Start = number, Last = 1_700_000_000_000_000, Flow = ulong.MaxValue - (ulong)number,
            Event = FlowEvent.Closed, End = FlowEnd.Quiet, Node = text, Observer = FlowObserver.Exit, Direction = FlowDirection.Service,
            Protocol = 255, IcmpType = 8, FloatingIp = text, LoadBalancer = text, Listener = text, Connections = uint.MaxValue, Closed = 1,
            Verdict = FlowVerdict.Denied, Reason = text, Policy = text, Group = text, Rule = (uint)number, Lumped = true, Peer = text,
            Encapsulation = FlowEncapsulation.Vxlan, Vni = 1 << 23, ClockOffset = -number,
        };
        foreach (var end in new[] { record.Source, record.Destination, record.TranslatedSource, record.TranslatedDestination })
        {
            end.Address = UInt128.MaxValue - (UInt128)number * 3;
            end.Port = (ushort)(65535 - number);
            end.Project = end.Network = end.Name = end.Node = text;
            end.Labels = text.Length == 0 ? "" : FlowLabels.Write([new("key", text)]);
        }
        foreach (var counts in new[] { record.Forward, record.Reply })
        {
            counts.Packets = counts.TotalPackets = (ulong)number;
            counts.Bytes = counts.TotalBytes = ulong.MaxValue - (ulong)number;
            counts.TcpFlags = 0x1f;
            counts.Handshake = uint.MaxValue;
        }
        return record;
    }

    internal static List<string> Rows(IEnumerable<RecordBatch> batches) =>
    [
        .. batches.SelectMany(batch =>
        {
            var columns = batch.Arrays.Select(Values).ToArray();
            return Enumerable.Range(0, batch.Length).Select(i => string.Join('|', columns.Select(column => column[i])));
        }).Order(StringComparer.Ordinal),
    ];

    internal static List<string> Values(IArrowArray array) =>
    [
        .. Enumerable.Range(0, array.Length).Select(i => array switch
        {
            DictionaryArray texts => ((StringArray)texts.Dictionary).GetString(((Int32Array)texts.Indices).GetValue(i)!.Value),
            StringArray texts => texts.GetString(i),
            FixedSizeBinaryArray addresses => Convert.ToHexString(addresses.GetBytes(i)),
            TimestampArray times => times.GetValue(i).ToString()!,
            UInt8Array numbers => numbers.GetValue(i).ToString()!,
            UInt16Array numbers => numbers.GetValue(i).ToString()!,
            UInt32Array numbers => numbers.GetValue(i).ToString()!,
            UInt64Array numbers => numbers.GetValue(i).ToString()!,
            Int32Array numbers => numbers.GetValue(i).ToString()!,
            _ => throw new InvalidOperationException(array.Data.DataType.Name),
        }),
    ];
}
