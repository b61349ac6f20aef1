using System.Collections.Immutable;
using System.Diagnostics;
using Grpc.Core;
using Weft.Agent.State;
using Weft.Agent.Tracing;
using Weft.Model.State;
using Weft.Protocol.Mapping;
using Weft.Protocol.V1;

namespace Weft.Agent.Sync;

/// <summary>Turns the messages of one stream into whole states; publishes one whenever the server says in-sync.</summary>
/// <param name="hailed">The server asks whether the node is there.</param>
sealed class StateReader(Latest<AgentState> published, uint nodeNumber, TraceBell traces, Action hailed)
{
    NodeState _state = NodeState.Empty;
    ulong _sequence;
    ActivityContext _cause;

    public bool WasInSync { get; private set; }

    /// <summary>Reads until the server ends the stream.</summary>
    /// <exception cref="MalformedRecordException">The server sent what cannot be.</exception>
    public async Task RunAsync(IAsyncStreamReader<NodeUpdate> updates, CancellationToken cancellation)
    {
        while (await updates.MoveNext(cancellation).ConfigureAwait(false))
            Take(updates.Current);
    }

    void Take(NodeUpdate update)
    {
        if (update.Sequence != ++_sequence)
            throw new MalformedRecordException("sequence", $"{_sequence} was due, {update.Sequence} came: something was lost");
        if (update.Trace is { } trace)
        {
            traces.Requests.Writer.TryWrite(trace);
            return;
        }
        if (update.Hail)
        {
            hailed();
            return;
        }
        if (update.Traceparent.Length > 0)
            _cause = AgentTraces.Cause(update.Traceparent);
        var (before, delta) = (_state, NodeUpdates.ToDelta(update));
        _state = before.With(delta);
        if (WasInSync)
            StateLineage.Record(before, _state, delta);
        if (!update.InSync)
            return;
        if (!WasInSync)
            _state = Keep(published.Value.State, _state);
        WasInSync = true;
        published.Publish(new AgentState(nodeNumber, _state, InSync: true, Connected: true) { Confirmed = true, Cause = _cause });
    }

    /// <summary>
    /// The fresh state, made of the known one's objects where they are equal: after a reconnect, what did
    /// not change is the same object, and nobody downstream has to look at it.
    /// </summary>
    static NodeState Keep(NodeState known, NodeState fresh) => new()
    {
        Revision = fresh.Revision,
        Networks = Keep(known.Networks, fresh.Networks),
        Ports = Keep(known.Ports, fresh.Ports),
        Peers = Keep(known.Peers, fresh.Peers),
        RuleSets = Keep(known.RuleSets, fresh.RuleSets),
        Rules = Keep(known.Rules, fresh.Rules),
        Externals = Keep(known.Externals, fresh.Externals),
        Floatings = Keep(known.Floatings, fresh.Floatings),
        Balancers = Keep(known.Balancers, fresh.Balancers),
        Health = KeepHealth(known.Health, fresh),
    };

    /// <summary>A server that has just started knows nothing of health: what is known holds until something else is told.</summary>
    static ImmutableDictionary<NodeMemberKey, NodeHealth> KeepHealth(ImmutableDictionary<NodeMemberKey, NodeHealth> known, NodeState fresh)
    {
        var members = fresh.Balancers.Values.SelectMany(balancer => balancer.Pools.SelectMany(pool => pool.Members.Select(member =>
            new NodeMemberKey(balancer.Uid, pool.Name, member.Port, member.TargetPort)))).ToHashSet();
        var kept = known.RemoveRange(known.Keys.Where(key => !members.Contains(key)));
        return kept.SetItems(fresh.Health.Where(pair => !pair.Value.Equals(kept.GetValueOrDefault(pair.Key))));
    }

    static ImmutableDictionary<TKey, TRecord> Keep<TKey, TRecord>(
        ImmutableDictionary<TKey, TRecord> known, ImmutableDictionary<TKey, TRecord> fresh)
        where TKey : notnull
        where TRecord : class
    {
        var kept = known.ToBuilder();
        kept.RemoveRange(known.Keys.Where(key => !fresh.ContainsKey(key)));
        foreach (var (key, record) in fresh)
            if (!record.Equals(known.GetValueOrDefault(key)))
                kept[key] = record;
        return kept.ToImmutable();
    }
}
