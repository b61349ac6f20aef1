namespace Weft.Bench.Setups;

/// <summary>A veth pair and nothing else: the limit of one host; between two hosts, of the fabric.</summary>
sealed class Bare(Placement placement)
    : Setup(placement == Placement.SameHost ? "bare veth" : "bare fabric", placement, isLimit: true)
{
    readonly string prefix = placement == Placement.SameHost ? "wb-bs" : "wb-bc";

    public override Ends Up()
    {
        var (a, b) = ($"{prefix}a", $"{prefix}b");
        AddNetns(a, b);
        Join(a, "eth0", "10.90.0.1/24", b, "eth0", "10.90.0.2/24");
        return new(Netns(a), Netns(b), "10.90.0.2");
    }

    public override void Down() => DeleteNetns($"{prefix}a", $"{prefix}b");
}
