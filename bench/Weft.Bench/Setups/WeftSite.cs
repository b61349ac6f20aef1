namespace Weft.Bench.Setups;

/// <summary>Weft as users run it: a server, an agent on each host.</summary>
static class WeftSite
{
    const string Server = "172.30.0.1:7440";

    /// <param name="site">Is up.</param>
    /// <param name="hosts">How many of its hosts become nodes.</param>
    /// <param name="docker">For the hosts' own Docker.</param>
    /// <param name="options">More of the daemons, on every host.</param>
    public static void Start(Site site, int hosts, bool docker = false, string options = "")
    {
        var without = (docker ? "" : " --no-docker") + (options.Length > 0 ? $" {options}" : "");
        site.Start(1, $"{Site.Published("weftd")} up --listen {Server}{without}", "/run/weftd.log");
        site.WaitForNodes(1);
        for (var host = 2; host <= hosts; host++)
        {
            var token = site.Weft(1, $"token create host{host} --role join").Trim();
            site.Start(host, $"{Site.Published("weftd")} agent --server https://{Server} --token {token}{without}", "/run/weftd.log");
            site.WaitForNodes(host);
        }
    }

    /// <summary>The wire between the hosts has floating IPs from 172.30.0.100 on.</summary>
    public static void MakeInternet(Site site) => site.Weft(
        1, "external-network update outside --subnet 172.30.0.0/24 --gateway 172.30.0.254 --pool 172.30.0.100-172.30.0.199");

    /// <summary>A namespace of the host as a port.</summary>
    /// <returns>The namespace.</returns>
    public static string Attach(Site site, int host, string name, string address)
    {
        site.Exec(host, $"ip netns add {name}");
        site.Exec(host, $"ip -n {name} link set lo up");
        site.Weft(host, $"port attach --network bench --netns {name} --name {name} --address {address}");
        return site.PathOf(host, $"/run/netns/{name}");
    }
}
