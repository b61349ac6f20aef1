using Weft.E2E.Tests.Harness;

namespace Weft.E2E.Tests;

/// <summary>Hosts die under load: their link is cut, so that nothing says farewell.</summary>
public sealed class NodeDeathTests(OutsideSite site) : IClassFixture<OutsideSite>
{
    const string Address = "172.30.0.130";
    const int PerSecond = 100;

    /// <summary>Peers and the server find out within three seconds on a machine of their own; this one is not.</summary>
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(8);

    [Fact]
    public async Task New_connections_soon_avoid_a_host_that_died_and_its_floating_ip_moves()
    {
        var network = await site.CreateNetworkAsync("mortal", "default", "10.132.0.0/24");
        foreach (var host in site.Hosts)
            await ServeAsync(host, network);
        // What is placed first is on the first host, with the server; the second one is another's.
        await site.First.WeftAsync("load-balancer", "create", "elder", "--network", "mortal", "--listener", "tcp:81", "--member", "web1");
        await PlacedAsync("elder", site.First);
        await site.First.WeftAsync(
            "load-balancer", "create", "web", "--network", "mortal", "--listener", "tcp:80", "--member", "web1", "--member", "web2", "--member", "web3",
            "--monitor", "tcp,interval=500ms");
        await PlacedAsync("web", site.Second);
        await site.First.WeftAsync("floating-ip", "create", "web", "--load-balancer", "web", "--address", Address, "--open");
        await Shell.EventuallyAsync("all three", async () =>
            (await site.First.WeftAsync("load-balancer", "list")).Contains("3/3", StringComparison.Ordinal));
        await Shell.EventuallyAsync("an answer outside", async () => (await site.GetAsync($"http://{Address}/name")).StartsWith("web", StringComparison.Ordinal));
        // Its peers must have heard it, and the server have been there for a while: else nobody is taken for dead so soon.
        await Shell.EventuallyAsync("the peers", async () =>
            !(await site.First.TryAsync("weft", "status")).Output.Contains("never answered", StringComparison.Ordinal));

        await using var load = site.Load(Address, 80, PerSecond);
        await Shell.EventuallyAsync("all three under load", () => Task.FromResult(AnswersSince(load, TimeSpan.Zero).IsSupersetOf(["web1", "web2", "web3"])));

        // A host with a member.
        var died = load.Now;
        await site.CutOffAsync(site.Third);
        await OnlyFailsUntilAsync(load, died, "web1", "web2");
        await Shell.EventuallyAsync("its peers' word", async () => (await site.First.TryAsync("weft", "status")).Output.Contains(
            $"{site.Third.Name}: does not answer {site.First.Name}, {site.Second.Name} on the fabric since ", StringComparison.Ordinal));

        // It comes back, and so does its member.
        await site.JoinAsync(site.Third);
        await Shell.EventuallyAsync("the third again", () => Task.FromResult(
            AnswersSince(load, load.Now - TimeSpan.FromSeconds(4)).Contains("web3")));

        // The host that has the floating IP.
        died = load.Now;
        await site.CutOffAsync(site.Second);
        await OnlyFailsUntilAsync(load, died, "web1", "web3");
        await PlacedAsync("web", site.First, site.Third);

        // As it hears nobody, others may have what it had.
        await Shell.EventuallyAsync("its own doubt", async () => (await site.Second.TryAsync("weft", "status")).Output.Contains(
            "nobody answers on the fabric and the server is away", StringComparison.Ordinal));

        // It has not heard that it has it no more, and hears so before anything else.
        await site.JoinAsync(site.Second);
        await Shell.EventuallyAsync("the second again", () => Task.FromResult(
            AnswersSince(load, load.Now - TimeSpan.FromSeconds(4)).Contains("web2")));
        await Shell.EventuallyAsync("nothing that it answers for", async () =>
            !(await site.Second.TryAsync("weft", "status")).Output.Contains("floating IP", StringComparison.Ordinal));
    }

    /// <summary>What begins after the deadline is answered by these, and by nobody else.</summary>
    static async Task OnlyFailsUntilAsync(SteadyLoad load, TimeSpan died, params string[] left)
    {
        var settled = died + Deadline;
        await Shell.EventuallyAsync("three seconds of load after the deadline", () => Task.FromResult(load.Now > settled + TimeSpan.FromSeconds(6)));
        var after = load.Attempts.Where(attempt => attempt.Start > settled && attempt.Start < settled + TimeSpan.FromSeconds(3)).ToList();
        Assert.InRange(after.Count, PerSecond, int.MaxValue);
        Assert.Equal(left, after.Select(attempt => attempt.Answer).Distinct().Order());
    }

    static HashSet<string> AnswersSince(SteadyLoad load, TimeSpan since) =>
        [.. load.Attempts.Where(attempt => attempt.Start >= since).Select(attempt => attempt.Answer)];

    Task PlacedAsync(string balancer, params TestHost[] hosts) => Shell.EventuallyAsync($"the place of {balancer}", async () =>
    {
        var document = (await site.First.TryAsync("weft", "get", "load-balancer", balancer, "-o", "yaml")).Output;
        return hosts.Any(host => document.Contains($"node: {host.Name}", StringComparison.Ordinal));
    });

    static async Task ServeAsync(TestHost host, string network)
    {
        await host.StartContainerAsync(network, $"web{host.Number}");
        await host.InContainerAsync($"web{host.Number}", "sh", "-c", $"mkdir -p /srv && echo web{host.Number} > /srv/name && httpd -p 80 -h /srv");
    }
}
