using System.Text.Json;
using Weft.E2E.Tests.Harness;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Weft.E2E.Tests;

/// <summary>Containers that plain Docker starts on three hosts reach those of their network, and nobody else.</summary>
public sealed class ReachTests(Site site) : IClassFixture<Site>
{
    [Fact]
    public async Task A_network_of_Docker_works_on_every_host_by_address_and_by_name()
    {
        await site.First.DockerAsync("network", "create", "-d", "weft", "plain");
        foreach (var host in site.Hosts)
        {
            await host.WaitForNetworkAsync("plain");
            await host.StartContainerAsync("plain", $"plain{host.Number}", "--network-alias", "everyone");
        }
        foreach (var host in site.Hosts)
        {
            foreach (var other in site.Hosts)
            {
                Assert.True(await host.ReachesAsync($"plain{host.Number}", await other.AddressOfAsync($"plain{other.Number}")));
                await Shell.EventuallyAsync($"the name plain{other.Number} on {host.Name}", () => host.ReachesAsync($"plain{host.Number}", $"plain{other.Number}"));
            }
        }
        await Shell.EventuallyAsync("the alias of all", async () =>
            (await site.First.TryInContainerAsync("plain1", "getent", "ahostsv4", "everyone")).Succeeded);
    }

    [Theory]
    [InlineData("10.11.0.0/24", "-4")]
    [InlineData("fd00:11::/64", "-6")]
    public async Task Pings_of_64_KiB_streams_of_1_GB_and_datagrams_cross_hosts(string subnet, string family)
    {
        var name = family == "-6" ? "six" : "four";
        // Docker 20.10 has no network without IPv4.
        var network = await site.CreateNetworkAsync(name, "default", family == "-6" ? [subnet, "10.12.0.0/24"] : [subnet]);
        await site.First.StartContainerAsync(network, name + "-a");
        await site.Second.StartContainerAsync(network, name + "-b");
        var target = family == "-6" ? await site.Second.AddressV6OfAsync(name + "-b") : await site.Second.AddressOfAsync(name + "-b");

        Assert.True(await site.First.ReachesAsync(name + "-a", target, family, "-s", "65000"));
        await site.Second.InContainerAsync(name + "-b", "iperf3", "-s", "-D");
        Assert.True(Received(await site.First.InContainerAsync(name + "-a", "iperf3", "-c", target, "-n", "1100M", "-J"), "sum_received") >= 1L << 30);
        Assert.True(Received(await site.First.InContainerAsync(name + "-a", "iperf3", "-c", target, "-n", "110M", "-R", "-J"), "sum_received") >= 100L << 20);
        using var datagrams = JsonDocument.Parse(await site.First.InContainerAsync(name + "-a", "iperf3", "-c", target, "-u", "-b", "20M", "-t", "2", "-J"));
        var sum = datagrams.RootElement.GetProperty("end").GetProperty("sum");
        Assert.True(sum.GetProperty("packets").GetInt64() > 100);
        Assert.True(sum.GetProperty("lost_percent").GetDouble() < 5);
    }

    [Fact]
    public async Task The_same_address_in_another_project_is_another_machine_and_nothing_else_is_reached()
    {
        await site.First.WeftAsync("project", "create", "acme");
        var ours = await site.CreateNetworkAsync("overlap", "default", "10.21.0.0/24");
        var theirs = await site.CreateNetworkAsync("overlap", "acme", "10.21.0.0/24");
        var other = await site.CreateNetworkAsync("beside", "default", "10.22.0.0/24");
        await site.First.StartContainerAsync(ours, "ours", "--ip", "10.21.0.10");
        await site.Second.StartContainerAsync(ours, "our-web", "--ip", "10.21.0.20");
        await site.First.StartContainerAsync(theirs, "theirs", "--ip", "10.21.0.10");
        await site.Third.StartContainerAsync(theirs, "their-web", "--ip", "10.21.0.20");
        await site.First.StartContainerAsync(other, "beside1", "--ip", "10.22.0.10");
        await ServeAsync(site.Second, "our-web", "ours");
        await ServeAsync(site.Third, "their-web", "theirs");

        Assert.Equal("ours", await FetchAsync("ours", "10.21.0.20"));
        Assert.Equal("theirs", await FetchAsync("theirs", "10.21.0.20"));
        foreach (var address in (string[])["10.22.0.10", site.First.Address, site.Second.Address, "172.30.0.254", "172.17.0.1", "8.8.8.8"])
            Assert.False(await site.First.ReachesAsync("ours", address), $"{address} is reached");
        Assert.False(await site.First.ReachesAsync("beside1", "10.21.0.10"));
        Assert.False((await site.First.TryInContainerAsync("ours", "getent", "hosts", "their-web")).Succeeded);
    }

