using Weft.E2E.Tests.Harness;

namespace Weft.E2E.Tests;

/// <summary>A load balancer in front of containers that plain Docker starts, by the command line.</summary>
public sealed class LoadBalancingTests(Site site) : IClassFixture<Site>
{
    const string StopServing = """for p in /proc/[0-9]*; do [ "$(cat $p/comm)" != httpd ] || kill "${p#/proc/}"; done""";

    [Fact]
    public async Task Who_is_well_serves_and_who_dies_is_missed_by_nobody()
    {
        var network = await site.CreateNetworkAsync("pool", "default", "10.131.0.0/24");
        await site.First.WeftAsync(
            "load-balancer", "create", "shop", "--network", "pool", "--listener", "tcp:80", "--member", "web1", "--member", "web2",
            "--selector", "role=web", "--monitor", "tcp,interval=500ms");
        await site.Third.StartContainerAsync(network, "buyer");
        Assert.Equal("", await AskAsync());

        await ServeAsync(site.First, network, "web1");
        await ServeAsync(site.Second, network, "web2");
        await ServeAsync(site.Third, network, "web3", "--label", "weft.label.role=web");
        await Shell.EventuallyAsync("all three", async () => (await WhoAsync(9)).SequenceEqual(["web1", "web2", "web3"]));
        await Shell.EventuallyAsync("its state", async () => (await ShowAsync()).Contains("3/3", StringComparison.Ordinal));

        // The server in it, then the container, then nobody at all.
        await site.First.InContainerAsync("web1", "sh", "-c", StopServing);
        await Shell.EventuallyAsync("two of them", async () => (await WhoAsync(8)).SequenceEqual(["web2", "web3"]));
        await site.Second.DockerAsync("rm", "-f", "web2");
        await Shell.EventuallyAsync("one of them", async () => (await WhoAsync(6)).SequenceEqual(["web3"]));
        var shown = await site.First.WeftAsync("load-balancer", "show", "shop");
        Assert.Matches("default +web1 .* down .*connection refused", shown);
        Assert.Matches("default +web2 .* absent ", shown);
        Assert.Matches("default +web3 .* up ", shown);

        await site.First.WeftAsync("load-balancer", "member", "add", "shop", "web3,weight=0");
        await Shell.EventuallyAsync("a refusal", async () => await AskAsync() == "");
        await site.First.WeftAsync("load-balancer", "member", "remove", "shop", "web3");
        await Shell.EventuallyAsync("it again", async () => await AskAsync() == "web3");

        // Nodes go on by themselves, and the server hears anew what it has forgotten.
        await site.First.KillDaemonAsync("server");
        await StartServingAsync(site.First, "web1");
        for (var i = 0; i < 5; i++)
            Assert.Equal("web3", await AskAsync());
        await site.StartServerAsync();
        await site.WaitForServerAsync();
        await Shell.EventuallyAsync("the first one back", async () => (await WhoAsync(6)).SequenceEqual(["web1", "web3"]));
        await Shell.EventuallyAsync("its state", async () => (await ShowAsync()).Contains("2/3", StringComparison.Ordinal));
    }

    Task<string> ShowAsync() => site.First.WeftAsync("load-balancer", "list");

    static async Task ServeAsync(TestHost host, string network, string container, params string[] options)
    {
        await host.StartContainerAsync(network, container, options);
        await StartServingAsync(host, container);
    }

    static Task<string> StartServingAsync(TestHost host, string container) => host.InContainerAsync(
        container, "sh", "-c", $"mkdir -p /srv && echo {container} > /srv/name && httpd -p 80 -h /srv");

    /// <summary>Who answers the buyer, by the name of the load balancer; empty: nobody.</summary>
    async Task<string> AskAsync()
    {
        var answer = await site.Third.TryInContainerAsync(
            "buyer", "sh", "-c", @"printf 'GET /name HTTP/1.0\r\n\r\n' | socat -t 5 - TCP:shop:80,connect-timeout=5");
        return answer.Output.Trim().Split('\n')[^1];
    }

    /// <summary>All who answer, in order; a refusal is an answer too.</summary>
    async Task<List<string>> WhoAsync(int times)
    {
        var answers = new SortedSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < times; i++)
            answers.Add(await AskAsync());
        return [.. answers];
    }
}
