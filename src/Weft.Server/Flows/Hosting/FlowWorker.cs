using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Weft.Analytics.Storage;

namespace Weft.Server.Flows;

/// <summary>Opens the store, stores what comes, and keeps the store in shape, for as long as its host runs.</summary>
/// <remarks>What fails is tried again; the network never notices.</remarks>
sealed partial class FlowWorker(FlowIntake intake, IFlowStore store, FlowOptions options, TimeProvider time, ILogger<FlowWorker> logger) : BackgroundService
{
    readonly ILogger _logger = logger;
    string _told = "";

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Task.Run(() => intake.RunAsync(stoppingToken), stoppingToken), Task.Run(() => MaintainAsync(stoppingToken), stoppingToken));

    async Task MaintainAsync(CancellationToken cancellation)
    {
        await intake.OpenAsync(cancellation);
        using var timer = new PeriodicTimer(options.MaintainInterval, time);
        do
        {
            try
            {
                await store.MaintainAsync(options.Retention, time.GetUtcNow(), cancellation);
                _told = "";
            }
            catch (Exception failure) when (failure is not OperationCanceledException || !cancellation.IsCancellationRequested)
            {
                if (_told != failure.Message)
                    LogFailed(failure.Message);
                _told = failure.Message;
            }
        }
        while (await timer.WaitForNextTickAsync(cancellation));
    }

    [LoggerMessage(LogLevel.Error, "Flow records are not rolled up, and old ones not removed: {Reason}; trying again")]
    partial void LogFailed(string reason);
}
