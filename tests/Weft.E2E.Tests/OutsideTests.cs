using System.Globalization;
using Weft.E2E.Tests.Harness;

namespace Weft.E2E.Tests;

/// <summary>Containers that plain Docker starts, and machines outside that are no hosts of Weft.</summary>
public sealed class OutsideTests(OutsideSite site) : IClassFixture<OutsideSite>
{
    [Fact]
    public async Task A_published_port_leads_to_the_container_which_sees_the_clients_own_address()
    {
        await site.First.DockerAsync("network", "create", "-d", "weft", "--subnet", "10.121.0.0/24", "public");
        await site.First.StartContainerAsync("public", "site", "-p", "8080:80");
        await MirrorAsync(site.First, "site", 80);

        await Shell.EventuallyAsync("an answer", async () => await site.AskAsync("172.30.0.1", 8080) == OutsideSite.Address);
        // On the host itself as with Docker, by the loopback or any address of the host.
        Assert.NotEmpty((await site.First.TryAsync("socat", "-u", "TCP:127.0.0.1:8080,connect-timeout=5", "-")).Output);
        Assert.NotEmpty((await site.First.TryAsync("socat", "-u", "TCP:172.30.0.1:8080,connect-timeout=5", "-")).Output);

        await site.First.WeftAsync("policy", "create", "shut", "--network", "public", "--rule", "deny tcp external:outside -> public 80");
        await Shell.EventuallyAsync("the policy's end of it", async () => await site.AskAsync("172.30.0.1", 8080) == "");
        await site.First.WeftAsync("policy", "delete", "shut");
        await Shell.EventuallyAsync("an answer again", async () => await site.AskAsync("172.30.0.1", 8080) == OutsideSite.Address);

        var taken = await site.First.TryDockerAsync("run", "-d", "--network", "public", "-p", "8080:80", Site.Image, "sleep", "1000");
        Assert.Contains("tcp port 8080 of this host is in use", taken.Error, StringComparison.Ordinal);
        await site.First.DockerAsync("rm", "-f", "site");
        await Shell.EventuallyAsync("nobody there", async () => await site.AskAsync("172.30.0.1", 8080) == "");
    }

    [Fact]
    public async Task Containers_of_a_docker_network_get_out_unless_it_is_internal()
    {
        await site.First.DockerAsync("network", "create", "-d", "weft", "--subnet", "10.122.0.0/24", "open");
        await site.First.DockerAsync("network", "create", "-d", "weft", "--internal", "--subnet", "10.123.0.0/24", "closed");
        await site.First.StartContainerAsync("open", "goes");
        await site.First.StartContainerAsync("closed", "stays");
        using var server = site.Serve(7000);

        await Shell.EventuallyAsync(
            "its way out", async () => (await CallAsync(site.First, "goes", OutsideSite.Address, 7000)) == site.First.Address);
        Assert.True(await site.First.ReachesAsync("goes", OutsideSite.Address));
        Assert.Equal("", await CallAsync(site.First, "stays", OutsideSite.Address, 7000));
    }

    [Fact]
    public async Task A_container_may_not_speak_the_fabrics_own_protocol_to_a_host()
    {
        await site.First.DockerAsync("network", "create", "-d", "weft", "--subnet", "10.124.0.0/24", "sly");
        await site.First.StartContainerAsync("sly", "forger");
        var seen = Task.Run(() => site.Second.TryAsync(
            "timeout", "4", "tcpdump", "-ni", "fabric0", "-c", "1", "udp dst port 4789 and src host 172.30.0.1 and greater 100"));
        for (var i = 0; i < 20; i++)
        {
            await site.First.TryInContainerAsync(
                "forger", "sh", "-c", "head -c 200 /dev/zero | socat -u - UDP:172.30.0.2:4789,sourceport=$((50000 + $$ % 1000))");
        }
        Assert.NotEqual(0, (await seen).Code); // tcpdump was ended by its limit: nothing came
    }