    [Fact]
    public async Task Addresses_are_unique_whichever_host_asks()
    {
        await site.First.DockerAsync("network", "create", "-d", "weft", "--subnet", "10.31.0.0/24", "many");
        foreach (var host in site.Hosts)
            await host.WaitForNetworkAsync("many");
        await Task.WhenAll(site.Hosts.Select(async host =>
        {
            for (var i = 0; i < 5; i++)
                await host.StartContainerAsync("many", $"many{host.Number}-{i}");
        }));
        var addresses = new List<string>();
        foreach (var host in site.Hosts)
        {
            for (var i = 0; i < 5; i++)
                addresses.Add(await host.AddressOfAsync($"many{host.Number}-{i}"));
        }
        Assert.Equal(15, addresses.Distinct().Count());
        var taken = await site.Second.TryDockerAsync("run", "--rm", "--network", "many", "--ip", addresses[0], Site.Image, "true");
        Assert.False(taken.Succeeded);
        Assert.Contains(addresses[0], taken.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Address_MAC_and_MTU_are_those_asked_for()
    {
        await site.First.DockerAsync(
            "network", "create", "-d", "weft", "--ipv6", "--subnet", "10.41.0.0/24", "--subnet", "fd00:41::/64",
            "-o", "com.docker.network.driver.mtu=1300", "exact");
        await site.First.StartContainerAsync(
            "exact", "exact1", "--ip", "10.41.0.77", "--ip6", "fd00:41::77", "--mac-address", "02:11:22:33:44:55");
        var shown = await site.First.InContainerAsync("exact1", "ip", "address", "show", "dev", "eth0");
        foreach (var part in (string[])["mtu 1300", "02:11:22:33:44:55", "10.41.0.77/24", "fd00:41::77/64"])
            Assert.Contains(part, shown, StringComparison.Ordinal);
        await site.Second.WaitForNetworkAsync("exact");
        await site.Second.StartContainerAsync("exact", "exact2");
        Assert.True(await site.Second.ReachesAsync("exact2", "10.41.0.77"));
        Assert.True(await site.Second.ReachesAsync("exact2", "fd00:41::77", "-6"));
    }

    [Fact]
    public async Task A_running_container_is_connected_and_disconnected()
    {
        await site.First.StartContainerAsync("bridge", "roamer");
        var network = await site.CreateNetworkAsync("roam", "default", "10.51.0.0/24");
        await site.Second.StartContainerAsync(network, "anchor", "--ip", "10.51.0.9");
        await site.First.DockerAsync("network", "connect", "--alias", "visitor", network, "roamer");
        Assert.True(await site.First.ReachesAsync("roamer", "10.51.0.9"));
        await Shell.EventuallyAsync("the alias", () => site.Second.ReachesAsync("anchor", "visitor"));
        await site.First.DockerAsync("network", "disconnect", network, "roamer");
        Assert.False(await site.First.ReachesAsync("roamer", "10.51.0.9"));
        await Shell.EventuallyAsync("its port's end", async () =>
            !(await site.First.WeftAsync("port", "list", "-o", "name")).Contains("roamer", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Removing_a_network_is_refused_while_it_is_used_here_and_undone_while_elsewhere()
    {
        var network = await site.CreateNetworkAsync("busy", "default", "10.61.0.0/24");
        await site.First.StartContainerAsync(network, "user");
        var here = await site.First.TryDockerAsync("network", "rm", network);
        Assert.False(here.Succeeded);
        Assert.Contains("active endpoints", here.Error, StringComparison.Ordinal);
        var byName = await site.First.TryAsync("weft", "network", "delete", network);
        Assert.False(byName.Succeeded);
        Assert.Contains("user", byName.Error + byName.Output, StringComparison.Ordinal);

        var before = await site.Second.DockerAsync("network", "inspect", "-f", "{{.Id}}", network);
        await site.Second.TryDockerAsync("network", "rm", network);
        await Shell.EventuallyAsync("the network's return", async () =>
        {
            var after = await site.Second.TryDockerAsync("network", "inspect", "-f", "{{.Id}}", network);
            return after.Succeeded && after.Text != before;
        });
        await site.Second.StartContainerAsync(network, "user2");
        Assert.True(await site.Second.ReachesAsync("user2", await site.First.AddressOfAsync("user")));

        await site.First.DockerAsync("rm", "-f", "user");
        await site.Second.DockerAsync("rm", "-f", "user2");
        await site.Third.DockerAsync("network", "rm", network);
        foreach (var host in site.Hosts)
            await host.WaitForNoNetworkAsync(network);
    }

    [Fact]
    public async Task Containers_that_stop_crash_and_start_again_keep_nothing_and_get_everything()
    {
        var network = await site.CreateNetworkAsync("again", "default", "10.71.0.0/29");
        await site.Second.StartContainerAsync(network, "peer");
        var peer = await site.Second.AddressOfAsync("peer");
        // Five addresses but the gateway's; more rounds than that would not fit if any were lost.
        for (var round = 0; round < 6; round++)
        {
            await site.First.StartContainerAsync(network, "phoenix");
            Assert.True(await site.First.ReachesAsync("phoenix", peer));
            await site.First.DockerAsync("kill", "phoenix");
            await site.First.DockerAsync("start", "phoenix");
            Assert.True(await site.First.ReachesAsync("phoenix", peer));
            await site.First.DockerAsync("rm", "-f", "phoenix");
        }
        await Shell.EventuallyAsync("an end of its interfaces", async () =>
            !(await site.First.WeftAsync("port", "list", "-o", "name")).Contains("phoenix", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_container_without_a_network_is_attached_by_hand()
    {
        var network = await site.CreateNetworkAsync("hand", "default", "10.81.0.0/24");
        await site.First.StartContainerAsync(network, "made");
        await site.Second.StartContainerAsync("none", "bare");
        await site.Second.WeftAsync("port", "attach", "--network", network, "--container", "bare", "--name", "bare");
        Assert.True(await site.Second.ReachesAsync("bare", await site.First.AddressOfAsync("made")));
        await Shell.EventuallyAsync("its name", () => site.First.ReachesAsync("made", "bare"));
        await Shell.EventuallyAsync("the other's name", () => site.Second.ReachesAsync("bare", "made"));
        await site.Second.WeftAsync("port", "detach", "bare");
        Assert.False(await site.Second.ReachesAsync("bare", await site.First.AddressOfAsync("made")));
    }

    static long Received(string report, string sum)
    {
        using var json = JsonDocument.Parse(report);
        return json.RootElement.GetProperty("end").GetProperty(sum).GetProperty("bytes").GetInt64();
    }

    static Task<string> ServeAsync(TestHost host, string container, string text) =>
        host.DockerAsync("exec", "-d", container, "socat", "TCP-LISTEN:80,fork,reuseaddr", $"SYSTEM:echo {text}");

    async Task<string> FetchAsync(string container, string address)
    {
        var answer = "";
        await Shell.EventuallyAsync($"an answer of {address} to {container}", async () =>
        {
            var fetched = await site.First.TryInContainerAsync(container, "socat", "-T", "5", "-u", $"TCP:{address}:80,connect-timeout=3", "-");
            answer = fetched.Text;
            return fetched.Succeeded;
        });
        return answer;
    }
}
