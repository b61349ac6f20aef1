using Weft.E2E.Tests.Harness;

namespace Weft.E2E.Tests;

/// <summary>Policies and security groups between containers that plain Docker starts.</summary>
public sealed class PolicyTests(Site site) : IClassFixture<Site>
{
    [Fact]
    public async Task Frontends_log_to_management_but_do_not_ssh_there()
    {
        var front = await site.CreateNetworkAsync("front", "default", "10.111.0.0/24");
        var management = await site.CreateNetworkAsync("ops", "default", "10.112.0.0/24");
        await site.First.StartContainerAsync(front, "shop");
        await site.First.StartContainerAsync(management, "near");
        await site.Second.StartContainerAsync(management, "far");
        await ListenAsync(site.First, "near", 514, 22);
        await ListenAsync(site.Second, "far", 514, 22);
        await site.First.WeftAsync(
            "policy", "create", "logs", "--network", "front", "--network", "ops",
            "--rule", "deny tcp front -> ops 22 reject", "--rule", "allow tcp front -> ops 514");

        foreach (var target in (string[])[await site.First.AddressOfAsync("near"), await site.Second.AddressOfAsync("far")])
        {
            await Shell.EventuallyAsync($"syslog at {target}", () => ConnectsAsync(site.First, "shop", target, 514));
            Assert.False(await ConnectsAsync(site.First, "shop", target, 22));
        }
        Assert.False(await ConnectsAsync(site.Second, "far", await site.First.AddressOfAsync("shop"), 514));
        var why = await site.First.TryAsync("weft", "explain", "--from", "shop", "--to", "far", "--protocol", "tcp", "--port", "22");
        Assert.Equal(6, why.Code);
        Assert.Contains("logs", why.Output, StringComparison.Ordinal);
        var refused = await site.First.TryAsync("weft", "trace", "--from", "shop", "--to", "far", "--port", "22");
        Assert.True(refused.Code == 6, refused.Output);
        Assert.Contains("policy/logs rule 1", refused.Output, StringComparison.Ordinal);
        var passed = await site.First.TryAsync("weft", "trace", "--from", "shop", "--to", "far", "--port", "514");
        Assert.True(passed.Code == 0, passed.Output);
        Assert.Contains("from-overlay", passed.Output, StringComparison.Ordinal);

        await site.First.WeftAsync("policy", "delete", "logs");
        await Shell.EventuallyAsync(
            "the end of syslog", async () => !await ConnectsAsync(site.First, "shop", await site.Second.AddressOfAsync("far"), 514));
    }

    [Fact]
    public async Task A_label_and_a_group_given_to_docker_run_hold_from_the_first_packet()
    {
        var network = await site.CreateNetworkAsync("tiers", "default", "10.113.0.0/24");
        await site.First.WeftAsync("security-group", "create", "closed", "--rule", "ingress tcp 8080", "--rule", "egress any");
        await site.First.StartContainerAsync(network, "free");
        await site.Second.StartContainerAsync(network, "guarded", "--label", "weft.security-groups=closed");
        await ListenAsync(site.Second, "guarded", 8080, 9090);
        var target = await site.Second.AddressOfAsync("guarded");

        Assert.False(await ConnectsAsync(site.First, "free", target, 9090));
        await Shell.EventuallyAsync("the allowed port", () => ConnectsAsync(site.First, "free", target, 8080));
    }

    [Fact]
    public async Task A_deny_outlives_the_end_of_every_daemon()
    {
        var left = await site.CreateNetworkAsync("left", "default", "10.114.0.0/24");
        var right = await site.CreateNetworkAsync("right", "default", "10.115.0.0/24");
        await site.First.StartContainerAsync(left, "west");
        await site.Second.StartContainerAsync(right, "east");
        await ListenAsync(site.Second, "east", 80, 81);
        await site.First.WeftAsync(
            "policy", "create", "half", "--network", "left", "--network", "right",
            "--rule", "deny tcp left -> right 81", "--rule", "allow tcp left -> right");
        var target = await site.Second.AddressOfAsync("east");
        await Shell.EventuallyAsync("the allowed port", () => ConnectsAsync(site.First, "west", target, 80));
        await site.First.KillDaemonAsync("server");
        await site.First.KillDaemonAsync("agent");
        await site.Second.KillDaemonAsync("agent");

        Assert.False(await ConnectsAsync(site.First, "west", target, 81));
        Assert.True(await ConnectsAsync(site.First, "west", target, 80));
        await site.StartServerAsync();
        await Site.StartAgentAsync(site.First);
        await Site.StartAgentAsync(site.Second);
        for (var i = 0; i < 20; i++)
        {
            Assert.False(await ConnectsAsync(site.First, "west", target, 81));
            Assert.True(await ConnectsAsync(site.First, "west", target, 80));
        }
        await Site.WaitForAgentAsync(site.First);
        await Site.WaitForAgentAsync(site.Second);
        Assert.False(await ConnectsAsync(site.First, "west", target, 81));
        Assert.True(await ConnectsAsync(site.First, "west", target, 80));
    }

    static async Task ListenAsync(TestHost host, string container, params int[] ports)
    {
        foreach (var port in ports)
            await host.InContainerAsync(container, "httpd", "-h", "/www", "-p", $"{port}");
    }

    static async Task<bool> ConnectsAsync(TestHost host, string container, string target, int port) =>
        (await host.TryInContainerAsync(container, "socat", "-u", "/dev/null", $"TCP:{target}:{port},connect-timeout=1")).Succeeded;
}
