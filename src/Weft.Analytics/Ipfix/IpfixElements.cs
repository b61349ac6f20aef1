using static Weft.Analytics.Ipfix.IpfixSemantics;
using static Weft.Analytics.Ipfix.IpfixSpace;

namespace Weft.Analytics.Ipfix;

/// <summary>
/// Elements of IANA's registry that are exported, by the names and numbers that they have there. Some are sent shorter than
/// they are registered: RFC 7011 section 6.2.
/// </summary>
public static class IpfixElements
{
    public static readonly IpfixElement OctetDeltaCount = new(Iana, 1, "octetDeltaCount", IpfixType.UInt64, 8, DeltaCounter, IpfixUnits.Octets);
    public static readonly IpfixElement PacketDeltaCount = new(Iana, 2, "packetDeltaCount", IpfixType.UInt64, 8, DeltaCounter, IpfixUnits.Packets);
    public static readonly IpfixElement ProtocolIdentifier = new(Iana, 4, "protocolIdentifier", IpfixType.UInt8, 1, Identifier);
    // pmacct takes flags of one byte alone; the others are not those of TCP's.
    public static readonly IpfixElement TcpControlBits = new(Iana, 6, "tcpControlBits", IpfixType.UInt16, 1, Flags);
    public static readonly IpfixElement SourceTransportPort = new(Iana, 7, "sourceTransportPort", IpfixType.UInt16, 2, Identifier);
    public static readonly IpfixElement SourceIpv4Address = new(Iana, 8, "sourceIPv4Address", IpfixType.Ipv4Address, 4);
    public static readonly IpfixElement DestinationTransportPort = new(Iana, 11, "destinationTransportPort", IpfixType.UInt16, 2, Identifier);
    public static readonly IpfixElement DestinationIpv4Address = new(Iana, 12, "destinationIPv4Address", IpfixType.Ipv4Address, 4);
    public static readonly IpfixElement SourceIpv6Address = new(Iana, 27, "sourceIPv6Address", IpfixType.Ipv6Address, 16);
    public static readonly IpfixElement DestinationIpv6Address = new(Iana, 28, "destinationIPv6Address", IpfixType.Ipv6Address, 16);
    public static readonly IpfixElement IcmpTypeCodeIpv4 = new(Iana, 32, "icmpTypeCodeIPv4", IpfixType.UInt16, 2, Identifier);
    public static readonly IpfixElement ExportedOctetTotalCount = new(Iana, 40, "exportedOctetTotalCount", IpfixType.UInt64, 8, TotalCounter, IpfixUnits.Octets);
    public static readonly IpfixElement ExportedMessageTotalCount = new(Iana, 41, "exportedMessageTotalCount", IpfixType.UInt64, 8, TotalCounter, IpfixUnits.Messages);
    public static readonly IpfixElement ExportedFlowRecordTotalCount = new(Iana, 42, "exportedFlowRecordTotalCount", IpfixType.UInt64, 8, TotalCounter, IpfixUnits.Flows);
    public static readonly IpfixElement FlowDirection = new(Iana, 61, "flowDirection", IpfixType.UInt8, 1, Identifier);
    public static readonly IpfixElement OctetTotalCount = new(Iana, 85, "octetTotalCount", IpfixType.UInt64, 8, TotalCounter, IpfixUnits.Octets);
    public static readonly IpfixElement PacketTotalCount = new(Iana, 86, "packetTotalCount", IpfixType.UInt64, 8, TotalCounter, IpfixUnits.Packets);
    public static readonly IpfixElement ForwardingStatus = new(Iana, 89, "forwardingStatus", IpfixType.UInt8, 1, Identifier);
    public static readonly IpfixElement FlowEndReason = new(Iana, 136, "flowEndReason", IpfixType.UInt8, 1, Identifier);
    public static readonly IpfixElement IcmpTypeCodeIpv6 = new(Iana, 139, "icmpTypeCodeIPv6", IpfixType.UInt16, 2, Identifier);
    public static readonly IpfixElement ExportingProcessId = new(Iana, 144, "exportingProcessId", IpfixType.UInt32, 4, Identifier);
    public static readonly IpfixElement FlowId = new(Iana, 148, "flowId", IpfixType.UInt64, 8, Identifier);
    public static readonly IpfixElement ObservationDomainId = new(Iana, 149, "observationDomainId", IpfixType.UInt32, 4, Identifier);
    public static readonly IpfixElement FlowStartMilliseconds = new(Iana, 152, "flowStartMilliseconds", IpfixType.Milliseconds, 8, Default, IpfixUnits.Milliseconds);
    public static readonly IpfixElement FlowEndMilliseconds = new(Iana, 153, "flowEndMilliseconds", IpfixType.Milliseconds, 8, Default, IpfixUnits.Milliseconds);
    public static readonly IpfixElement NotSentFlowTotalCount = new(Iana, 165, "notSentFlowTotalCount", IpfixType.UInt64, 8, TotalCounter, IpfixUnits.Flows);
    public static readonly IpfixElement NotSentPacketTotalCount = new(Iana, 166, "notSentPacketTotalCount", IpfixType.UInt64, 8, TotalCounter, IpfixUnits.Packets);
    public static readonly IpfixElement NotSentOctetTotalCount = new(Iana, 167, "notSentOctetTotalCount", IpfixType.UInt64, 8, TotalCounter, IpfixUnits.Octets);
    public static readonly IpfixElement PostNatSourceIpv4Address = new(Iana, 225, "postNATSourceIPv4Address", IpfixType.Ipv4Address, 4);
    public static readonly IpfixElement PostNatDestinationIpv4Address = new(Iana, 226, "postNATDestinationIPv4Address", IpfixType.Ipv4Address, 4);
    public static readonly IpfixElement PostNaptSourceTransportPort = new(Iana, 227, "postNAPTSourceTransportPort", IpfixType.UInt16, 2, Identifier);
    public static readonly IpfixElement PostNaptDestinationTransportPort = new(Iana, 228, "postNAPTDestinationTransportPort", IpfixType.UInt16, 2, Identifier);
    public static readonly IpfixElement FirewallEvent = new(Iana, 233, "firewallEvent", IpfixType.UInt8, 1, Identifier);
    public static readonly IpfixElement EgressVrfId = new(Iana, 235, "egressVRFID", IpfixType.UInt32, 4, Identifier);
    public static readonly IpfixElement BiflowDirection = new(Iana, 239, "biflowDirection", IpfixType.UInt8, 1, Identifier);
    public static readonly IpfixElement PostNatSourceIpv6Address = new(Iana, 281, "postNATSourceIPv6Address", IpfixType.Ipv6Address, 16);
    public static readonly IpfixElement PostNatDestinationIpv6Address = new(Iana, 282, "postNATDestinationIPv6Address", IpfixType.Ipv6Address, 16);
    public static readonly IpfixElement ObservationDomainName = new(Iana, 300, "observationDomainName", IpfixType.Text, IpfixElement.Variable);
    public static readonly IpfixElement InformationElementId = new(Iana, 303, "informationElementId", IpfixType.UInt16, 2, Identifier);
    public static readonly IpfixElement ObservationTimeMicroseconds = new(Iana, 324, "observationTimeMicroseconds", IpfixType.Microseconds, 8, Default, IpfixUnits.Microseconds);
    public static readonly IpfixElement InformationElementDataType = new(Iana, 339, "informationElementDataType", IpfixType.UInt8, 1);
    public static readonly IpfixElement InformationElementDescription = new(Iana, 340, "informationElementDescription", IpfixType.Text, IpfixElement.Variable);
    public static readonly IpfixElement InformationElementName = new(Iana, 341, "informationElementName", IpfixType.Text, IpfixElement.Variable);
    public static readonly IpfixElement InformationElementSemantics = new(Iana, 344, "informationElementSemantics", IpfixType.UInt8, 1);
    public static readonly IpfixElement InformationElementUnits = new(Iana, 345, "informationElementUnits", IpfixType.UInt16, 2);
    public static readonly IpfixElement PrivateEnterpriseNumber = new(Iana, 346, "privateEnterpriseNumber", IpfixType.UInt32, 4, Identifier);
    public static readonly IpfixElement Layer2SegmentId = new(Iana, 351, "layer2SegmentId", IpfixType.UInt64, 8, Identifier);
}
