using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace Weft.Server.Flows;

/// <summary>How flow records come in, by node, in memory. Safe for any number of threads.</summary>
public sealed class FlowBoard(TimeProvider time)
{
    readonly ConcurrentDictionary<string, NodeFlows> _nodes = new(StringComparer.Ordinal);
    long _unreadable;

    /// <summary>By name; nodes that have said something since this server runs.</summary>
    public IReadOnlyDictionary<string, NodeFlows> Nodes => _nodes;

    /// <summary>Batches that no reader could make sense of.</summary>
    public long Unreadable => Interlocked.Read(ref _unreadable);

    /// <summary>Of all nodes, by place: records, packets and bytes that could not be told.</summary>
    public IReadOnlyDictionary<string, ulong> Losses
    {
        get
        {
            var sums = new SortedDictionary<string, ulong>(StringComparer.Ordinal);
            foreach (var (place, count) in _nodes.Values.SelectMany(node => node.Losses))
                sums[place] = sums.GetValueOrDefault(place) + count;
            return sums;
        }
    }

    /// <summary>A deleted node says nothing any more.</summary>
    public void Forget(string node) => _nodes.TryRemove(node, out _);

    internal void Heard(string node, uint records, ImmutableSortedDictionary<string, ulong> losses, ulong waitingBytes, TimeSpan clockOffset)
    {
        var now = time.GetUtcNow();
        _nodes.AddOrUpdate(
            node,
            _ => new(now, records, losses, waitingBytes, clockOffset),
            (_, known) => new(now, known.Records + records, losses, waitingBytes, clockOffset));
    }

    internal void CountUnreadable() => Interlocked.Increment(ref _unreadable);
}

/// <param name="Heard">Last.</param>
/// <param name="Records">Since this server runs; those that came twice are counted twice.</param>
/// <param name="Losses">Totals of what could not be told, by place, as the node counts them.</param>
/// <param name="WaitingBytes">On its disk.</param>
/// <param name="ClockOffset">That has been added to its times.</param>
public sealed record NodeFlows(
    DateTimeOffset Heard, ulong Records, ImmutableSortedDictionary<string, ulong> Losses, ulong WaitingBytes, TimeSpan ClockOffset);