    [Fact]
    public async Task A_floating_ip_follows_its_container_to_another_host()
    {
        var network = await site.CreateNetworkAsync("float", "default", "10.125.0.0/24");
        await site.First.WeftAsync("policy", "create", "float-in", "--network", "float", "--rule", "allow any external:outside -> float");
        await site.First.StartContainerAsync(network, "mover");
        await MirrorAsync(site.First, "mover", 80);
        await Shell.EventuallyAsync(
            "its name", async () => (await site.First.TryAsync("weft", "floating-ip", "create", "mover", "--address", "172.30.0.110", "--port", "mover")).Succeeded);
        await Shell.EventuallyAsync("an answer", async () => await site.AskAsync("172.30.0.110", 80) == OutsideSite.Address);
        using var server = site.Serve(7001);
        Assert.Equal("172.30.0.110", await CallAsync(site.First, "mover", OutsideSite.Address, 7001));

        await site.First.DockerAsync("rm", "-f", "mover");
        await site.Second.StartContainerAsync(network, "mover");
        await MirrorAsync(site.Second, "mover", 80);
        await Shell.EventuallyAsync("an answer from the other host", async () => await site.AskAsync("172.30.0.110", 80) == OutsideSite.Address);
        Assert.Equal("172.30.0.110", await CallAsync(site.Second, "mover", OutsideSite.Address, 7001));
    }

    [Fact]
    public async Task A_compose_file_with_labels_brings_a_balanced_service_up_that_outside_reaches()
    {
        var file = Path.Combine(Repository.Root, "docs", "examples", "shop", "compose.yaml");
        Task<Outcome> Compose(params string[] words) => site.First.TryAsync(
            ["env", "COMPOSE_PROJECT_NAME=shop", $"SHOP_IMAGE={Site.Image}", "SHOP_ADDRESS=172.30.0.120", "docker-compose", "-f", file, .. words]);
        (await Compose("up", "-d", "--scale", "web=2")).Checked();
        try
        {
            await Shell.EventuallyAsync("both", async () =>
            {
                var answers = new HashSet<string>(StringComparer.Ordinal);
                for (var i = 0; i < 8; i++)
                    answers.Add(await site.GetAsync("http://172.30.0.120/"));
                return answers.Count == 2 && !answers.Contains("");
            });
            Assert.Contains("prices", (await site.First.TryInContainerAsync("shop_web_1", "wget", "-qO-", "http://api:9000/")).Output, StringComparison.Ordinal);
            Assert.False(await site.First.ReachesAsync("shop_web_1", await site.First.AddressOfAsync("shop_db_1")));

            await site.First.InContainerAsync("shop_web_1", "killall", "httpd");
            await Shell.EventuallyAsync("only the other", async () =>
            {
                for (var i = 0; i < 4; i++)
                    if (await site.GetAsync("http://172.30.0.120/") == "")
                        return false;
                return true;
            });
        }
        finally
        {
            (await Compose("down", "-t", "1")).Checked();
        }
        await Shell.EventuallyAsync("nothing left", async () =>
            !(await site.First.WeftAsync("get", "load-balancers", "--all-projects")).Contains("shop", StringComparison.Ordinal)
            && !(await site.First.WeftAsync("get", "floating-ips", "--all-projects")).Contains("172.30.0.120", StringComparison.Ordinal));
    }

    /// <summary>Answers each caller with the caller's own address.</summary>
    static Task<string> MirrorAsync(TestHost host, string container, int port) => host.DockerAsync(
        "exec", "-d", container, "socat", string.Create(CultureInfo.InvariantCulture, $"TCP-LISTEN:{port},fork,reuseaddr"), "SYSTEM:echo $SOCAT_PEERADDR");

    /// <summary>What is answered; empty: nothing.</summary>
    static async Task<string> CallAsync(TestHost host, string container, string target, int port) =>
        (await host.TryInContainerAsync(container, "socat", "-T", "3", "-u", $"TCP:{target}:{port},connect-timeout=2", "-")).Text;
}
