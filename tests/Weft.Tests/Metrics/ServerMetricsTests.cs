using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Weft.Analytics.Storage;
using Weft.Flows;
using Weft.Metrics;
using Weft.Server.Metrics;
using Weft.Tests.Docs;
using Weft.Tests.Flows.Ipfix;
using Weft.Tests.Server;

namespace Weft.Tests.Metrics;

public sealed partial class ServerMetricsTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_running_server_tells_what_it_does()
    {
        await using var server = await TestServer.StartAsync();
        await server.Post("/api/v1/networks", """{"name": "red"}""");
        await server.Send(HttpMethod.Get, "/api/v1/networks/none");
        var samples = Samples(await server.Root.GetStringAsync("/metrics", Cancel));
        Assert.Equal(1, samples["weft_cluster_resources{kind=\"network\"}"]);
        Assert.Equal(server.Cluster.Current.Revision, samples["weft_cluster_revision"]);
        Assert.Equal(1, samples["weft_api_requests_total{method=\"POST\",code=\"201\"}"]);
        Assert.Equal(1, samples["weft_api_requests_total{method=\"GET\",code=\"404\"}"]);
        Assert.Equal(2, samples["weft_api_request_duration_seconds_count"]);
        Assert.True(samples["weft_cluster_commit_duration_seconds_count"] >= 1);
        Assert.True(samples["process_resident_memory_bytes"] > 1e6);
    }

    [Fact]
    public async Task All_that_a_server_tells_is_in_the_reference()
    {
        await using var server = await TestServer.StartAsync();
        var documented = GeneratedReferenceTests.OfServer.Concat(new ProcessMetrics().Families).ToDictionary(family => family.Name, family => family.Help);
        var helps = (await server.Root.GetStringAsync("/metrics", Cancel)).Split('\n').Where(line => line.StartsWith("# HELP ", StringComparison.Ordinal)).ToList();
        Assert.True(helps.Count > 10);
        Assert.All(helps, help => Assert.Equal(documented[help.Split(' ')[2]], help.Split(' ', 4)[3]));
    }

    [Fact]
    public async Task Over_the_network_metrics_are_for_monitors_and_admins_alone()
    {
        await using var server = await TestServer.StartAsync();
        await server.Post("/api/v1/projects", """{"name": "shop"}""");
        foreach (var (document, status) in new[]
        {
            ("""{"name": "scraper", "role": "monitor"}""", HttpStatusCode.OK),
            ("""{"name": "boss", "role": "admin"}""", HttpStatusCode.OK),
            ("""{"name": "dev", "role": "member", "projects": ["shop"]}""", HttpStatusCode.Forbidden),
            ("""{"name": "host", "role": "join"}""", HttpStatusCode.Unauthorized),
        })
        {
            var token = (string)(await server.Post("/api/v1/tokens", document))["secret"]!;
            using var client = server.OverTcp(token);
            using var answer = await client.GetAsync("/metrics", Cancel);
            Assert.Equal(status, answer.StatusCode);
            if (document.Contains("monitor", StringComparison.Ordinal))
                Assert.Equal(HttpStatusCode.Unauthorized, (await server.Send(HttpMethod.Get, "/api/v1/networks", null, client)).Status);
        }
        using var nobody = server.OverTcp(null);
        Assert.Equal(HttpStatusCode.Unauthorized, (await nobody.GetAsync("/metrics", Cancel)).StatusCode);
    }

    [Fact]
    public async Task The_plain_listener_answers_nothing_but_metrics()
    {
        await using var server = await TestServer.StartAsync();
        await using var listener = await MetricsListener.StartAsync(
            new(IPAddress.Loopback, 0), MetricScrape.Of(server.Services.GetRequiredService<MetricScrape>()), Cancel);
        using var client = new HttpClient { BaseAddress = new($"http://127.0.0.1:{listener.Port}") };
        using var answer = await client.GetAsync("/metrics", Cancel);
        Assert.Equal(MetricWriter.ContentType, answer.Content.Headers.ContentType!.ToString());
        Assert.Contains("weft_cluster_revision", Samples(await answer.Content.ReadAsStringAsync(Cancel)).Keys);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/api/v1/networks", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.PostAsync("/metrics", null, Cancel)).StatusCode);
    }

    [Fact]
    public async Task Networks_are_counted_once_for_each_connection_as_records_are_stored()
    {
        var records = IpfixSamples.Mixed(400);
        var exit = IpfixSamples.Mixed(1)[0];
        exit.Observer = FlowObserver.Exit;
        var metrics = new NetworkMetrics();
        metrics.Stored([new FlowDelivery("one", Guid.Empty, 1, IpfixSamples.Batch([.. records, exit]))]);
        var writer = new MetricWriter();
        await metrics.CollectAsync(writer, Cancel);
        var samples = Samples(writer.ToString());
        var allowed = records.Where(record => record.Verdict == FlowVerdict.Allowed).ToList();
        const string Front = "{project=\"shop\",network=\"frontend\"}", Back = "{project=\"shop\",network=\"backend\"}";
        Assert.Equal(allowed.Sum(record => (double)record.Forward.Bytes), samples[$"weft_network_sent_bytes_total{Front}"]);
        Assert.Equal(allowed.Sum(record => (double)record.Reply.Bytes), samples[$"weft_network_received_bytes_total{Front}"]);
        Assert.Equal(allowed.Sum(record => (double)record.Reply.Bytes), samples[$"weft_network_sent_bytes_total{Back}"]);
        Assert.Equal(allowed.Sum(record => (double)record.Connections), samples[$"weft_network_opened_connections_total{Front}"]);
        Assert.Equal(
            records.Where(record => record.Verdict == FlowVerdict.Denied).Sum(record => (double)record.Forward.Packets),
            samples[$"weft_network_denied_packets_total{Front}"]);
    }

    [Fact]
    public void Names_and_units_are_after_prometheus_conventions()
    {
        var families = GeneratedReferenceTests.OfServer.Concat(GeneratedReferenceTests.OfAgent).ToList();
        Assert.Equal(families.Count, families.Select(family => family.Name).Distinct().Count());
        Assert.All(families, family =>
        {
            Assert.Matches("^weft_[a-z][a-z_]*[a-z]$", family.Name);
            Assert.Equal(family.Type == MetricType.Counter, family.Name.EndsWith("_total", StringComparison.Ordinal));
            Assert.Equal(family.Type == MetricType.Histogram, family.Name.EndsWith("_seconds", StringComparison.Ordinal));
            Assert.EndsWith(".", family.Help, StringComparison.Ordinal);
        });
    }

    /// <summary>Values by series; refuses what is not Prometheus' text format.</summary>
    static Dictionary<string, double> Samples(string text)
    {
        var (samples, declared) = (new Dictionary<string, double>(), "");
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
                declared = line.Split(' ')[2];
            if (line.StartsWith('#'))
                continue;
            Assert.Matches(Sample(), line);
            Assert.StartsWith(declared, line, StringComparison.Ordinal);
            samples.Add(line[..line.LastIndexOf(' ')], double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
        }
        return samples;
    }

    [GeneratedRegex("""^[a-z_]+(\{([a-z_]+="([^"\\\n]|\\.)*",?)+\})? -?[0-9.eE+-]+$""")]
    private static partial Regex Sample();
}
