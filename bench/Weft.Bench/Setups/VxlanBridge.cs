namespace Weft.Bench.Setups;

/// <summary>The kernel's own overlay: a bridge and a VXLAN device on each of two hosts.</summary>
sealed class VxlanBridge() : Setup("kernel VXLAN + bridge", Placement.CrossHost)
{
    public override Ends Up()
    {
        AddNetns("wb-vx1", "wb-vx2", "wb-vxa", "wb-vxb");
        Join("wb-vx1", "fab", "10.92.0.1/24", "wb-vx2", "fab", "10.92.0.2/24");
        Host("wb-vx1", "10.92.0.1", "10.92.0.2");
        Host("wb-vx2", "10.92.0.2", "10.92.0.1");
        BridgePort.Add("wb-vx1", "wb-vxa", "p1", "10.93.0.1/24", 1450);
        BridgePort.Add("wb-vx2", "wb-vxb", "p1", "10.93.0.2/24", 1450);
        return new(Netns("wb-vxa"), Netns("wb-vxb"), "10.93.0.2");
    }

    public override void Down() => DeleteNetns("wb-vxa", "wb-vxb", "wb-vx1", "wb-vx2");

    static void Host(string host, string local, string remote) =>
        Shell.Run(
            $"ip -n {host} link add br0 type bridge && ip -n {host} link set br0 up"
            + $" && ip -n {host} link add vx0 type vxlan id 7 local {local} remote {remote} dstport 4789 dev fab"
            + $" && ip -n {host} link set vx0 master br0 up");
}
