using System.Net;
using System.Text.Json;

namespace Weft.Tests.Flows.Ipfix;

/// <summary>nfcapd stores what is exported, nfdump tells it: the same as was recorded.</summary>
public sealed class NfdumpTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Totals_of_both_ways_are_those_that_were_recorded()
    {
        var records = IpfixSamples.Mixed(5000);
        var flows = await CollectAsync(records, "");
        Assert.Equal(5000, flows.Count);
        Assert.Equal(IpfixSamples.There(records), Sum(flows, "in"));
        Assert.Equal(IpfixSamples.Back(records), Sum(flows, "out"));
    }

    [Fact]
    public async Task Totals_of_each_way_are_those_that_were_recorded_without_biflows()
    {
        var records = IpfixSamples.Mixed(2000, seed: 2);
        var flows = await CollectAsync(records, "?biflow=off");
        Assert.Equal(IpfixSamples.BothWays(records), Sum(flows, "in"));
        Assert.All(flows, flow => Assert.False(flow.TryGetProperty("out_packets", out _)));
    }

    [Fact]
    public async Task Times_flags_and_translations_are_those_that_were_recorded()
    {
        var records = IpfixSamples.Mixed(1);
        var flow = Assert.Single(await CollectAsync(records, ""));
        Assert.Equal(DateTimeOffset.UnixEpoch.AddMilliseconds(records[0].Start / 1000), DateTimeOffset.Parse($"{flow.GetProperty("first").GetString()}Z", null));
        Assert.Equal(DateTimeOffset.UnixEpoch.AddMilliseconds(records[0].Last / 1000), DateTimeOffset.Parse($"{flow.GetProperty("last").GetString()}Z", null));
        Assert.Equal("198.51.100.9", flow.GetProperty("src4_xlt_ip").GetString());
        Assert.Equal(records[0].Forward.TcpFlags == 0x13 ? "...A..SF" : "...A..S.", flow.GetProperty("tcp_flags").GetString());
    }

    static async Task<IReadOnlyList<JsonElement>> CollectAsync(IReadOnlyList<Weft.Flows.FlowRecord> records, string options)
    {
        using var folder = new TemporaryFolder();
        var port = CollectorProcess.FreePort();
        using var nfcapd = await CollectorProcess.StartAsync("nfcapd", port, "-b", "127.0.0.1", "-p", $"{port}", "-w", folder.Path, "-t", "300", "-B", "4000000");
        await using var exporter = IpfixExports.Start($"udp://127.0.0.1:{port}{options}");
        exporter.Store(records);
        await exporter.UntilAsync(state => state.Waiting == 0, Cancel);
        Assert.All(exporter.States, state => Assert.Equal(0ul, state.Totals.NotSentRecords));
        await nfcapd.StopAsync("TERM");
        var text = await CollectorProcess.RunAsync("env", "TZ=UTC", "nfdump", "-q", "-R", folder.Path, "-o", "json");
        // Quiet, it leaves out the brackets too.
        return [.. JsonDocument.Parse($"[{text}]").RootElement.EnumerateArray()];
    }

    static Dictionary<Tuple5, Sums> Sum(IEnumerable<JsonElement> flows, string way) =>
        flows.GroupBy(Key, flow => new Sums(1, Number(flow, $"{way}_packets"), Number(flow, $"{way}_bytes")))
            .ToDictionary(group => group.Key, group => group.Aggregate((one, other) => one + other));

    static Tuple5 Key(JsonElement flow)
    {
        var (source, destination) = flow.TryGetProperty("src4_addr", out var four)
            ? (four, flow.GetProperty("dst4_addr")) : (flow.GetProperty("src6_addr"), flow.GetProperty("dst6_addr"));
        return new(
            IPAddress.Parse(source.GetString()!), IPAddress.Parse(destination.GetString()!),
            (int)Number(flow, "src_port"), (int)Number(flow, "dst_port"), (int)Number(flow, "proto"));
    }

    static ulong Number(JsonElement flow, string name) => flow.TryGetProperty(name, out var value) ? value.GetUInt64() : 0;
}
