using System.Diagnostics;
using System.Net;
using System.Text;

namespace Weft.Tests.Server;

/// <summary>
/// Many resources over the API. <c>WEFT_SCALE=full</c> makes the promised 2,000 networks and 100,000 ports;
/// otherwise fewer. The figures are printed, not judged: the machine may be busy with other tests.
/// </summary>
public sealed class ScaleTests(ITestOutputHelper output)
{
    const int Writers = 64;

    static readonly bool IsFull = Environment.GetEnvironmentVariable("WEFT_SCALE") == "full";

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Thousands_of_networks_and_ports_are_made_listed_and_loaded()
    {
        var (networks, ports) = IsFull ? (2_000, 100_000) : (200, 2_000);
        await using var server = await TestServer.StartAsync();

        var making = await TimeAsync(networks, i => Post(server, "networks", $$"""{"name": "net-{{i}}"}"""));
        Report("networks", networks, making);
        var attaching = await TimeAsync(ports, i => Post(server, "ports", $$"""{"name": "p-{{i}}", "network": "net-{{i % networks}}"}"""));
        Report("ports", ports, attaching);
        var (listed, listing) = await ListAllAsync(server);
        output.WriteLine($"listing {listed} ports: {listing.TotalMilliseconds:0} ms");
        var loading = Stopwatch.StartNew();
        await server.RestartAsync();
        output.WriteLine($"restart with all of them: {loading.ElapsedMilliseconds} ms; "
            + $"process: {Environment.WorkingSet >> 20} MiB, heap after collection: {GC.GetTotalMemory(forceFullCollection: true) >> 20} MiB");

        Assert.Equal(ports, listed);
        Assert.Equal(ports, server.Cluster.Current.KeysOf("port").Count);
    }

    static async Task<TimeSpan> TimeAsync(int count, Func<int, Task> make)
    {
        var watch = Stopwatch.StartNew();
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = Writers, CancellationToken = Token },
            async (i, _) => await make(i));
        return watch.Elapsed;
    }

    static async Task Post(TestServer server, string kind, string json)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        using var response = await server.Root.PostAsync($"/api/v1/{kind}", content, Token);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
    }

    static async Task<(int Count, TimeSpan Time)> ListAllAsync(TestServer server)
    {
        var watch = Stopwatch.StartNew();
        var (count, marker) = (0, "");
        do
        {
            var text = await server.Root.GetStringAsync($"/api/v1/ports?limit=10000&marker={Uri.EscapeDataString(marker)}", Token);
            count += text.Split("\"kind\":\"port\"").Length - 1;
            var next = text.LastIndexOf("\"next\":\"", StringComparison.Ordinal);
            marker = next < 0 ? "" : text[(next + 8)..text.IndexOf('"', next + 8)];
        }
        while (marker.Length > 0);
        return (count, watch.Elapsed);
    }

    void Report(string what, int count, TimeSpan time) =>
        output.WriteLine($"{count} {what}: {time.TotalSeconds:0.0} s, {count / time.TotalSeconds:0} a second, {Writers} at a time");
}
