using System.Collections.Frozen;
using Apache.Arrow;
using static Weft.Flows.FlowMeaning;
using static Weft.Flows.FlowRollUp;

namespace Weft.Flows;

/// <summary>
/// The fields of a flow record: the one list from which batches, tables, queries, the API, exports and the reference in
/// the documents follow. New fields go last: a batch without them is of an older agent, and they are zero or empty in it.
/// </summary>
public static class FlowSchema
{
    /// <summary>Shown, and written with each table and batch; changes when a field is added.</summary>
    public const int Version = 1;

    static readonly string[] s_events = ["opened", "continued", "closed", "whole", "denied"];
    static readonly string[] s_ends = ["none", "finished", "reset", "quiet", "replaced", "changed"];

    public static IReadOnlyList<FlowField> Fields { get; } =
    [
        Time("time", "When it was recorded: the end of what the counts cover.", r => r.Time),
        Time("start", "When the connection was opened, or the first of the packets was denied.", r => r.Start),
        Time("last", "When its last packet passed, either way.", r => r.Last),
        Number("flow", Id, None, "What all nodes that see the connection call it.", r => r.Flow),
        Names("event", None, "What is recorded: the beginning, a part, the end, all of a connection; or denied packets.", s_events, r => (byte)r.Event),
        Names("end", None, "Why the connection ended: FIN both ways, a reset, silence, a new one on its ports, a change of what led it.", s_ends, r => (byte)r.End),
        Text("node", Key, "The node that recorded it.", r => r.Node),
        Names("observer", Key, "entry: the opener's packets come to the overlay at this node. exit: they came from another node. A connection across nodes is recorded by both.", ["entry", "exit"], r => (byte)r.Observer),
        Names("direction", Key, "internal: between ports. outbound, inbound: to or from the outside. service: to a service of the agent, such as names.", ["internal", "outbound", "inbound", "service"], r => (byte)r.Direction),
        Number("protocol", Protocol, Key, "IP protocol, by name or number.", r => r.Protocol),
        Number("icmp.type", Plain, None, "Of ICMP: the type of the first packet.", r => r.IcmpType),
        .. Endpoint("source", None, "opener", r => r.Source),
        .. Endpoint("destination", Key, "asked side", r => r.Destination),
        Address("translated.source.address", None, "What the opener is beyond the translation: a floating IP, an egress address. Empty: not translated.", r => r.TranslatedSource.Address),
        Number("translated.source.port", Plain, None, "Its port there.", r => r.TranslatedSource.Port),
        Address("translated.destination.address", None, "What was really asked, behind a floating IP, virtual IP or published port. Empty: not translated.", r => r.TranslatedDestination.Address),
        Number("translated.destination.port", Plain, None, "Its port there.", r => r.TranslatedDestination.Port),
        Text("floatingIp", Key, "Name of the floating IP that was asked, or left by.", r => r.FloatingIp),
        Text("loadBalancer", Key, "Name of the load balancer that chose.", r => r.LoadBalancer),
        Text("listener", Key, "Its listener.", r => r.Listener),
        Number("connections", Plain, Sum, "1 in the first record of a connection, else 0: their sum counts connections.", r => r.Connections),
        Number("closed", Plain, Sum, "1 in the last record of a connection, else 0.", r => r.Closed),
        Number("packets", Plain, Sum, "Packets of the opener, or denied, since the record before.", r => r.Forward.Packets),
        Number("bytes", Bytes, Sum, "Their bytes, of L3.", r => r.Forward.Bytes),
        Number("reply.packets", Plain, Sum, "Packets of answers since the record before.", r => r.Reply.Packets),
        Number("reply.bytes", Bytes, Sum, "Their bytes, of L3.", r => r.Reply.Bytes),
        Number("total.packets", Plain, None, "Packets of the opener in all.", r => r.Forward.TotalPackets),
        Number("total.bytes", Bytes, None, "Bytes of the opener in all.", r => r.Forward.TotalBytes),
        Number("total.reply.packets", Plain, None, "Packets of answers in all.", r => r.Reply.TotalPackets),
        Number("total.reply.bytes", Bytes, None, "Bytes of answers in all.", r => r.Reply.TotalBytes),
        Number("tcp.flags", TcpFlags, None, "TCP flags that the opener has sent.", r => r.Forward.TcpFlags),
        Number("reply.tcp.flags", TcpFlags, None, "TCP flags of answers.", r => r.Reply.TcpFlags),
        Number("rtt", Microseconds, None, "From SYN to the opener's first ACK, as the node saw it: one round trip between the two ends. 0: not seen.", r => r.Forward.Handshake),
        Number("reply.rtt", Microseconds, None, "From SYN to SYN-ACK: the round trip between the node and the asked side. 0: not seen.", r => r.Reply.Handshake),
        Names("verdict", Key, "allowed or denied.", ["allowed", "denied"], r => (byte)r.Verdict),
        Text("reason", Key, "Why it was denied.", r => r.Reason),
        Text("policy", Key, "Project and name of the policy that decided.", r => r.Policy),
        Text("group", Key, "Project and name of the security group that decided.", r => r.Group),
        Number("rule", Plain, Key, "Number of its rule. 0: no rule was asked, or none fitted.", r => r.Rule),
        Flag("lumped", "Too many destinations were denied to keep them apart: destination and ports are left out.", r => r.Lumped),
        Text("peer", Key, "The node at the other end of the fabric, when the packets cross it.", r => r.Peer),
        Names("encapsulation", Key, "How they cross it.", ["none", "vxlan"], r => (byte)r.Encapsulation),
        Number("vni", Plain, None, "Network identifier on the wire: the destination's network.", r => r.Vni),
        Number("clock.offset", Milliseconds, None, "What was added to the node's times, because its clock differs from the server's.", r => r.ClockOffset),
    ];

