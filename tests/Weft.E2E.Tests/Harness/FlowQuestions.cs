using System.Globalization;
using System.Text.Json;

namespace Weft.E2E.Tests.Harness;

/// <summary>What the record of flows says, asked as a person would.</summary>
static class FlowQuestions
{
    /// <summary>Rows of <c>weft flows</c>.</summary>
    internal static async Task<List<JsonElement>> FlowsAsync(this TestHost host, params string[] options)
    {
        var text = await host.WeftAsync(["flows", "--since", "1h", "-o", "ndjson", .. options]);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }

    /// <summary>Sums over all that the filter is true of, in the order asked for.</summary>
    internal static async Task<long[]> SumsAsync(this TestHost host, string filter, params string[] fields)
    {
        var aggregates = fields.Select(field => $"sum({field})").ToArray();
        var rows = await host.FlowsAsync("--where", filter, "--aggregate", string.Join(',', aggregates));
        return [.. aggregates.Select(aggregate => rows.Sum(row => row.GetProperty(aggregate).GetInt64()))];
    }

    internal static string Text(this JsonElement row, string field) => row.GetProperty(field).ToString();

    internal static long Number(this JsonElement row, string field) => row.GetProperty(field).GetInt64();

    /// <summary>What a node could not tell, in all places.</summary>
    /// <param name="unit"><c>packets</c> or <c>bytes</c>.</param>
    internal static async Task<long> LostAsync(this TestHost host, string node, string unit)
    {
        var status = (await host.TryAsync("weft", "flows", "status", "-o", "json")).Output; // ends with 1 when something was lost
        using var document = JsonDocument.Parse(status);
        return document.RootElement.GetProperty("nodes").EnumerateArray().Where(entry => entry.Text("name") == node)
            .SelectMany(entry => entry.GetProperty("losses").EnumerateObject())
            .Where(loss => loss.Name.EndsWith("." + unit, StringComparison.Ordinal)).Sum(loss => loss.Value.GetInt64());
    }
}

/// <summary>What an interface has carried of IPv4, bytes without the Ethernet header as flow records have them.</summary>
readonly record struct Carried(long SentPackets, long SentBytes, long ReceivedPackets, long ReceivedBytes)
{
    const int EthernetHeader = 14;

    public static Carried operator -(Carried one, Carried other) => new(
        one.SentPackets - other.SentPackets, one.SentBytes - other.SentBytes,
        one.ReceivedPackets - other.ReceivedPackets, one.ReceivedBytes - other.ReceivedBytes);

    /// <summary>Counts of ARP and IPv6, which are no flows of this test, from now on.</summary>
    internal static Task CountOthersAsync(TestHost host, string container) => host.RunAsync("sh", "-ec", $$$"""
        cd /; in="nsenter -n -t $(docker inspect -f '{{.State.Pid}}' {{{container}}})"
        $in tc qdisc add dev eth0 clsact
        for way in ingress egress; do
          $in tc filter add dev eth0 $way prio 1 protocol arp matchall action gact ok
          $in tc filter add dev eth0 $way prio 2 protocol ipv6 matchall action gact ok
        done
        """);

    /// <summary>The interface's own counters, less what <see cref="CountOthersAsync"/> counts.</summary>
    internal static async Task<Carried> OfAsync(TestHost host, string container)
    {
        var text = await host.RunAsync("sh", "-ec", $$$"""
            in="nsenter -n -t $(docker inspect -f '{{.State.Pid}}' {{{container}}})"
            docker exec {{{container}}} sh -c 'cd /sys/class/net/eth0/statistics; cat tx_packets tx_bytes rx_packets rx_bytes' | tr '\n' ' '
            for way in egress ingress; do
              $in tc -s filter show dev eth0 $way | awk '$1 == "Sent" { b += $2; p += $4 } END { printf "%d %d ", p, b }'
            done
            """);
        var n = text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => long.Parse(word, CultureInfo.InvariantCulture)).ToArray();
        var (sent, received) = (n[0] - n[4], n[2] - n[6]);
        // At ingress tc is given the packet without its Ethernet header.
        return new(
            sent, n[1] - n[5] - sent * EthernetHeader, received, n[3] - n[2] * EthernetHeader - n[7]);
    }
}
