using Microsoft.Extensions.Logging.Abstractions;
using Weft.Analytics.Ipfix;
using Weft.Analytics.Storage;
using Weft.Flows;

namespace Weft.Tests.Flows.Ipfix;

/// <summary>The exporter as the server runs it.</summary>
static class IpfixExports
{
    static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    public static IpfixExporter Start(params string[] collectors)
    {
        var exporter = new IpfixExporter(
            [.. collectors.Select(Parse)], node => node == "one" ? 1u : null, TimeProvider.System, NullLogger<IpfixExporter>.Instance);
        exporter.Start();
        return exporter;
    }

    public static void Store(this IpfixExporter exporter, IEnumerable<FlowRecord> records, int batch = 500)
    {
        foreach (var (part, index) in records.Chunk(batch).Select((part, index) => (part, index)))
            exporter.Stored([new FlowDelivery("one", Guid.Empty, (ulong)index + 1, IpfixSamples.Batch(part))]);
    }

    public static async Task UntilAsync(this IpfixExporter exporter, Func<IpfixState, bool> condition, CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(s_limit);
        while (!exporter.States.All(condition))
            await Task.Delay(10, deadline.Token);
    }

    static IpfixCollector Parse(string text)
    {
        Assert.True(IpfixCollector.TryParse(text, out var collector, out var fault), fault);
        return collector;
    }
}
