namespace Weft.Bench.Setups;

/// <summary>Two containers on Docker's default bridge.</summary>
sealed class DockerBridge() : Setup("Docker bridge", Placement.SameHost)
{
    readonly Site site = new("wbdb");

    public override Ends Up()
    {
        site.Up(1, docker: true);
        site.LoadPause(1);
        var client = site.Container(1, "bridge");
        var server = site.Container(1, "bridge");
        return new(client, server, AddressOf(server, "eth0"));
    }

    public override void Down() => site.Down();
}

/// <summary>Docker's own overlay between two hosts, as Swarm makes it.</summary>
sealed class SwarmOverlay() : Setup("Docker Swarm overlay", Placement.CrossHost)
{
    readonly Site site = new("wbsw");

    public override Ends Up()
    {
        site.Up(2, docker: true);
        site.LoadPause(1);
        site.LoadPause(2);
        site.Exec(1, $"docker swarm init --advertise-addr {Site.FabricAddress(1)}");
        var token = site.Exec(1, "docker swarm join-token -q worker").Trim();
        site.Exec(2, $"docker swarm join --token {token} --advertise-addr {Site.FabricAddress(2)} {Site.FabricAddress(1)}:2377");
        site.Exec(1, "docker network create -d overlay --attachable --subnet 10.94.0.0/24 over");
        var client = site.Container(1, "over");
        var server = site.Container(2, "over");
        return new(client, server, AddressOf(server, "eth0"));
    }

    public override void Down() => site.Down();
}
