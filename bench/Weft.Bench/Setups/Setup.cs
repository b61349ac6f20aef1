namespace Weft.Bench.Setups;

enum Placement
{
    SameHost,
    CrossHost,

    /// <summary>A client outside, a container on a host.</summary>
    FromOutside,

    /// <summary>A client outside, two who serve, on two hosts.</summary>
    Balanced,

    /// <summary>The same, by a proxy that reads HTTP.</summary>
    Proxied,
}

/// <summary>Two ends joined by some network. Loads enter the ends' network namespaces.</summary>
/// <param name="Client">A path that nsenter --net takes.</param>
/// <param name="Server">Likewise.</param>
/// <param name="ServerAddress">What the client connects to.</param>
sealed record Ends(string Client, string Server, string ServerAddress)
{
    /// <summary>More who serve the same.</summary>
    public IReadOnlyList<string> OtherServers { get; init; } = [];
}

/// <summary>
/// One way to join two ends, made with the tools that its users use. All set-ups are up at once, so that
/// rounds interleave and a slow minute of the machine hits all of them alike.
/// </summary>
abstract class Setup(string name, Placement placement, bool isLimit = false)
{
    public string Name => name;

    public Placement Placement => placement;

    /// <summary>What the others are measured against.</summary>
    public bool IsLimit => isLimit;

    public abstract Ends Up();

    public abstract void Down();

    protected static string Netns(string name) => $"/run/netns/{name}";

    protected static void DeleteNetns(params string[] names)
    {
        foreach (var name in names)
            Shell.Try($"ip netns del {name}");
    }

    protected static void AddNetns(params string[] names)
    {
        foreach (var name in names)
            Shell.Run($"ip netns add {name} && ip -n {name} link set lo up");
    }

    /// <summary>A veth pair from bridge br0 of one namespace to another one.</summary>
    protected static void AddBridgePort(string host, string end, string name, string address, int mtu) =>
        Shell.Run(
            $"ip link add {name} netns {host} mtu {mtu} type veth peer name eth0 netns {end} mtu {mtu}"
            + $" && ip -n {host} link set {name} master br0 up"
            + $" && ip -n {end} addr add {address} dev eth0 && ip -n {end} link set eth0 up");

    protected static string AddressOf(string netns, string device) =>
        Shell.Run($"nsenter --net={netns} ip -4 -br addr show dev {device} | awk '{{ split($3, a, \"/\"); print a[1] }}'").Trim();
}
