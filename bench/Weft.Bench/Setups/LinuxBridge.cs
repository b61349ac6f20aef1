namespace Weft.Bench.Setups;

/// <summary>Two namespaces on a bridge of one host.</summary>
sealed class LinuxBridge() : Setup("Linux bridge", Placement.SameHost)
{
    public override Ends Up()
    {
        AddNetns("wb-brh", "wb-bra", "wb-brb");
        Shell.Run("ip -n wb-brh link add br0 type bridge && ip -n wb-brh link set br0 up");
        AddBridgePort("wb-brh", "wb-bra", "p1", "10.91.0.1/24", 1500);
        AddBridgePort("wb-brh", "wb-brb", "p2", "10.91.0.2/24", 1500);
        return new(Netns("wb-bra"), Netns("wb-brb"), "10.91.0.2");
    }

    public override void Down() => DeleteNetns("wb-brh", "wb-bra", "wb-brb");
}
