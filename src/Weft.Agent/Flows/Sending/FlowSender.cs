using Grpc.Core;
using Microsoft.Extensions.Logging;
using Weft.Agent.Sync;
using Weft.Protocol.V1;

namespace Weft.Agent.Flows;

/// <summary>Brings the spool to the server, stream after stream.</summary>
/// <remarks>
/// A batch that the server cannot read (InvalidArgument) would hold up all behind it for ever. So those that were on their way
/// go one at a time then, and the next such answer is about the only one: it is given up, and counted.
/// </remarks>
sealed partial class FlowSender(
    FlowSpool spool, Func<CancellationToken, Task<Agents.AgentsClient?>> server, SendingBoard board, ClockOffset clock, FlowSenderOptions options, TimeProvider time,
    ILogger logger)
{
    readonly ILogger _logger = logger;
    string _told = "";

    /// <summary>Until cancelled.</summary>
    internal async Task RunAsync(CancellationToken cancellation)
    {
        var backoff = new Backoff(options.FirstWait, options.LongestWait, Random.Shared, time);
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                if (await server(cancellation).ConfigureAwait(false) is { } calls)
                    await StreamAsync(calls, backoff, cancellation).ConfigureAwait(false);
                await backoff.WaitAsync(cancellation).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
        }
    }

    async Task StreamAsync(Agents.AgentsClient calls, Backoff backoff, CancellationToken cancellation)
    {
        FlowStream? stream = null;
        var begin = time.GetTimestamp();
        try
        {
            using var call = calls.SendFlows(cancellationToken: cancellation);
            stream = new(call, spool, board, clock, options, time);
            spool.Offered = stream.Wake;
            await stream.RunAsync(cancellation).ConfigureAwait(false);
            Tell("the server has ended the stream");
        }
        catch (Exception) when (cancellation.IsCancellationRequested)
        {
        }
        catch (RpcException failure)
        {
            Fail(failure, stream);
        }
        catch (Exception failure) when (failure is InvalidOperationException or ObjectDisposedException or OperationCanceledException)
        {
            Tell(failure.Message); // the connection went while the call was made
        }
        finally
        {
            spool.Offered = () => { };
            if (stream is { HasProgress: true } || time.GetElapsedTime(begin) > options.LongestWait)
            {
                backoff.Reset();
                _told = "";
            }
        }
    }

    void Fail(RpcException failure, FlowStream? stream)
    {
        if (failure.StatusCode == StatusCode.InvalidArgument && stream is not null)
        {
            if (stream.Alone is { } number)
            {
                spool.Lose(number, SpoolLosses.Refused);
                LogRefused(number, failure.Status.Detail);
                return;
            }
            board.OneByOneUpTo = stream.Newest;
        }
        if (failure.StatusCode == StatusCode.Unimplemented)
            board.Refused = failure.Status.Detail;
        Tell(failure.Status.Detail);
    }

    /// <summary>Once for each reason.</summary>
    void Tell(string reason)
    {
        if (_told != reason)
            LogBroken(reason);
        _told = reason;
    }

    [LoggerMessage(LogLevel.Warning, "Flow records do not reach the server: {Reason}; trying again")]
    partial void LogBroken(string reason);

    [LoggerMessage(LogLevel.Error, "Batch {Number} of flow records is lost: the server cannot read it: {Reason}")]
    partial void LogRefused(ulong number, string reason);
}
