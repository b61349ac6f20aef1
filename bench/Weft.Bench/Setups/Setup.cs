namespace Weft.Bench.Setups;

enum Placement
{
    SameHost,
    CrossHost,
}

/// <summary>Two ends joined by some network. Loads enter the ends' network namespaces.</summary>
/// <param name="Client">A path that nsenter --net takes.</param>
/// <param name="Server">Likewise.</param>
/// <param name="ServerAddress">What the client connects to.</param>
sealed record Ends(string Client, string Server, string ServerAddress);

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

    /// <summary>A veth pair between two namespaces, addressed and up.</summary>
    protected static void Join(string a, string nameA, string addressA, string b, string nameB, string addressB)
    {
        Shell.Run($"ip link add {nameA} netns {a} type veth peer name {nameB} netns {b}");
        Shell.Run($"ip -n {a} addr add {addressA} dev {nameA} && ip -n {a} link set {nameA} up");
        Shell.Run($"ip -n {b} addr add {addressB} dev {nameB} && ip -n {b} link set {nameB} up");
    }
}
