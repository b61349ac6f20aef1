using Weft.Linux;
using Weft.Model.Proxying;

namespace Weft.Kernel.Tests.Proxy;

/// <summary>HTTP listeners from the state of a node to the answer of a member, with real agents, vrouters and proxy processes.</summary>
public sealed class ProxyAgentTests
{
    [Fact]
    public async Task A_client_on_another_node_reaches_members_on_both_by_the_virtual_ip()
    {
        await using var site = await ProxySite.StartAsync();
        site.Tell(ProxySite.Http());

        Eventually.True(() => site.Ask() == $"web1 from 10.1.0.201 for {site.ClientAddress}");
        Eventually.True(() => site.Ask() == $"web2 from 10.1.0.201 for {site.ClientAddress}");
        Assert.StartsWith("web", await site.AskAsync(v6: true), StringComparison.Ordinal);
        Assert.Single(site.Proxies());
        Assert.Empty(site.Faults);
        Eventually.True(() => site.Requests >= 3);
    }

    [Fact]
    public async Task An_agent_that_is_killed_and_started_again_disturbs_no_request()
    {
        await using var site = await ProxySite.StartAsync();
        site.Tell(ProxySite.Http());
        Eventually.True(() => site.Ask().StartsWith("web", StringComparison.Ordinal));
        var proxy = site.Proxies();
        using var end = new CancellationTokenSource();
        var answers = new List<string>();
        var load = Task.Run(async () =>
        {
            while (!end.IsCancellationRequested)
                answers.Add(await site.AskAsync());
        });

        await site.KillAgentAsync();
        var before = answers.Count;
        Eventually.True(() => answers.Count > before + 20);
        site.StartAgent();
        before = answers.Count;
        Eventually.True(() => answers.Count > before + 20 && site.A.Status.Value.AppliedRevision > 0);
        site.Tell(ProxySite.Http(), ProxySite.Http(81));
        Eventually.True(() => site.Status() is { State: ProxyStatus.Active, Listeners.Count: 2 });
        await end.CancelAsync();
        await load;

        Assert.All(answers, answer => Assert.StartsWith("web", answer, StringComparison.Ordinal));
        Assert.Equal(proxy, site.Proxies());
    }

    [Fact]
    public async Task A_proxy_that_dies_is_started_again()
    {
        await using var site = await ProxySite.StartAsync();
        site.Tell(ProxySite.Http());
        Eventually.True(() => site.Ask().StartsWith("web", StringComparison.Ordinal));
        var first = Assert.Single(site.Proxies());
        using (var process = System.Diagnostics.Process.GetProcessById(first))
        {
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Eventually.True(() => site.Ask().StartsWith("web", StringComparison.Ordinal));
        Assert.NotEqual(first, Assert.Single(site.Proxies()));
    }

    [Fact]
    public async Task A_listener_that_goes_refuses_at_once_and_lets_requests_end_and_what_is_gone_leaves_nothing()
    {
        await using var site = await ProxySite.StartAsync();
        site.Tell(ProxySite.Http(), ProxySite.Http(81));
        Eventually.True(() => site.Ask().StartsWith("web", StringComparison.Ordinal));
        var pending = site.AskAsync(path: "/wait");
        Eventually.True(() => site.Waiting.Count == 1);

        site.Tell(ProxySite.Http(81));
        Eventually.True(() => site.Ask() == "(ConnectionRefused)");
        site.Waiting.Release();
        Assert.StartsWith("web", await pending, StringComparison.Ordinal);

        site.Forget();
        Eventually.True(() => !NetNs.Names().Contains(site.Namespace) && site.Status() is null);
    }

    [Fact]
    public async Task A_certificate_file_that_is_not_there_is_told()
    {
        await using var site = await ProxySite.StartAsync();
        site.Tell(ProxySite.Http() with
        {
            Protocol = "https",
            Http = new() { CertificateFiles = [new() { Chain = "/nowhere/chain.pem", Key = "/nowhere/key.pem" }] },
        });

        Eventually.True(() => site.Faults.Any(fault => fault.StartsWith(
            "listener http-80: /nowhere/chain.pem: ", StringComparison.Ordinal)));
        Assert.Equal("(ConnectionRefused)", site.Ask());
    }
}
