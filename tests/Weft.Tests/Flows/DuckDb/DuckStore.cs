using Weft.Analytics.Storage.DuckDb;
using Weft.Tests.Flows.Stores;

namespace Weft.Tests.Flows.DuckDb;

/// <summary>A store in a folder of one test.</summary>
sealed class DuckStore : TestStore
{
    internal static readonly DateTimeOffset Start = new(2026, 3, 1, 10, 0, 0, TimeSpan.Zero);

    readonly TemporaryFolder _folder = new();
    DuckDbFlowStore _store;

    DuckStore(Func<DuckDbOptions, DuckDbOptions>? with, double step) : base(Start, step)
    {
        Options = new DuckDbOptions(_folder["flows"]) { MinutesEvery = TimeSpan.Zero, HoursEvery = TimeSpan.Zero, MemoryBytes = 256L << 20 };
        Options = with?.Invoke(Options) ?? Options;
        _store = new DuckDbFlowStore(Options, Time);
    }

    internal DuckDbOptions Options { get; }

    internal override DuckDbFlowStore Store => _store;

    internal override string LongAnswer => "SELECT a.range + b.range FROM range(10000000) a, range(10000000) b";

    internal override string LongSum => "SELECT sum(a.range * b.range % 7) FROM range(10000000) a, range(10000000) b";

    internal static async Task<DuckStore> OpenAsync(Func<DuckDbOptions, DuckDbOptions>? with = null, double step = 1000)
    {
        var store = new DuckStore(with, step);
        await store.Store.OpenAsync(default);
        return store;
    }

    /// <summary>Another store over the same files, after this one was closed.</summary>
    internal override async Task ReopenAsync()
    {
        await _store.DisposeAsync();
        _store = new DuckDbFlowStore(Options, Time);
        await _store.OpenAsync(default);
    }

    public override async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _folder.Dispose();
    }
}
