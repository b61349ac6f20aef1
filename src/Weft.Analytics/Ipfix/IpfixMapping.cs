using static Weft.Analytics.Ipfix.IpfixElements;
using static Weft.Analytics.Ipfix.IpfixValues;

namespace Weft.Analytics.Ipfix;

/// <summary>
/// Which elements say what the fields of a record say: the one list from which templates, records and the reference in the
/// documents follow.
/// </summary>
/// <remarks>
/// The order is that of the templates, and matters to nfdump 1.7.1: it keeps totals and counts since the record before in one
/// place, and reverse elements that it does not know in the place of the forward ones. What comes last stays, so totals come
/// before deltas, and what came back before what went.
/// </remarks>
public static class IpfixMapping
{
    const IpfixShape V6 = IpfixShape.Ipv6, Icmp = IpfixShape.Icmp, Biflow = IpfixShape.Biflow, Translated = IpfixShape.Translated;

    public static IReadOnlyList<IpfixColumn> Columns { get; } =
    [
        new(FlowStartMilliseconds, ["start"], (c, x) => Number(c, x, Milliseconds)) { Note = "in milliseconds" },
        new(FlowEndMilliseconds, ["last"], (c, x) => Number(c, x, Milliseconds)) { Note = "in milliseconds" },
        new(ObservationTimeMicroseconds, ["time"], (c, x) => Number(c, x, Ntp)),
        new(FlowId, ["flow"], Number),
        new(SourceIpv4Address, ["source.address"], Address) { Not = V6 },
        new(DestinationIpv4Address, ["destination.address"], Address) { Not = V6 },
        new(SourceIpv6Address, ["source.address"], Address) { Needs = V6 },
        new(DestinationIpv6Address, ["destination.address"], Address) { Needs = V6 },
        new(ProtocolIdentifier, ["protocol"], Number),
        new(SourceTransportPort, ["source.port"], Number) { Not = Icmp },
        new(DestinationTransportPort, ["destination.port"], Number) { Not = Icmp },
        new(IcmpTypeCodeIpv4, ["icmp.type"], TypeAndCode) { Needs = Icmp, Not = V6, Note = "type × 256; the code is not recorded" },
        new(IcmpTypeCodeIpv6, ["icmp.type"], TypeAndCode) { Needs = Icmp | V6, Note = "type × 256; the code is not recorded" },
        new(OctetTotalCount.Reverse, ["total.reply.bytes"], Number) { Needs = Biflow },
        new(PacketTotalCount.Reverse, ["total.reply.packets"], Number) { Needs = Biflow },
        new(OctetDeltaCount.Reverse, ["reply.bytes"], Number) { Needs = Biflow },
        new(PacketDeltaCount.Reverse, ["reply.packets"], Number) { Needs = Biflow },
        new(TcpControlBits.Reverse, ["reply.tcp.flags"], Number) { Needs = Biflow },
        new(OctetTotalCount, ["total.bytes"], Number),
        new(PacketTotalCount, ["total.packets"], Number),
        new(OctetDeltaCount, ["bytes"], Number),
        new(PacketDeltaCount, ["packets"], Number),
        new(TcpControlBits, ["tcp.flags"], Number),
        new(BiflowDirection, [], Initiator) { Note = "1 initiator; 2 reverse initiator where answers have a record of their own" },
        new(FlowDirection, ["observer"], Number) { Note = "0 ingress is entry, 1 egress is exit" },
        new(FlowEndReason, ["end"], (c, x) => Number(c, x, EndReason)) { Note = "none 2, finished, reset and replaced 3, quiet 1, changed 4" },
        new(ForwardingStatus, ["verdict"], (c, x) => Number(c, x, Status)) { Note = "64 forwarded, 128 dropped" },
        new(FirewallEvent, ["event"], (c, x) => Number(c, x, Firewall)) { Note = "opened 1, continued 5, closed and whole 2, denied 3" },
        new(EgressVrfId, ["vni"], Number),
        new(Layer2SegmentId, ["encapsulation", "vni"], (c, x) => Pair(c, x, Segment)) { Note = "VXLAN and the VNI; 0 when the packets do not cross the fabric" },
        new(PostNatSourceIpv4Address, ["translated.source.address"], (c, x) => AddressOr(c, x, "source.address")) { Needs = Translated, Not = V6 },
        new(PostNatDestinationIpv4Address, ["translated.destination.address"], (c, x) => AddressOr(c, x, "destination.address")) { Needs = Translated, Not = V6 },
        new(PostNatSourceIpv6Address, ["translated.source.address"], (c, x) => AddressOr(c, x, "source.address")) { Needs = Translated | V6 },
        new(PostNatDestinationIpv6Address, ["translated.destination.address"], (c, x) => AddressOr(c, x, "destination.address")) { Needs = Translated | V6 },
        new(PostNaptSourceTransportPort, ["translated.source.port"], (c, x) => PortOr(c, x, "source.port")) { Needs = Translated, Not = Icmp },
        new(PostNaptDestinationTransportPort, ["translated.destination.port"], (c, x) => PortOr(c, x, "destination.port")) { Needs = Translated, Not = Icmp },
        new(WeftElements.Event, ["event"], Number),
        new(WeftElements.End, ["end"], Number),
        new(WeftElements.Direction, ["direction"], Number),
        new(WeftElements.SourceProject, ["source.project"], Text),
        new(WeftElements.SourceNetwork, ["source.network"], Text),
        new(WeftElements.SourceName, ["source.name"], Text),
        new(WeftElements.SourceLabels, ["source.labels"], Labels) { Note = "key=value, with commas between them" },
        new(WeftElements.SourceNode, ["source.node"], Text),
        new(WeftElements.DestinationProject, ["destination.project"], Text),
        new(WeftElements.DestinationNetwork, ["destination.network"], Text),
        new(WeftElements.DestinationName, ["destination.name"], Text),
        new(WeftElements.DestinationLabels, ["destination.labels"], Labels) { Note = "key=value, with commas between them" },
        new(WeftElements.DestinationNode, ["destination.node"], Text),
        new(WeftElements.FloatingIp, ["floatingIp"], Text),
        new(WeftElements.LoadBalancer, ["loadBalancer"], Text),
        new(WeftElements.Listener, ["listener"], Text),
        new(WeftElements.Connections, ["connections"], Once),
        new(WeftElements.Closed, ["closed"], Once),
        new(WeftElements.RoundTripTime, ["rtt"], Number),
        new(WeftElements.ReplyRoundTripTime, ["reply.rtt"], Number),
        new(WeftElements.Reason, ["reason"], Text),
        new(WeftElements.Policy, ["policy"], Text),
        new(WeftElements.Group, ["group"], Text),
        new(WeftElements.Rule, ["rule"], Number),
        new(WeftElements.Lumped, ["lumped"], (c, x) => Number(c, x, value => value == 0 ? 2u : 1u)) { Note = "1 true, 2 false" },
        new(WeftElements.Peer, ["peer"], Text),
        new(WeftElements.ClockOffset, ["clock.offset"], Number),
        new(WeftElements.IcmpIdentifier, ["source.port"], Identifier) { Needs = Icmp },
    ];

