using Grpc.Core;
using Microsoft.Extensions.Logging;
using Weft.Agent.State;
using Weft.Agent.Tracing;
using Weft.Model.State;
using Weft.Protocol;
using Weft.Protocol.Mapping;
using Weft.Protocol.V1;

namespace Weft.Agent.Sync;

/// <summary>
/// Keeps the node's state as the server has it: joins once, connects, follows, connects again.
/// </summary>
/// <remarks>
/// What the node does never waits for this: at start the last state is read from disk and published, and
/// when the server goes away the state stays. Nothing that fails here ends the loop but cancellation; the
/// reason is logged when it changes, and shown in <see cref="Status"/>.
/// </remarks>
public sealed partial class ServerLink(
    ServerLinkOptions options,
    Latest<AgentState> states,
    Latest<AgentStatus> statuses,
    Latest<FabricEndpoint> fabric,
    TimeProvider time,
    ILogger<ServerLink> logger)
{
    static readonly TimeSpan LastWords = TimeSpan.FromSeconds(1);

    readonly CredentialStore _credentials = new(options.StateDirectory);
    readonly StateFile _file = new(options.StateDirectory);
    readonly Latest<ServerConnectionHolder> _connection = new(new(null));
    NodeState _saved = NodeState.Empty;

    public Latest<LinkStatus> Status { get; } = new(new(false, null));

    /// <summary>Where the server's wishes for traces go, and what came of them is.</summary>
    internal TraceBell Traces { get; init; } = new();

    /// <summary>Null while there is no connection to try.</summary>
    internal Agents.AgentsClient? Calls => _connection.Value.Connection?.Agents;

    /// <summary>Works until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var enroller = new Enroller(_credentials, time);
        var backoff = new Backoff(options.FirstWait, options.LongestWait, Random.Shared, time);
        NodeCredentials? owner = null;
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                owner ??= await EnrolAsync(enroller, cancellation).ConfigureAwait(false);
                owner = await RenewAsync(enroller, owner, cancellation).ConfigureAwait(false);
                Lost(await ConnectAsync(owner, backoff, cancellation).ConfigureAwait(false), mayPass: true);
            }
            catch (Exception) when (cancellation.IsCancellationRequested)
            {
                break;
            }
            catch (EnrollmentException e)
            {
                Lost(e.Message, e.MayPass);
            }
            catch (RpcException e)
            {
                Lost(e.Status.Detail, e.StatusCode is not (StatusCode.Unauthenticated or StatusCode.PermissionDenied));
            }
            catch (Exception e) when (e is MalformedRecordException or IOException or UnauthorizedAccessException)
            {
                Lost(e.Message, mayPass: true);
            }
            if (!await WaitAsync(backoff, cancellation).ConfigureAwait(false))
                break;
        }
        if (owner is not null)
            Save(states.Value, owner);
    }

    /// <summary>Reads what is on disk, or joins.</summary>
    async Task<NodeCredentials> EnrolAsync(Enroller enroller, CancellationToken cancellation)
    {
        var owner = _credentials.Load();
        var token = JoinToken.TryParse(options.Token, out var parsed) ? parsed : null;
        if (owner is null || token is not null && token.Id != owner.TokenId)
        {
            if (options.Token is null)
                throw new EnrollmentException("this host has not joined yet: give it a join token (--token)", false);
            var endpoint = await fabric.WaitForAsync(known => known.Address is not null, cancellation).ConfigureAwait(false);
            owner = await enroller.JoinAsync(options.Server, options.Token, options.NodeName, endpoint, cancellation).ConfigureAwait(false);
            LogJoined(options.Server, owner.NodeName, owner.NodeNumber);
        }
        PublishSaved(owner);
        return owner;
    }

    void PublishSaved(NodeCredentials owner)
    {
        if (_file.Load(owner) is { } state)
        {
            _saved = state;
            LogLoaded(state.Revision);
            states.Publish(new(owner.NodeNumber, state, InSync: true, Connected: false));
        }
        else
            states.Publish(new(owner.NodeNumber, NodeState.Empty, InSync: false, Connected: false));
    }

    async Task<NodeCredentials> RenewAsync(Enroller enroller, NodeCredentials owner, CancellationToken cancellation)
    {
        if (!owner.IsRenewalDue(time.GetUtcNow()))
            return owner;
        using var connection = new ServerConnection(options.Server, owner.Authority, owner.Certificate);
        var renewed = await enroller.RenewAsync(connection, owner, cancellation).ConfigureAwait(false);
        LogRenewed(renewed.Certificate.NotAfter.ToUniversalTime());
        return renewed;
    }

    /// <summary>One connection from beginning to end.</summary>
    /// <returns>Why it ended, when nothing failed.</returns>
    async Task<string> ConnectAsync(NodeCredentials owner, Backoff backoff, CancellationToken cancellation)
    {
        using var connection = new ServerConnection(options.Server, owner.Authority, owner.Certificate);
        _connection.Publish(new(connection));
        try
        {
            return await FollowAsync(connection, owner, backoff, cancellation).ConfigureAwait(false);
        }
        catch (RpcException e) when (connection.TrustFault is { } fault)
        {
            throw new EnrollmentException(fault, false, e);
        }
        finally
        {
            _connection.Publish(new(null));
        }
    }

    async Task<string> FollowAsync(
        ServerConnection connection, NodeCredentials owner, Backoff backoff, CancellationToken cancellation)
    {
        var endpoint = await fabric.WaitForAsync(known => known.Address is not null, cancellation).ConfigureAwait(false);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var call = connection.Agents.Sync(cancellationToken: ending.Token);
        var sender = new StatusSender(statuses, fabric, options.Version, time);
        using var reports = new ReportStream(call.RequestStream);
        var reading = new StateReader(states, owner.NodeNumber, Traces, sender.Hail).RunAsync(call.ResponseStream, ending.Token);
        var sending = sender.RunAsync(reports, endpoint, ending.Token);
        var renewal = WaitForRenewalAsync(owner, ending.Token);
        Task[] all =
        [
            reading, sending, renewal, NoticeInSyncAsync(backoff, ending.Token), SaveAsync(owner, ending.Token),
            TellTracesAsync(reports, sending, ending.Token),
        ];
        var first = await Task.WhenAny(all).ConfigureAwait(false);
        // Writing fails when the server has ended the stream; why, only reading tells.
        if (first == sending)
            await Task.WhenAny(reading, Task.Delay(LastWords, time, cancellation)).ConfigureAwait(false);
        var wasEnded = reading.IsCompleted;
        await ending.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(all).ContinueWith(
            _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).ConfigureAwait(false);
        await (wasEnded ? reading : first).ConfigureAwait(false);
        return first == renewal ? "the certificate is due to be renewed" : "the server ended the stream";
    }

    /// <summary>When it cannot write, neither can the sender of statuses, which knows what to do about it.</summary>
    async Task TellTracesAsync(ReportStream reports, Task sending, CancellationToken cancellation)
    {
        try
        {
            await reports.TellTracesAsync(Traces, cancellation).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is RpcException or InvalidOperationException)
        {
            await sending.ConfigureAwait(false);
        }
    }

    async Task NoticeInSyncAsync(Backoff backoff, CancellationToken cancellation)
    {
        var state = (await states.WaitForAsync(known => known.Connected, cancellation).ConfigureAwait(false)).State;
        backoff.Reset();
        LogInSync(options.Server, state.Revision, state.Networks.Count, state.Ports.Count);
        Status.Publish(new(true, null));
        await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellation).ConfigureAwait(false);
    }

    async Task WaitForRenewalAsync(NodeCredentials owner, CancellationToken cancellation)
    {
        while (!owner.IsRenewalDue(time.GetUtcNow()))
            await Task.Delay(TimeSpan.FromHours(1), time, cancellation).ConfigureAwait(false);
    }

    async Task SaveAsync(NodeCredentials owner, CancellationToken cancellation)
    {
        while (true)
        {
            var state = await states.WaitForAsync(
                known => known.Confirmed && !ReferenceEquals(known.State, _saved), cancellation).ConfigureAwait(false);
            Save(state, owner);
            await Task.Delay(options.SavePause, time, cancellation).ConfigureAwait(false);
        }
    }

    void Save(AgentState state, NodeCredentials owner)
    {
        if (!state.Confirmed || ReferenceEquals(state.State, _saved))
            return;
        try
        {
            _file.Save(state.State, owner);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogSaveFailed(e.Message);
        }
        _saved = state.State;
    }

    void Lost(string reason, bool mayPass)
    {
        states.Update(known => known.Connected ? known with { Connected = false } : known);
        if (Status.Value is { Connected: false, Fault: { } known } && known == reason)
            return;
        Status.Publish(new(false, reason));
        if (mayPass)
            LogLost(options.Server, reason);
        else
            LogRefused(options.Server, reason);
    }

    static async Task<bool> WaitAsync(Backoff backoff, CancellationToken cancellation)
    {
        try
        {
            await backoff.WaitAsync(cancellation).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    sealed record ServerConnectionHolder(ServerConnection? Connection);
}