    static readonly FrozenDictionary<string, FlowField> s_byName = Fields.ToFrozenDictionary(field => field.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Of batches: a column for each field, none of them nullable.</summary>
    public static Schema Arrow { get; } = new(
        Fields.Select(field => new Field(field.Column, field.ArrowType, nullable: false)),
        [new("weft.flows", Version.ToString(System.Globalization.CultureInfo.InvariantCulture))]);

    /// <summary>Null: there is none of that name. Case does not count.</summary>
    public static FlowField? Find(string name) => s_byName.GetValueOrDefault(name);

    static FlowField[] Endpoint(string side, FlowRollUp port, string who, Func<FlowRecord, FlowEndpoint> read) =>
    [
        Address($"{side}.address", Key, $"Address of the {who}, as it was written into the packet.", r => read(r).Address),
        Number($"{side}.port", Plain, port, $"Port of the {who}; of ICMP echo, the identifier.", r => read(r).Port),
        Text($"{side}.project", Key, $"Project of the {who}'s port. Empty: it is outside.", r => read(r).Project),
        Text($"{side}.network", Key, $"Network, or external network, of the {who}.", r => read(r).Network),
        Text($"{side}.name", Key, $"Name of the {who}'s port; behind a load balancer, the member's.", r => read(r).Name),
        Labels($"{side}.labels", $"Labels of the {who}'s port; {side}.labels.KEY is one of them.", r => read(r).Labels),
        Text($"{side}.node", Key, $"The node that the {who}'s port is on.", r => read(r).Node),
    ];

    static NumberField<long> Time(string name, string about, Func<FlowRecord, long> read) => new(name, FlowType.Time, Plain, None, about, [], read);

    static NumberField<byte> Names(string name, FlowRollUp rollUp, string about, string[] names, Func<FlowRecord, byte> read) =>
        new(name, FlowType.UInt8, FlowMeaning.Names, rollUp, about, names, read);

    static NumberField<byte> Flag(string name, string about, Func<FlowRecord, bool> read) =>
        new(name, FlowType.UInt8, FlowMeaning.Flag, None, about, [], r => read(r) ? (byte)1 : (byte)0);

    static NumberField<byte> Number(string name, FlowMeaning meaning, FlowRollUp rollUp, string about, Func<FlowRecord, byte> read) =>
        new(name, FlowType.UInt8, meaning, rollUp, about, [], read);

    static NumberField<ushort> Number(string name, FlowMeaning meaning, FlowRollUp rollUp, string about, Func<FlowRecord, ushort> read) =>
        new(name, FlowType.UInt16, meaning, rollUp, about, [], read);

    static NumberField<uint> Number(string name, FlowMeaning meaning, FlowRollUp rollUp, string about, Func<FlowRecord, uint> read) =>
        new(name, FlowType.UInt32, meaning, rollUp, about, [], read);

    static NumberField<ulong> Number(string name, FlowMeaning meaning, FlowRollUp rollUp, string about, Func<FlowRecord, ulong> read) =>
        new(name, FlowType.UInt64, meaning, rollUp, about, [], read);

    static NumberField<int> Number(string name, FlowMeaning meaning, FlowRollUp rollUp, string about, Func<FlowRecord, int> read) =>
        new(name, FlowType.Int32, meaning, rollUp, about, [], read);

    static AddressField Address(string name, FlowRollUp rollUp, string about, Func<FlowRecord, UInt128> read) => new(name, rollUp, about, read);

    static TextField Text(string name, FlowRollUp rollUp, string about, Func<FlowRecord, string> read) => new(name, Plain, rollUp, about, read);

    static TextField Labels(string name, string about, Func<FlowRecord, string> read) => new(name, FlowMeaning.Labels, Key, about, read);
}
