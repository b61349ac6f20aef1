using System.IO.Hashing;
using System.Text;
using Apache.Arrow;
using Microsoft.Extensions.Logging;
using Weft.Analytics.Storage;

namespace Weft.Analytics.Ipfix;

/// <summary>Exports what the store has committed to collectors.</summary>
/// <param name="domainOf">The node's number, by its name; null: it has none (any more).</param>
public sealed class IpfixExporter(
    IReadOnlyList<IpfixCollector> collectors, Func<string, uint?> domainOf, TimeProvider time, ILogger<IpfixExporter> log) : IFlowTap, IAsyncDisposable
{
    /// <summary>Records that wait for one collector: some seconds of a busy cluster.</summary>
    public const int MostWaiting = 200_000;

    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    readonly IpfixSession[] _sessions = [.. collectors.Select(collector => new IpfixSession(collector, MostWaiting, time, log))];
    readonly CancellationTokenSource _stopping = new();
    Task _running = Task.CompletedTask;

    /// <summary>Of each collector.</summary>
    public IReadOnlyList<IpfixState> States => [.. _sessions.Select(session => session.State)];

    public void Start() => _running = Task.WhenAll(_sessions.Select(session => session.RunAsync(_stopping.Token)));

    public void Stored(IReadOnlyList<FlowDelivery> deliveries)
    {
        foreach (var delivery in deliveries)
        {
            var domain = domainOf(delivery.Node) ?? Unnumbered(delivery.Node);
            var kept = Shared(delivery.Records);
            foreach (var session in _sessions)
                session.Offer(domain, delivery.Node, kept);
        }
    }

    /// <summary>Sends what waits for collectors that are there, unless it takes long.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var session in _sessions)
            session.Complete();
        if (States.Any(state => state is { Connected: true, Waiting: > 0 }))
            await Task.WhenAny(_running, Task.Delay(s_patience, time));
        await _stopping.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    /// <summary>The same memory, for as long as it is needed here.</summary>
    static RecordBatch Shared(RecordBatch batch) =>
        new(batch.Schema, batch.Arrays.Select(array => ArrowArrayFactory.BuildArray(array.Data.Clone())), batch.Length);

    /// <summary>Of a node that is deleted while its last records come: beyond all numbers that nodes have.</summary>
    static uint Unnumbered(string node) => 0x8000_0000 | XxHash32.HashToUInt32(Encoding.UTF8.GetBytes(node));
}
