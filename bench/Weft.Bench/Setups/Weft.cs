namespace Weft.Bench.Setups;

/// <summary>Two namespaces in a network of Weft, attached by the command line.</summary>
sealed class WeftNetwork(Placement where) : Setup("Weft", where)
{
    readonly Site site = new(where == Placement.SameHost ? "wbws" : "wbwc");

    public override Ends Up()
    {
        var hosts = Placement == Placement.SameHost ? 1 : 2;
        site.Up(hosts, docker: false);
        WeftSite.Start(site, hosts);
        site.Weft(1, "network create bench --subnet 10.95.0.0/24");
        var client = WeftSite.Attach(site, 1, "client", "10.95.0.10");
        var server = WeftSite.Attach(site, hosts, "server", "10.95.0.11");
        return new(client, server, "10.95.0.11");
    }

    public override void Down() => site.Down();
}
