using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Weft.Agent.Flows;
using Weft.Analytics.Storage;
using Weft.Server.Flows;
using Weft.Tests.Sync;

namespace Weft.Tests.Flows.Ingest;

/// <summary>A node's spool and sender, a real connection, a server, and a store that the test has in its hand.</summary>
sealed class FlowPath : IAsyncDisposable
{
    readonly TemporaryFolder _folder = new();
    CancellationTokenSource _stop = new();
    Task _sending = Task.CompletedTask;

    FlowPath(SyncServer server, SyncAgent agent, ListFlowStore store)
    {
        (Server, Agent, Store) = (server, agent, store);
        Spool = OpenSpool();
    }

    public SyncServer Server { get; }

    public SyncAgent Agent { get; }

    public ListFlowStore Store { get; }

    public FlowSpool Spool { get; private set; }

    public SendingBoard Board { get; private set; } = new();

    public ClockOffset Clock { get; private set; } = new();

    public FlowBoard ServerBoard => Server.Service<FlowBoard>();

    public FlowIntake Intake => Server.Service<FlowIntake>();

    public Dictionary<string, ulong> Losses { get; } = [];

    /// <summary>Connected, and nothing sent yet.</summary>
    public static async Task<FlowPath> StartAsync(ListFlowStore? store = null, FlowIngestOptions? ingest = null, TimeProvider? serverTime = null, bool keeps = true,
        Func<IServiceProvider, IFlowStore>? make = null)
    {
        store ??= new();
        var options = new FlowOptions
        {
            Ingest = (ingest ?? new()) with
            {
                Gather = TimeSpan.FromMilliseconds(20),
                FirstWait = TimeSpan.FromMilliseconds(10),
                LongestWait = TimeSpan.FromMilliseconds(50),
            },
            MaintainInterval = TimeSpan.FromMilliseconds(20),
        };
        var server = await SyncServer.StartAsync(configure: services =>
        {
            if (serverTime is not null)
                services.AddSingleton(serverTime);
            if (!keeps)
                return;
            services.AddSingleton(make ?? (_ => store));
            services.AddFlowRecords(options);
        });
        var agent = new SyncAgent(server.Address, server.TokenText()).Start();
        await agent.ConnectedAsync();
        return new(server, agent, store);
    }

    public void StartSending(FlowSenderOptions? options = null)
    {
        options = (options ?? new()) with
        {
            FirstWait = TimeSpan.FromMilliseconds(10),
            LongestWait = TimeSpan.FromMilliseconds(50),
            LifeSign = TimeSpan.FromMilliseconds(50),
        };
        Board = new() { Losses = () => Losses };
        Clock = new();
        var sender = new FlowSender(Spool, _ => Task.FromResult(Agent.Link.Calls), Board, Clock, options, TimeProvider.System, NullLogger.Instance);
        _sending = Task.Run(() => sender.RunAsync(_stop.Token));
    }

    public async Task StopSendingAsync()
    {
        await _stop.CancelAsync();
        await _sending.Soon();
        _stop.Dispose();
        _stop = new();
    }

    /// <summary>As an agent does that starts.</summary>
    public FlowSpool OpenSpool() => Spool = FlowSpool.Open(_folder["flows"], 1 << 30);

    public Task StoredAsync(int rows) => Patience.UntilAsync(() => Store.Count >= rows, $"{rows} rows in the store, of {Store.Count}");

    public Task EmptyAsync() => Patience.UntilAsync(() => Spool.Waiting.Batches == 0, "all acknowledged");

    /// <summary>Each of them once.</summary>
    public void AssertRows(int count) =>
        Assert.Equal(Enumerable.Range(0, count), Store.Rows.Select(row => int.Parse(row.Name, System.Globalization.CultureInfo.InvariantCulture)).Order());

    public async ValueTask DisposeAsync()
    {
        await StopSendingAsync();
        await Agent.DisposeAsync();
        await Server.DisposeAsync();
        _stop.Dispose();
        _folder.Dispose();
    }
}