    /// <summary>Fields that are not an element of a record, and how they are told instead.</summary>
    public static IReadOnlyDictionary<string, string> Elsewhere { get; } = new Dictionary<string, string>
    {
        ["node"] = "the observation domain of the message: the node's number; observationDomainName says its name",
    };

    /// <summary>An echo's identifier stands where the opener's port does, whichever way is told.</summary>
    static IpfixValue Identifier(FlowColumns columns, IpfixColumn column) =>
        columns.Mirrored ? Number(columns, new(column.Element, ["destination.port"], Number)) : Number(columns, column);

    static IpfixValue Initiator(FlowColumns columns, IpfixColumn _)
    {
        var direction = (byte)(columns.Mirrored ? 2 : 1);
        return (int _, ref IpfixWriter writer) => writer.UInt8(direction);
    }

    static IpfixValue TypeAndCode(FlowColumns columns, IpfixColumn column) =>
        Number(columns, column, type => (columns.Mirrored ? Answer(type) : type) << 8);

    /// <summary>RFC 792, RFC 4443: echo replies.</summary>
    static ulong Answer(ulong type) => type switch { 8 => 0, 128 => 129, _ => type };

    static ulong EndReason(ulong end) => end switch { 0 => 2, 3 => 1, 5 => 4, _ => 3 };

    static ulong Status(ulong verdict) => verdict == 0 ? 64u : 128u;

    static ulong Firewall(ulong @event) => @event switch { 0 => 1, 1 => 5, 4 => 3, _ => 2 };

    /// <summary>The first byte is the encapsulation: 1 is VXLAN.</summary>
    static ulong Segment(ulong encapsulation, ulong vni) => encapsulation == 1 ? 1ul << 56 | vni : 0;
}
