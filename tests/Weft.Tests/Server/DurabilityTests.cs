using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Weft.Tests.Server;

public sealed class DurabilityTests
{
    const int Writers = 8;
    const int Rounds = 3;

    static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>What was answered, as far as it was.</summary>
    sealed class Answered
    {
        public ConcurrentDictionary<string, string> Made { get; } = new();

        public ConcurrentDictionary<string, bool> Deleted { get; } = new();

        /// <summary>Asked for and never answered: either may be true.</summary>
        public ConcurrentDictionary<string, bool> Unknown { get; } = new();
    }

    [Fact]
    public async Task What_was_answered_survives_kill_9_in_the_middle_of_writing()
    {
        using var folder = new TemporaryFolder();
        var answered = new Answered();
        var daemon = await DaemonProcess.StartAsync(folder.Path, Token);
        try
        {
            await PostAsync(daemon, "networks", """{"name": "net", "subnets": [{"prefix": "10.0.0.0/16"}]}""");
            for (var round = 0; round < Rounds; round++)
            {
                var goal = answered.Made.Count + 200;
                var writing = Enumerable.Range(0, Writers).Select(writer => WriteAsync(daemon, $"r{round}-w{writer}", answered)).ToList();
                await Patiently(() => answered.Made.Count >= goal);
                daemon.Kill();
                await Task.WhenAll(writing);
                daemon.Dispose();
                daemon = await DaemonProcess.StartAsync(folder.Path, Token);
                await CheckAsync(daemon, answered);
            }
        }
        finally
        {
            daemon.Dispose();
        }
    }

    /// <summary>Makes ports and deletes every fourth, until nobody answers.</summary>
    static async Task WriteAsync(DaemonProcess daemon, string prefix, Answered answered)
    {
        for (var i = 0; ; i++)
        {
            var name = $"{prefix}-{i}";
            try
            {
                answered.Unknown[name] = true;
                var port = await PostAsync(daemon, "ports", $$"""{"name": "{{name}}", "network": "net"}""");
                answered.Made[name] = (string)port["addresses"]![0]!;
                if (i % 4 == 3)
                {
                    using var deletion = await daemon.Client.DeleteAsync($"/api/v1/ports/{name}", Token);
                    Assert.Equal(HttpStatusCode.OK, deletion.StatusCode);
                    answered.Deleted[name] = true;
                }
                answered.Unknown.TryRemove(name, out _);
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                return;
            }
        }
    }

    static async Task CheckAsync(DaemonProcess daemon, Answered answered)
    {
        var text = await daemon.Client.GetStringAsync("/api/v1/ports?limit=10000", Token);
        var ports = JsonNode.Parse(text)!["items"]!.AsArray()
            .ToDictionary(port => (string)port!["name"]!, port => (string)port!["addresses"]![0]!);

        foreach (var (name, address) in answered.Made)
        {
            if (answered.Deleted.ContainsKey(name))
                Assert.False(ports.ContainsKey(name), $"{name} was deleted");
            else if (!answered.Unknown.ContainsKey(name))
                Assert.Equal(address, ports.GetValueOrDefault(name));
        }
        Assert.DoesNotContain(ports.Keys, name => !answered.Made.ContainsKey(name) && !answered.Unknown.ContainsKey(name));
        Assert.Equal(ports.Count, ports.Values.Distinct().Count());
    }

    static async Task<JsonNode> PostAsync(DaemonProcess daemon, string kind, string json)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        using var answer = await daemon.Client.PostAsync($"/api/v1/{kind}", content, Token);
        var text = await answer.Content.ReadAsStringAsync(Token);
        Assert.True(answer.StatusCode == HttpStatusCode.Created, text);
        return JsonNode.Parse(text)!;
    }

    static async Task Patiently(Func<bool> condition)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
        deadline.CancelAfter(TimeSpan.FromSeconds(60));
        while (!condition())
            await Task.Delay(TimeSpan.FromMilliseconds(5), deadline.Token);
    }
}
