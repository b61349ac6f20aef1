using Weft.E2E.Tests.Harness;

namespace Weft.E2E.Tests;

/// <summary>Hosts whose resolver is on their loopback: Docker asks it around the vrouter.</summary>
public sealed class LoopbackSite : Site
{
    protected override string Resolver => "127.0.0.1";
}

/// <summary>Names resolve where Docker's own resolver would not ask Weft.</summary>
public sealed class ResolverTests(LoopbackSite site) : IClassFixture<LoopbackSite>
{
    [Fact]
    public async Task Names_across_hosts_and_of_the_world_resolve_with_a_resolver_on_the_loopback()
    {
        await using var world = new WorldResolver(site.First);
        var network = await site.CreateNetworkAsync("loop", "default", "10.111.0.0/24");
        await site.First.StartContainerAsync(network, "asker");
        await site.Second.StartContainerAsync(network, "asked");
        await Shell.EventuallyAsync("the name", () => site.First.ReachesAsync("asker", "asked"));
        await Shell.EventuallyAsync("a name of the world", async () =>
            (await site.First.TryInContainerAsync("asker", "getent", "ahostsv4", "www.example.org")).Output.Contains(WorldResolver.Address, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Names_resolve_in_an_internal_network()
    {
        await site.First.DockerAsync("network", "create", "-d", "weft", "--internal", "--subnet", "10.112.0.0/24", "vault");
        await site.Second.WaitForNetworkAsync("vault");
        await site.First.StartContainerAsync("vault", "gold1");
        await site.Second.StartContainerAsync("vault", "gold2");
        await Shell.EventuallyAsync("the name", () => site.First.ReachesAsync("gold1", "gold2"));
        Assert.DoesNotContain("default", await site.First.InContainerAsync("gold1", "ip", "route"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_container_with_resolvers_of_its_own_keeps_them()
    {
        var network = await site.CreateNetworkAsync("owned", "default", "10.113.0.0/24");
        await site.First.StartContainerAsync(network, "stubborn", "--dns", "192.0.2.1");
        await site.Second.StartContainerAsync(network, "named");
        // It is asked through Docker's resolver, from within the container, and so by the vrouter.
        await Shell.EventuallyAsync("the name", () => site.First.ReachesAsync("stubborn", "named"));
        Assert.Contains("127.0.0.11", await site.First.InContainerAsync("stubborn", "cat", "/etc/resolv.conf"), StringComparison.Ordinal);
    }
}
