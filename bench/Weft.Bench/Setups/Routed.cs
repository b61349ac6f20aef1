namespace Weft.Bench.Setups;

/// <summary>Namespaces behind a host, joined to it by a veth each: what nftables and proxies lead to.</summary>
static class Routed
{
    /// <summary>A namespace at 10.96.<paramref name="number"/>.2, behind the host at .1.</summary>
    /// <returns>Its network namespace.</returns>
    public static string Add(Site site, int host, int number)
    {
        var (netns, name) = (site.HostNetns(host), $"{site.Name}-m{number}");
        Shell.Run($"ip netns add {name} && ip -n {name} link set lo up");
        Shell.Run(
            $"ip link add m{number} netns {Path.GetFileName(netns)} type veth peer name eth0 netns {name}"
            + $" && ip -n {Path.GetFileName(netns)} addr add 10.96.{number}.1/24 dev m{number}"
            + $" && ip -n {Path.GetFileName(netns)} link set m{number} up"
            + $" && ip -n {name} addr add {AddressOf(number)}/24 dev eth0 && ip -n {name} link set eth0 up"
            + $" && ip -n {name} route add default via 10.96.{number}.1");
        site.Exec(host, "sysctl -qw net.ipv4.ip_forward=1");
        return $"/run/netns/{name}";
    }

    public static string AddressOf(int number) => $"10.96.{number}.2";

    public static void Remove(Site site, params int[] numbers)
    {
        foreach (var number in numbers)
            Shell.Try($"ip netns del {site.Name}-m{number}");
    }
}
