using Apache.Arrow.Arrays;
using Weft.Analytics.Storage;
using Weft.Flows;
using Weft.Tests.Flows.Stores;

namespace Weft.Tests.Flows.DuckDb;

public sealed class DuckDbFlowStoreTests : FlowStoreTests
{
    private protected override async Task<TestStore> OpenAsync() => await DuckStore.OpenAsync();

    [Fact]
    public async Task Parameters_of_every_type_are_compared_with_columns()
    {
        await using var store = await DuckStore.OpenAsync();
        using var batch = await store.AppendAsync(1000);
        var address = ((FixedSizeBinaryArray)batch.Column(FlowSchema.Arrow.GetFieldIndex("source_address"))).GetBytes(0).ToArray();
        var expected = Values(batch.Column(FlowSchema.Arrow.GetFieldIndex("source_address"))).Count(Convert.ToHexString(address).Equals);
        Assert.Equal(expected, await store.NumberAsync(
            "SELECT count(*) FROM flows WHERE source_address = $p0 AND time >= make_timestamp($p1) AND bytes >= $p2 AND rtt >= $p3 AND node <> $p4",
            System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(address), 1L, 0UL, 0.0, "it's none"));
    }

    [Fact]
    public async Task Sums_are_whole_numbers_averages_are_not_and_what_is_missing_is_null()
    {
        await using var store = await DuckStore.OpenAsync();
        await store.AppendAsync(10);
        var batch = Assert.Single(await store.QueryAsync("SELECT sum(bytes), avg(bytes), count(*), max(node), min(bytes) FILTER (bytes = 1), verdict = 0 FROM flows GROUP BY ALL ORDER BY 6"));
        Assert.Equal(
            ["uint64", "double", "int64", "utf8", "uint64", "bool"], batch.Schema.FieldsList.Select(field => field.DataType.Name));
        Assert.True(batch.Column(4).IsNull(0));
        Assert.False(batch.Column(0).IsNull(0));
    }

    [Fact]
    public async Task The_folder_and_its_files_are_of_their_owner_alone()
    {
        await using var store = await DuckStore.OpenAsync();
        await store.AppendAsync(10);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(store.Options.Folder));
        Assert.All(
            Directory.GetFiles(store.Options.Folder, "*.duckdb"),
            file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
    }

    [Fact]
    public async Task A_closed_store_says_so_and_closing_it_again_is_nothing()
    {
        await using var store = await DuckStore.OpenAsync();
        await store.Store.DisposeAsync();
        await store.Store.DisposeAsync();
        await Assert.ThrowsAsync<FlowStoreException>(() => store.Store.HoldingsAsync(default));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => store.Store.OpenAsync(default));
    }
}
