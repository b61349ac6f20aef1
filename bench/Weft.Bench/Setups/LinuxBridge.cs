namespace Weft.Bench.Setups;

/// <summary>Two namespaces on a bridge of one host.</summary>
sealed class LinuxBridge() : Setup("Linux bridge", Placement.SameHost)
{
    public override Ends Up()
    {
        AddNetns("wb-brh", "wb-bra", "wb-brb");
        Shell.Run("ip -n wb-brh link add br0 type bridge && ip -n wb-brh link set br0 up");
        BridgePort.Add("wb-brh", "wb-bra", "p1", "10.91.0.1/24", 1500);
        BridgePort.Add("wb-brh", "wb-brb", "p2", "10.91.0.2/24", 1500);
        return new(Netns("wb-bra"), Netns("wb-brb"), "10.91.0.2");
    }

    public override void Down() => DeleteNetns("wb-brh", "wb-bra", "wb-brb");
}

static class BridgePort
{
    public static void Add(string host, string end, string name, string address, int mtu) =>
        Shell.Run(
            $"ip link add {name} netns {host} mtu {mtu} type veth peer name eth0 netns {end} mtu {mtu}"
            + $" && ip -n {host} link set {name} master br0 up"
            + $" && ip -n {end} addr add {address} dev eth0 && ip -n {end} link set eth0 up");
}
