using System.Threading.Channels;
using Weft.Agent.State;
using Weft.Protocol.Mapping;
using Weft.Protocol.V1;

namespace Weft.Agent.Sync;

/// <summary>Tells the server what the node has made of its state: everything once per stream, then what changed.</summary>
sealed class StatusSender(
    Latest<AgentStatus> statuses, Latest<FabricEndpoint> fabric, string version, TimeProvider time)
{
    /// <summary>Between two reports; what changes meanwhile goes with the next one.</summary>
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Counters change all the time and nobody waits for them.</summary>
    static readonly TimeSpan CounterPause = TimeSpan.FromSeconds(5);

    readonly Channel<bool> _hails = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Has a status sent at once, whether or not there is news.</summary>
    public void Hail() => _hails.Writer.TryWrite(true);

    Hello Hello(FabricEndpoint endpoint) => new()
    {
        Version = version,
        FabricAddress = WireBytes.Of(endpoint.Address),
        FabricMtu = (uint)endpoint.Mtu,
    };

    /// <summary>Says hello and reports until cancelled.</summary>
    public async Task RunAsync(ReportStream reports, FabricEndpoint endpoint, CancellationToken cancellation)
    {
        AgentStatus? before = null;
        var countersAt = time.GetUtcNow();
        await reports.WriteAsync(new() { Hello = Hello(endpoint) }, cancellation).ConfigureAwait(false);
        while (true)
        {
            var status = statuses.Value;
            if (fabric.Value is { Address: not null } now && now != endpoint)
                await reports.WriteAsync(new() { Hello = Hello(endpoint = now) }, cancellation).ConfigureAwait(false);
            if (_hails.Reader.TryRead(out _) || before is null || IsNews(before, status) || time.GetUtcNow() >= countersAt)
            {
                await reports.WriteAsync(new() { Status = Changes(before, status) }, cancellation).ConfigureAwait(false);
                (before, countersAt) = (status, time.GetUtcNow() + CounterPause);
            }
            await Task.Delay(Pause, time, cancellation).ConfigureAwait(false);
            await NextAsync(status, endpoint, cancellation).ConfigureAwait(false);
        }
    }

    async Task NextAsync(AgentStatus status, FabricEndpoint endpoint, CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        // The end of the pause for counters counts as news: a status that was held back goes out by then.
        await Task.WhenAny(
            statuses.NextAsync(status, either.Token),
            fabric.NextAsync(endpoint, either.Token),
            _hails.Reader.WaitToReadAsync(either.Token).AsTask(),
            Task.Delay(CounterPause, time, either.Token)).ConfigureAwait(false);
        await either.CancelAsync().ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
    }

    static bool IsNews(AgentStatus before, AgentStatus now) =>
        now.AppliedRevision != before.AppliedRevision
        || !ReferenceEquals(now.Ports, before.Ports)
        || !ReferenceEquals(now.Health, before.Health)
        || !ReferenceEquals(now.BalancerFaults, before.BalancerFaults)
        || !ReferenceEquals(now.Peers, before.Peers)
        || !now.Faults.SequenceEqual(before.Faults);

    static Weft.Protocol.V1.Status Changes(AgentStatus? before, AgentStatus now)
    {
        var status = new Weft.Protocol.V1.Status { AppliedRevision = now.AppliedRevision };
        status.Faults.AddRange(now.Faults);
        foreach (var (reason, packets) in now.Drops)
            status.Drops[reason] = packets;
        foreach (var (uid, port) in now.Ports)
            if (before?.Ports.GetValueOrDefault(uid) != port)
                status.Ports.Add(new PortState
                {
                    Uid = WireBytes.Of(uid),
                    State = port.State switch
                    {
                        LocalPortState.Active => PortState.Types.State.Active,
                        LocalPortState.Error => PortState.Types.State.Error,
                        _ => PortState.Types.State.Down,
                    },
                    Message = port.Message,
                });
        status.BalancerFaults.AddRange(now.BalancerFaults.Select(fault =>
            new BalancerFault { BalancerUid = WireBytes.Of(fault.Key), Message = fault.Value }));
        if (before is null || !ReferenceEquals(now.Peers, before.Peers))
            status.Peers = new() { Answering = { now.Peers.Answering }, Silent = { now.Peers.Silent.Keys } };
        foreach (var (key, health) in now.Health)
            if (before?.Health.GetValueOrDefault(key) != health)
                status.Health.Add(BalancerRecords.ToRecord(health));
        foreach (var (key, totals) in now.Balance)
            if (before is null || !before.Balance.TryGetValue(key, out var told) || told != totals)
                status.Balance.Add(ToRecord(key, totals));
        return status;
    }

    static BalanceCounts ToRecord(BalanceKey key, BalanceTotals totals) => new()
    {
        BalancerUid = WireBytes.Of(key.Balancer),
        Listener = key.Listener,
        Member = key.Member is { } member ? BalancerRecords.ToRecord(member) : null,
        Connections = totals.Connections,
        Total = totals.Total,
        Refused = totals.Refused,
        BytesIn = totals.BytesIn,
        BytesOut = totals.BytesOut,
    };
}
