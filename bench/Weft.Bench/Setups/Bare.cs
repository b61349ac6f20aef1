namespace Weft.Bench.Setups;

/// <summary>A veth pair and nothing else: the limit of one host.</summary>
sealed class BareVeth() : Setup("bare veth", Placement.SameHost, isLimit: true)
{
    public override Ends Up()
    {
        AddNetns("wb-bva", "wb-bvb");
        Shell.Run("ip link add eth0 netns wb-bva type veth peer name eth0 netns wb-bvb");
        Shell.Run("ip -n wb-bva addr add 10.90.0.1/24 dev eth0 && ip -n wb-bva link set eth0 up");
        Shell.Run("ip -n wb-bvb addr add 10.90.0.2/24 dev eth0 && ip -n wb-bvb link set eth0 up");
        return new(Netns("wb-bva"), Netns("wb-bvb"), "10.90.0.2");
    }

    public override void Down() => DeleteNetns("wb-bva", "wb-bvb");
}

/// <summary>Host to host over the fabric, without containers: the limit across hosts.</summary>
sealed class BareFabric() : Setup("bare fabric", Placement.CrossHost, isLimit: true)
{
    readonly Site site = new("wbbare");

    public override Ends Up()
    {
        site.Up(2, docker: false);
        return new(site.HostNetns(1), site.HostNetns(2), Site.FabricAddress(2));
    }

    public override void Down() => site.Down();
}
