namespace Weft.Bench.Setups;

/// <summary>A client outside and the host itself, no container: the limit.</summary>
sealed class BareHost() : Setup("the host itself", Placement.FromOutside, isLimit: true)
{
    readonly Site site = new("wbobare");

    public override Ends Up()
    {
        site.Up(1, docker: false);
        return new(site.Outside(1), site.HostNetns(1), Site.FabricAddress(1));
    }

    public override void Down() => site.Down();
}

/// <summary>A port published by Docker's own bridge, without its proxy.</summary>
sealed class DockerPublished() : Setup("Docker, published port", Placement.FromOutside)
{
    readonly Site site = new("wbodock");

    public override Ends Up()
    {
        site.Up(1, docker: true);
        site.LoadPause(1);
        var ports = string.Concat(Loads.Load.Ports.Select(port => $" -p {port}:{port}"));
        return new(site.Outside(1), site.Container(1, "bridge" + ports), Site.FabricAddress(1));
    }

    public override void Down() => site.Down();
}

/// <summary>A rule of nftables that rewrites the destination.</summary>
sealed class NftablesDnat() : Setup("nftables DNAT", Placement.FromOutside)
{
    readonly Site site = new("wbonft");

    public override Ends Up()
    {
        site.Up(1, docker: false);
        var server = Routed.Add(site, 1, 1);
        site.Exec(1, $"nft \"add table ip b; add chain ip b pre {{ type nat hook prerouting priority -100; }}; add rule ip b pre ip daddr 172.30.0.100 dnat to {Routed.AddressOf(1)}\"");
        site.Exec(1, "ip addr add 172.30.0.100/32 dev fabric0");
        return new(site.Outside(1), server, "172.30.0.100");
    }

    public override void Down()
    {
        Routed.Remove(site, 1);
        site.Down();
    }
}

/// <summary>A container of Weft reached by an address of its own, or by a port of the host.</summary>
sealed class WeftInbound(bool published) : Setup(published ? "Weft, published port" : "Weft, floating IP", Placement.FromOutside)
{
    readonly Site site = new(published ? "wbowp" : "wbowf");

    public override Ends Up()
    {
        site.Up(1, docker: published);
        WeftSite.Start(site, 1, docker: published);
        var outside = site.Outside(1);
        if (published)
        {
            site.LoadPause(1);
            site.Exec(1, "docker network create -d weft --subnet 10.95.0.0/24 bench");
            var ports = string.Concat(Loads.Load.Ports.Select(port => $" -p {port}:{port}"));
            return new(outside, site.Container(1, "bench" + ports), Site.FabricAddress(1));
        }
        WeftSite.MakeInternet(site);
        site.Weft(1, "network create bench --subnet 10.95.0.0/24");
        site.Weft(1, "policy create open --network bench --rule 'allow any from external:outside to network:bench'");
        var server = WeftSite.Attach(site, 1, "server", "10.95.0.10");
        site.Weft(1, "floating-ip create server --address 172.30.0.100 --port server");
        return new(outside, server, "172.30.0.100");
    }

    public override void Down() => site.Down();
}
