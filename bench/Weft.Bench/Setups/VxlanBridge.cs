namespace Weft.Bench.Setups;

/// <summary>The kernel's own overlay: a bridge and a VXLAN device on each of two hosts.</summary>
sealed class VxlanBridge() : Setup("kernel VXLAN + bridge", Placement.CrossHost)
{
    readonly Site site = new("wbvx");

    public override Ends Up()
    {
        site.Up(2, docker: false);
        AddNetns("wb-vxa", "wb-vxb");
        Host(1, 2);
        Host(2, 1);
        AddBridgePort("wbvx1", "wb-vxa", "p1", "10.93.0.1/24", 1450);
        AddBridgePort("wbvx2", "wb-vxb", "p1", "10.93.0.2/24", 1450);
        return new(Netns("wb-vxa"), Netns("wb-vxb"), "10.93.0.2");
    }

    public override void Down()
    {
        DeleteNetns("wb-vxa", "wb-vxb");
        site.Down();
    }

    static void Host(int number, int other) =>
        Shell.Run(
            $"ip -n wbvx{number} link add br0 type bridge && ip -n wbvx{number} link set br0 up"
            + $" && ip -n wbvx{number} link add vx0 type vxlan id 7 local {Site.FabricAddress(number)}"
            + $" remote {Site.FabricAddress(other)} dstport 4789 dev fabric0"
            + $" && ip -n wbvx{number} link set vx0 master br0 up");
}
