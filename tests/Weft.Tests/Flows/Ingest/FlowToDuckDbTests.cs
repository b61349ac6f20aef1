using Weft.Analytics.Storage.DuckDb;
using Weft.Tests.Flows.Agent;
using Weft.Tests.Sync;

namespace Weft.Tests.Flows.Ingest;

/// <summary>From the spool of a node to files of the engine.</summary>
public sealed class FlowToDuckDbTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Whatever_restarts_in_between_each_record_is_stored_once()
    {
        await using var path = await FlowPath.StartAsync(make: _ => Store());
        path.StartSending();
        path.Spool.Fill(0, 40, 50);
        await Patience.UntilAsync(() => path.Intake.StoredRecords > 500, "some of it stored");
        await path.Server.DownAsync();
        path.Spool.Fill(2000, 40, 50);
        await path.Server.RestartAsync();
        await path.StopSendingAsync();
        path.OpenSpool();
        path.StartSending();
        path.Spool.Fill(4000, 40, 50);
        await path.EmptyAsync();
        await path.StopSendingAsync();
        await path.Server.DownAsync();

        await using var store = Store();
        await store.OpenAsync(TestContext.Current.CancellationToken);
        Assert.Equal(6000, (await store.HoldingsAsync(TestContext.Current.CancellationToken)).Rows);
        Assert.Equal(120UL, await store.NewestAsync(path.Spool.Series, TestContext.Current.CancellationToken));
    }

    DuckDbFlowStore Store() => new DuckDbFlowStore(new(_folder["records"]), TimeProvider.System);
}
