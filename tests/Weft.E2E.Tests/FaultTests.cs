using System.Text.Json;
using Weft.E2E.Tests.Harness;

namespace Weft.E2E.Tests;

/// <summary>Whatever ends and comes back, what runs goes on and what was acknowledged stays.</summary>
public sealed class FaultTests(Site site) : IClassFixture<Site>
{
    [Fact]
    public async Task A_transfer_survives_the_end_of_server_and_agents()
    {
        var network = await site.CreateNetworkAsync("steady", "default", "10.101.0.0/24");
        await site.First.StartContainerAsync(network, "from");
        await site.Second.StartContainerAsync(network, "to");
        await site.Second.InContainerAsync("to", "iperf3", "-s", "-D");
        var transfer = site.First.InContainerAsync(
            "from", "iperf3", "-c", await site.Second.AddressOfAsync("to"), "-t", "20", "-b", "100M", "-J");
        await site.First.KillDaemonAsync("server");
        await site.First.KillDaemonAsync("agent");
        await site.Second.KillDaemonAsync("agent");
        await site.StartServerAsync();
        await Site.StartAgentAsync(site.First);
        await Site.StartAgentAsync(site.Second);
        await site.WaitForServerAsync();
        await Site.WaitForAgentAsync(site.First);
        await Site.WaitForAgentAsync(site.Second);

        using var report = JsonDocument.Parse(await transfer);
        var intervals = report.RootElement.GetProperty("intervals").EnumerateArray().ToList();
        Assert.True(intervals.Count >= 19);
        Assert.All(intervals, interval => Assert.True(interval.GetProperty("sum").GetProperty("bytes").GetInt64() > 0));
        await site.First.StartContainerAsync(network, "late");
        Assert.True(await site.First.ReachesAsync("late", await site.Second.AddressOfAsync("to")));
    }

    [Fact]
    public async Task Without_the_server_what_runs_goes_on_and_new_containers_are_refused_in_words()
    {
        var network = await site.CreateNetworkAsync("orphan", "default", "10.102.0.0/24");
        await site.First.StartContainerAsync(network, "left");
        await site.Second.StartContainerAsync(network, "right");
        await Shell.EventuallyAsync("its name", () => site.First.ReachesAsync("left", "right"));
        await site.First.KillDaemonAsync("server");
        try
        {
            Assert.True(await site.First.ReachesAsync("left", "right"));
            var refused = await site.Second.TryDockerAsync("run", "--rm", "--network", network, Site.Image, "true");
            Assert.False(refused.Succeeded);
            Assert.Contains("server does not answer", refused.Error, StringComparison.Ordinal);
            await site.Second.DockerAsync("rm", "-f", "right");
            await site.First.DockerAsync("network", "create", "-d", "weft", "--subnet", "10.103.0.0/24", "unborn");
        }
        finally
        {
            await site.StartServerAsync();
        }
        await site.WaitForServerAsync();
        foreach (var host in site.Hosts)
            await host.WaitForNetworkAsync("unborn");
        await Shell.EventuallyAsync(
            "the end of the port that was removed meanwhile",
            async () => !(await site.First.WeftAsync("port", "list", "-o", "name")).Contains("right", StringComparison.Ordinal),
            TimeSpan.FromMinutes(3));
    }

    [Fact]
    public async Task Docker_that_crashes_loses_no_network_and_no_address()
    {
        var network = await site.CreateNetworkAsync("crash", "default", "10.104.0.0/24");
        await site.First.DockerAsync("network", "create", "-d", "weft", "--subnet", "10.105.0.0/24", "crash2");
        await site.Second.WaitForNetworkAsync("crash2");
        await site.Second.StartContainerAsync(network, "witness", "--ip", "10.104.0.9");
        await site.Second.DockerAsync("network", "connect", "--ip", "10.105.0.9", "crash2", "witness");
        await site.First.StartContainerAsync(network, "fixed", "--restart", "always", "--ip", "10.104.0.50");
        await site.First.StartContainerAsync("crash2", "chosen", "--restart", "always");
        var chosen = await site.First.AddressOfAsync("chosen");
        await site.First.DockerdAsync("kill");
        await site.First.DockerdAsync("start");
        await site.First.DockerdAsync("wait");
        await Shell.EventuallyAsync("the containers", async () =>
            await site.First.ReachesAsync("fixed", "10.104.0.9") && await site.First.ReachesAsync("chosen", "10.105.0.9"));
        Assert.Equal("10.104.0.50", await site.First.AddressOfAsync("fixed"));
        Assert.Equal(chosen, await site.First.AddressOfAsync("chosen"));
        await site.First.DockerAsync("rm", "-f", "fixed", "chosen");
        await Shell.EventuallyAsync("no port of theirs", async () =>
        {
            var ports = await site.First.WeftAsync("port", "list", "-o", "name");
            return !ports.Contains("fixed", StringComparison.Ordinal) && !ports.Contains("chosen", StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task A_node_that_was_away_catches_up()
    {
        var network = await site.CreateNetworkAsync("home", "default", "10.106.0.0/24");
        await site.Third.StartContainerAsync(network, "away");
        await site.First.StartContainerAsync(network, "old");
        await site.Third.KillDaemonAsync("agent");
        await site.First.DockerAsync("rm", "-f", "old");
        await site.First.WeftAsync("network", "create", "news", "--subnet", "10.107.0.0/24");
        await site.First.StartContainerAsync(network, "young");
        await Site.StartAgentAsync(site.Third);
        await Site.WaitForAgentAsync(site.Third);
        await site.Third.WaitForNetworkAsync("news");
        await Shell.EventuallyAsync("the new name", () => site.Third.ReachesAsync("away", "young"));
        Assert.False((await site.Third.TryInContainerAsync("away", "getent", "hosts", "old")).Succeeded);
    }
}
