using System.Net;
using Weft.Analytics.Fields;
using Weft.Flows;

namespace Weft.Tests.Flows.Rest;

/// <summary>What happened in a small shop lately: the records that the documented questions are asked of.</summary>
static class ShopFlows
{
    internal static IReadOnlyList<FlowRecord> Records =>
    [
        // web-1 opens a connection to db on another node, which both record; it is still open.
        Flow(40, "web-1", "db", 5432, FlowEvent.Opened, 2, 620, 340, rtt: 480),
        Flow(40, "web-1", "db", 5432, FlowEvent.Opened, 2, 620, 340, rtt: 480, observer: FlowObserver.Exit),
        Flow(25, "web-1", "db", 5432, FlowEvent.Continued, 300, 45_000, 2_400_000, rtt: 480),
        Flow(20, "web-2", "db", 5432, FlowEvent.Whole, 40, 9_000, 310_000, rtt: 610, sourcePort: 50210),
        Flow(15, "web-1", "admin", 22, FlowEvent.Whole, 60, 12_000, 18_000, rtt: 900, sourcePort: 50500),
        Flow(30, "web-2", "admin", 22, FlowEvent.Denied, 3, 180, 0, policy: "shop/to-management", rule: 2, sourcePort: 50600),
        Flow(10, "web-2", "admin", 8080, FlowEvent.Denied, 1, 60, 0, policy: "shop/to-management", rule: 2, sourcePort: 50601),
        Flow(35, "probe", "db", 5432, FlowEvent.Denied, 5, 300, 0, policy: "", rule: 0, sourcePort: 50700),
        // Yesterday, and two hours ago.
        Flow(7_500, "web-1", "db", 5432, FlowEvent.Whole, 900, 150_000, 5_000_000, rtt: 520, sourcePort: 50900),
        Flow(60_000, "web-2", "db", 5432, FlowEvent.Whole, 80, 20_000, 700_000, rtt: 700, sourcePort: 50901),
    ];

    static FlowRecord Flow(
        int secondsAgo, string source, string destination, ushort port, FlowEvent kind, ulong packets, ulong bytes, ulong replyBytes,
        uint rtt = 0, FlowObserver observer = FlowObserver.Entry, string policy = "shop/frontend-to-backend", uint rule = 1, ushort sourcePort = 50101)
    {
        var time = FlowTime.Of(RandomFlows.Now.AddSeconds(-secondsAgo));
        var record = new FlowRecord
        {
            Time = time, Start = time - 2 * FlowTime.Second, Last = time, Event = kind, Observer = observer, Protocol = 6, Rule = rule, Policy = policy,
            Flow = (ulong)sourcePort << 16 | port, End = kind == FlowEvent.Whole ? FlowEnd.Finished : FlowEnd.None,
            Verdict = kind == FlowEvent.Denied ? FlowVerdict.Denied : FlowVerdict.Allowed, Reason = kind == FlowEvent.Denied ? "policy" : "",
            Node = observer == FlowObserver.Entry ? "alpha" : "beta", Peer = observer == FlowObserver.Entry ? "beta" : "alpha",
            Connections = kind is FlowEvent.Opened or FlowEvent.Whole && observer == FlowObserver.Entry ? 1u : 0, Closed = kind == FlowEvent.Whole ? 1u : 0,
        };
        Fill(record.Source, source, sourcePort);
        Fill(record.Destination, destination, port);
        (record.Forward.Packets, record.Forward.Bytes, record.Forward.Handshake) = (packets, bytes, rtt);
        // The first connection has a record before its second.
        var before = kind == FlowEvent.Continued ? (Bytes: 620ul, Replies: 340ul) : default;
        (record.Forward.TotalBytes, record.Reply.TotalBytes) = (before.Bytes + bytes, before.Replies + replyBytes);
        (record.Reply.Packets, record.Reply.Bytes, record.Reply.Handshake) = (packets, replyBytes, rtt / 2);
        record.Forward.TcpFlags = (byte)(kind == FlowEvent.Denied ? 0x02 : 0x1a);
        return record;
    }

    static void Fill(FlowEndpoint end, string name, ushort port)
    {
        var (address, network, project, labels) = name switch
        {
            "web-1" => ("10.1.0.5", "frontend", "shop", "web"),
            "web-2" => ("10.1.0.6", "frontend", "shop", "web"),
            "db" => ("10.2.0.9", "backend", "shop", "db"),
            "admin" => ("10.9.0.2", "management", "ops", "admin"),
            _ => ("10.7.0.3", "lab", "lab", "probe"),
        };
        end.Address = FlowAddress.Of(IPAddress.Parse(address));
        (end.Port, end.Name, end.Network, end.Project) = (port, name, network, project);
        end.Labels = FlowLabels.Write([new("app", labels)]);
        end.Node = name is "db" or "admin" ? "beta" : "alpha";
    }
}
