using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Weft.Tests.Flows.Ipfix;

/// <summary>pmacct adds up what is exported: to the same as was recorded.</summary>
public sealed class PmacctTests
{
    /// <summary>Records that the socket of a collector that is given no processor has room for: UDP loses the rest.</summary>
    const int AtOnce = 250;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Totals_of_each_way_are_those_that_were_recorded_without_biflows()
    {
        var records = IpfixSamples.Mixed(5000, seed: 3);
        var rows = await CollectAsync(records, "?biflow=off");
        Assert.Equal(IpfixSamples.BothWays(records), Sum(rows));
    }

    [Fact]
    public async Task Of_biflows_it_reads_what_the_openers_sent()
    {
        var records = IpfixSamples.Mixed(2000, seed: 4);
        Assert.Equal(IpfixSamples.There(records), Sum(await CollectAsync(records, "")));
    }

    static async Task<IReadOnlyList<JsonElement>> CollectAsync(IReadOnlyList<Weft.Flows.FlowRecord> records, string options)
    {
        using var folder = new TemporaryFolder();
        var port = CollectorProcess.FreePort();
        await File.WriteAllLinesAsync(folder["nfacctd.conf"], Configuration(folder, port), Cancel);
        using var nfacctd = await CollectorProcess.StartAsync("nfacctd", port, "-f", folder["nfacctd.conf"]);
        await using var exporter = IpfixExports.Start($"udp://127.0.0.1:{port}{options}");
        IReadOnlyList<JsonElement> rows = [];
        foreach (var some in records.Chunk(AtOnce))
        {
            exporter.Store(some);
            await exporter.UntilAsync(state => state.Waiting == 0, Cancel);
            var sent = (long)exporter.States[0].Totals.Records;
            rows = await RowsAsync(folder["table"], sent);
            if (Flows(rows) < sent)
                break; // lost: more would not find it
        }
        Assert.All(exporter.States, state => Assert.Equal(0ul, state.Totals.NotSentRecords));
        return rows;
    }

    /// <summary>What it has, when that is as many flows as were sent, or it has had the time.</summary>
    static async Task<IReadOnlyList<JsonElement>> RowsAsync(string table, long flows)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        deadline.CancelAfter(TimeSpan.FromSeconds(30));
        while (true)
        {
            var lines = (await CollectorProcess.RunAsync("pmacct", "-s", "-p", table, "-O", "json")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            var rows = lines.Select(line => JsonDocument.Parse(line).RootElement).ToArray();
            if (Flows(rows) >= flows || deadline.IsCancellationRequested)
                return rows;
            await Task.Delay(100, Cancel);
        }
    }

    static long Flows(IEnumerable<JsonElement> rows) => rows.Sum(row => row.GetProperty("flows").GetInt64());

    static string[] Configuration(TemporaryFolder folder, int port) =>
    [
        "daemonize: false",
        "nfacctd_ip: 127.0.0.1",
        $"nfacctd_port: {port}",
        "nfacctd_pipe_size: 4000000",
        "plugins: memory",
        "plugin_pipe_size: 10000000",
        "aggregate: src_host, dst_host, src_port, dst_port, proto, flows",
        $"imt_path: {folder["table"]}",
        "imt_mem_pools_number: 0",
    ];

    static Dictionary<Tuple5, Sums> Sum(IEnumerable<JsonElement> rows) =>
        rows.GroupBy(Key, row => new Sums(row.GetProperty("flows").GetInt64(), row.GetProperty("packets").GetUInt64(), row.GetProperty("bytes").GetUInt64()))
            .ToDictionary(group => group.Key, group => group.Aggregate((one, other) => one + other));

    static Tuple5 Key(JsonElement row) => new(
        IPAddress.Parse(row.GetProperty("ip_src").GetString()!), IPAddress.Parse(row.GetProperty("ip_dst").GetString()!),
        row.GetProperty("port_src").GetInt32(), row.GetProperty("port_dst").GetInt32(), Protocol(row.GetProperty("ip_proto").GetString()!));

    static int Protocol(string name) => name switch
    {
        "tcp" => 6,
        "udp" => 17,
        "icmp" => 1,
        "ipv6-icmp" => 58,
        "sctp" => 132,
        _ => int.Parse(name, CultureInfo.InvariantCulture),
    };
}
