namespace Weft.Bench.Setups;

/// <summary>Weft as users run it: a server, an agent on each host, namespaces attached by the command line.</summary>
sealed class WeftNetwork(Placement where) : Setup("Weft", where)
{
    const string Server = "172.30.0.1:7440";

    readonly Site site = new(where == Placement.SameHost ? "wbws" : "wbwc");

    public override Ends Up()
    {
        var hosts = Placement == Placement.SameHost ? 1 : 2;
        site.Up(hosts, docker: false);
        site.Start(1, $"{Site.Published("weftd")} up --listen {Server} --no-docker", "/run/weftd.log");
        site.WaitForNodes(1);
        if (hosts > 1)
        {
            var token = site.Weft(1, "token create second --role join").Trim();
            site.Start(2, $"{Site.Published("weftd")} agent --server https://{Server} --token {token} --no-docker", "/run/weftd.log");
            site.WaitForNodes(2);
        }
        site.Weft(1, "network create bench --subnet 10.95.0.0/24");
        var client = Attach(1, "client", "10.95.0.10");
        var server = Attach(hosts, "server", "10.95.0.11");
        return new(client, server, "10.95.0.11");
    }

    public override void Down() => site.Down();

    string Attach(int host, string name, string address)
    {
        site.Exec(host, $"ip netns add {name}");
        site.Exec(host, $"ip -n {name} link set lo up");
        site.Weft(host, $"port attach --network bench --netns {name} --name {name} --address {address}");
        return site.PathOf(host, $"/run/netns/{name}");
    }
}
