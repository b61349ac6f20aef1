using System.Globalization;

namespace Weft.E2E.Tests.Harness;

/// <summary>What went both ways between a container and its network, bytes without the Ethernet header as flow records have them.</summary>
readonly record struct Carried(long SentPackets, long SentBytes, long ReceivedPackets, long ReceivedBytes)
{
    const int EthernetHeader = 14;

    internal long Packets => SentPackets + ReceivedPackets;

    internal long Bytes => SentBytes + ReceivedBytes;

    public static Carried operator -(Carried one, Carried other) => new(
        one.SentPackets - other.SentPackets, one.SentBytes - other.SentBytes,
        one.ReceivedPackets - other.ReceivedPackets, one.ReceivedBytes - other.ReceivedBytes);

    /// <summary>
    /// From now on the container's interface carries flows alone, and packets as they are on the wire: its neighbours are
    /// known for ever, so nobody asks by ARP, and nothing is merged or left to be cut by who takes it.
    /// </summary>
    /// <remarks>Agents switch IPv6 off in a network without it, so it has no neighbour discovery either.</remarks>
    internal static async Task PlainlyAsync(TestHost host, string container)
    {
        await host.RunAsync("sh", "-ec", $$$"""
            in="nsenter -n -t $(docker inspect -f '{{.State.Pid}}' {{{container}}})"
            test "$($in sysctl -n net.ipv6.conf.eth0.disable_ipv6)" = 1
            gateway=$($in ip route show default | awk '{ print $3; exit }')
            $in ping -c 1 -W 5 "$gateway" > /dev/null
            mac=$($in ip neigh show "$gateway" dev eth0 | awk '{ print $3 }')
            $in ip neigh replace "$gateway" lladdr "$mac" dev eth0 nud permanent
            $in ethtool -K eth0 tso off gso off gro off
            peer=$(docker exec {{{container}}} cat /sys/class/net/eth0/iflink)
            for link in $(ip -o link | awk -F '[:@ ]+' -v peer="$peer" '$1 == peer { print $2 }') fabric0 $(ip -o link show type vxlan | awk -F '[:@ ]+' '{ print $2 }'); do
              ethtool -K "$link" tso off gso off gro off
            done
            """);
    }

    /// <summary>The interface's own counters.</summary>
    internal static async Task<Carried> OfAsync(TestHost host, string container)
    {
        var text = await host.InContainerAsync(container, "sh", "-c", "cd /sys/class/net/eth0/statistics; cat tx_packets tx_bytes rx_packets rx_bytes");
        var n = text.Split('\n').Select(line => long.Parse(line, CultureInfo.InvariantCulture)).ToArray();
        return new(n[0], n[1] - n[0] * EthernetHeader, n[2], n[3] - n[2] * EthernetHeader);
    }

    /// <summary>What the container's own node has on record of it.</summary>
    internal static async Task<Carried> OnRecordAsync(TestHost asked, TestHost host, string container)
    {
        var here = $"node = {host.Name} and observer in (entry, exit)";
        var opened = await asked.SumsAsync($"{here} and source.name = {container}", "packets", "bytes", "reply.packets", "reply.bytes");
        // What was denied on its way to a container has not reached it.
        var answered = await asked.SumsAsync(
            $"{here} and destination.name = {container} and verdict = allowed", "reply.packets", "reply.bytes", "packets", "bytes");
        return new(opened[0] + answered[0], opened[1] + answered[1], opened[2] + answered[2], opened[3] + answered[3]);
    }
}
