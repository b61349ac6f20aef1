using static Weft.Analytics.Ipfix.IpfixSemantics;

namespace Weft.Analytics.Ipfix;

/// <summary>
/// Elements for what no registered one says. Collectors store their numbers: they never change their meaning, and new ones
/// come after the last.
/// </summary>
public static class WeftElements
{
    public static readonly IpfixElement Event = Number(1, "weftEvent", IpfixType.UInt8, 1, Identifier, "0 opened, 1 continued, 2 closed, 3 whole, 4 denied.");
    public static readonly IpfixElement End = Number(2, "weftEnd", IpfixType.UInt8, 1, Identifier, "Why the connection ended: 0 not ended, 1 finished, 2 reset, 3 quiet, 4 replaced, 5 changed.");
    public static readonly IpfixElement Direction = Number(3, "weftDirection", IpfixType.UInt8, 1, Identifier, "0 internal, 1 outbound, 2 inbound, 3 service.");
    public static readonly IpfixElement SourceProject = Text(4, "weftSourceProject", "Project of the source's port.");
    public static readonly IpfixElement SourceNetwork = Text(5, "weftSourceNetwork", "Network of the source.");
    public static readonly IpfixElement SourceName = Text(6, "weftSourceName", "Name of the source's port.");
    public static readonly IpfixElement SourceLabels = Text(7, "weftSourceLabels", "Labels of the source's port: key=value, with commas between them.");
    public static readonly IpfixElement SourceNode = Text(8, "weftSourceNode", "Node of the source's port.");
    public static readonly IpfixElement DestinationProject = Text(9, "weftDestinationProject", "Project of the destination's port.");
    public static readonly IpfixElement DestinationNetwork = Text(10, "weftDestinationNetwork", "Network of the destination.");
    public static readonly IpfixElement DestinationName = Text(11, "weftDestinationName", "Name of the destination's port.");
    public static readonly IpfixElement DestinationLabels = Text(12, "weftDestinationLabels", "Labels of the destination's port: key=value, with commas between them.");
    public static readonly IpfixElement DestinationNode = Text(13, "weftDestinationNode", "Node of the destination's port.");
    public static readonly IpfixElement FloatingIp = Text(14, "weftFloatingIp", "Floating IP that was asked, or left by.");
    public static readonly IpfixElement LoadBalancer = Text(15, "weftLoadBalancer", "Load balancer that chose the member.");
    public static readonly IpfixElement Listener = Text(16, "weftListener", "Listener of the load balancer.");
    public static readonly IpfixElement Connections = Number(17, "weftConnections", IpfixType.UInt32, 4, DeltaCounter, "1 in the first record of a connection, else 0.");
    public static readonly IpfixElement Closed = Number(18, "weftClosed", IpfixType.UInt32, 4, DeltaCounter, "1 in the last record of a connection, else 0.");
    public static readonly IpfixElement RoundTripTime = Number(19, "weftRoundTripTime", IpfixType.UInt32, 4, Quantity, "From SYN to the opener's first ACK: a round trip between the two ends; 0: not seen.") with { Units = IpfixUnits.Microseconds };
    public static readonly IpfixElement ReplyRoundTripTime = Number(20, "weftReplyRoundTripTime", IpfixType.UInt32, 4, Quantity, "From SYN to SYN-ACK: a round trip between the node and the asked side; 0: not seen.") with { Units = IpfixUnits.Microseconds };
    public static readonly IpfixElement Reason = Text(21, "weftReason", "Why packets were denied.");
    public static readonly IpfixElement Policy = Text(22, "weftPolicy", "Project and name of the policy that decided.");
    public static readonly IpfixElement Group = Text(23, "weftGroup", "Project and name of the security group that decided.");
    public static readonly IpfixElement Rule = Number(24, "weftRule", IpfixType.UInt32, 4, Identifier, "Number of the rule that decided; 0: none.");
    public static readonly IpfixElement Lumped = Number(25, "weftLumped", IpfixType.Boolean, 1, Default, "Denied packets to many destinations in one record: destination and ports are left out.");
    public static readonly IpfixElement Peer = Text(26, "weftPeer", "Node at the other end of the fabric.");
    public static readonly IpfixElement ClockOffset = Number(27, "weftClockOffset", IpfixType.Int32, 4, Quantity, "What was added to the node's times.") with { Units = IpfixUnits.Milliseconds };
    public static readonly IpfixElement IcmpIdentifier = Number(28, "weftIcmpIdentifier", IpfixType.UInt16, 2, Identifier, "Identifier of ICMP echo.");

    /// <summary>All of them, in the order of their numbers.</summary>
    public static IReadOnlyList<IpfixElement> All { get; } =
    [
        Event, End, Direction,
        SourceProject, SourceNetwork, SourceName, SourceLabels, SourceNode,
        DestinationProject, DestinationNetwork, DestinationName, DestinationLabels, DestinationNode,
        FloatingIp, LoadBalancer, Listener, Connections, Closed, RoundTripTime, ReplyRoundTripTime,
        Reason, Policy, Group, Rule, Lumped, Peer, ClockOffset, IcmpIdentifier,
    ];

    static IpfixElement Number(ushort id, string name, IpfixType type, ushort length, IpfixSemantics semantics, string about) =>
        new(IpfixSpace.Weft, id, name, type, length, semantics, About: about);

    static IpfixElement Text(ushort id, string name, string about) =>
        new(IpfixSpace.Weft, id, name, IpfixType.Text, IpfixElement.Variable, About: about);
}
