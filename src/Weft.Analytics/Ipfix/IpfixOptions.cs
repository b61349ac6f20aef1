using System.Text;
using static Weft.Analytics.Ipfix.IpfixElements;

namespace Weft.Analytics.Ipfix;

/// <summary>What was sent to a collector, and what was not.</summary>
public readonly record struct IpfixTotals(
    ulong Messages, ulong Records, ulong Octets, ulong NotSentRecords, ulong NotSentPackets, ulong NotSentOctets);

/// <summary>Options templates and their records: the elements of our own, statistics, and names of observation domains.</summary>
static class IpfixOptions
{
    const ushort TemplateSet = 3;

    /// <summary>RFC 5610 section 3.9.</summary>
    static readonly OptionsTemplate s_types = new(512, scopes: 2,
        PrivateEnterpriseNumber, InformationElementId,
        InformationElementDataType, InformationElementSemantics, InformationElementUnits, InformationElementName, InformationElementDescription);

    /// <summary>RFC 7011 section 4.3, and what was sent.</summary>
    static readonly OptionsTemplate s_statistics = new(513, scopes: 1,
        ExportingProcessId,
        ExportedMessageTotalCount, ExportedFlowRecordTotalCount, ExportedOctetTotalCount,
        NotSentFlowTotalCount, NotSentPacketTotalCount, NotSentOctetTotalCount);

    static readonly OptionsTemplate s_domains = new(514, scopes: 1, ObservationDomainId, ObservationDomainName);

    /// <summary>Sets and what goes into them.</summary>
    public static IEnumerable<(ushort SetId, IpfixPart Part)> Parts(
        IpfixFormat format, IEnumerable<KeyValuePair<uint, string>> domains, IpfixTotals totals)
    {
        yield return (TemplateSet, s_statistics.Write);
        yield return (s_statistics.Id, (ref IpfixWriter writer) => Statistics(ref writer, totals));
        yield return (TemplateSet, s_domains.Write);
        foreach (var (number, name) in domains)
        {
            yield return (s_domains.Id, (ref IpfixWriter writer) =>
            {
                writer.UInt32(number);
                writer.Text(Encoding.UTF8.GetBytes(name));
            });
        }
        if (format.Enterprise == 0)
            yield break;
        yield return (TemplateSet, s_types.Write);
        foreach (var element in WeftElements.All)
            yield return (s_types.Id, (ref IpfixWriter writer) => Type(ref writer, element, format.Enterprise));
    }

    static void Statistics(ref IpfixWriter writer, IpfixTotals totals)
    {
        writer.UInt32((uint)Environment.ProcessId);
        writer.UInt64(totals.Messages);
        writer.UInt64(totals.Records);
        writer.UInt64(totals.Octets);
        writer.UInt64(totals.NotSentRecords);
        writer.UInt64(totals.NotSentPackets);
        writer.UInt64(totals.NotSentOctets);
    }

    static void Type(ref IpfixWriter writer, IpfixElement element, uint enterprise)
    {
        writer.UInt32(enterprise);
        writer.UInt16(element.Id);
        writer.UInt8((byte)element.Type);
        writer.UInt8((byte)element.Semantics);
        writer.UInt16((ushort)element.Units);
        writer.Text(Encoding.UTF8.GetBytes(element.Name));
        writer.Text(Encoding.UTF8.GetBytes(element.About));
    }
}

/// <summary>RFC 7011 section 3.4.2.2.</summary>
sealed class OptionsTemplate(ushort id, ushort scopes, params IpfixElement[] elements)
{
    public ushort Id => id;

    public void Write(ref IpfixWriter writer)
    {
        writer.UInt16(id);
        writer.UInt16((ushort)elements.Length);
        writer.UInt16(scopes);
        foreach (var element in elements)
            writer.Specifier(element, enterprise: 0);
    }
}
