namespace Weft.Bench.Setups;

/// <summary>Two namespaces in a network of Weft, attached by the command line.</summary>
sealed class WeftNetwork : Setup
{
    readonly Site site;
    readonly string options = "";

    public WeftNetwork(Placement where) : base("Weft", where) => site = new(where == Placement.SameHost ? "wbws" : "wbwc");

    WeftNetwork(Placement where, bool records)
        : base(records ? "with flow records" : "without", where, isLimit: !records)
    {
        site = new((where == Placement.SameHost ? "wbfs" : "wbfc") + (records ? "on" : "off"));
        options = $"--flow-records {(records ? "on" : "off")}";
    }

    /// <summary>The same network twice: what records of flows cost shows between the two.</summary>
    public static WeftNetwork[] WithAndWithoutRecords(Placement where) => [new(where, records: false), new(where, records: true)];

    public override Ends Up()
    {
        var hosts = Placement == Placement.SameHost ? 1 : 2;
        site.Up(hosts, docker: false);
        WeftSite.Start(site, hosts, options: options);
        site.Weft(1, "network create bench --subnet 10.95.0.0/24");
        var client = WeftSite.Attach(site, 1, "client", "10.95.0.10");
        var server = WeftSite.Attach(site, hosts, "server", "10.95.0.11");
        return new(client, server, "10.95.0.11");
    }

    public override void Down() => site.Down();
}
