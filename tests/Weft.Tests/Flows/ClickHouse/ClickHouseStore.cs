using Weft.Analytics.Storage.ClickHouse;
using Weft.Tests.Flows.Stores;

namespace Weft.Tests.Flows.ClickHouse;

/// <summary>A store in a database of one test. Its records are of now: the engine forgets by its own clock.</summary>
sealed class ClickHouseStore : TestStore
{
    static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    readonly List<ClickHouseFlowStore> _others = [];
    ClickHouseFlowStore _store;

    ClickHouseStore(ClickHouseEngine engine, double step) : base(Now(), step)
    {
        Options = new(engine.Url) { Database = $"test_{Guid.NewGuid():N}" };
        _store = new(Options, TimeProvider.System);
    }

    internal ClickHouseOptions Options { get; }

    internal override ClickHouseFlowStore Store => _store;

    internal override string LongAnswer => "SELECT sipHash64(number) FROM numbers(1000000000000)";

    internal override string LongSum => "SELECT sum(sipHash64(number)) FROM numbers(1000000000000)";

    internal static async Task<ClickHouseStore> OpenAsync(ClickHouseEngine engine, double step = 1000)
    {
        var store = new ClickHouseStore(engine, step);
        await store.Store.OpenAsync(TestContext.Current.CancellationToken);
        return store;
    }

    internal override async Task ReopenAsync()
    {
        await _store.DisposeAsync();
        _store = new(Options, TimeProvider.System);
        await _store.OpenAsync(default);
    }

    /// <summary>Another one, as after its server was killed: what this one was doing is not waited for.</summary>
    internal async Task ReplaceAsync()
    {
        _others.Add(_store);
        _store = new(Options, TimeProvider.System);
        await _store.OpenAsync(default);
    }

    public override async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        foreach (var other in _others)
            await other.DisposeAsync();
    }

    static DateTimeOffset Now()
    {
        var now = TimeProvider.System.GetUtcNow();
        return now.AddTicks(-(now.Ticks % s_hour.Ticks));
    }
}
