namespace Weft.Analytics.Ipfix;

/// <summary>How the export to a collector goes.</summary>
/// <param name="Waiting">Records that are not sent yet.</param>
/// <param name="Trimmed">Records whose texts were cut to fit into a message.</param>
/// <param name="Failures">Times that it could not be reached, or broke a connection.</param>
public sealed record IpfixState(string Collector, bool Connected, IpfixTotals Totals, long Waiting, long Trimmed, long Failures);

/// <summary>Written by one session, read by whoever asks.</summary>
sealed class IpfixCounters
{
    readonly Lock _lock = new();
    IpfixTotals _totals;
    internal long Failures;

    public IpfixTotals Read()
    {
        lock (_lock)
            return _totals;
    }

    public void Sent(IpfixPacket packet)
    {
        lock (_lock)
        {
            _totals = _totals with
            {
                Messages = _totals.Messages + 1,
                Records = _totals.Records + packet.Records,
                Octets = _totals.Octets + (ulong)packet.Bytes.Length,
            };
        }
    }

    public void NotSent(IpfixPacket packet) => NotSent(packet.Records, packet.Packets, packet.Octets);

    public void NotSent(IEnumerable<IpfixRow> rows)
    {
        var (records, packets, octets) = (0u, 0ul, 0ul);
        foreach (var counts in rows.Select(row => row.Counts()))
            (records, packets, octets) = (records + 1, packets + counts.Packets, octets + counts.Octets);
        NotSent(records, packets, octets);
    }

    void NotSent(uint records, ulong packets, ulong octets)
    {
        lock (_lock)
        {
            _totals = _totals with
            {
                NotSentRecords = _totals.NotSentRecords + records,
                NotSentPackets = _totals.NotSentPackets + packets,
                NotSentOctets = _totals.NotSentOctets + octets,
            };
        }
    }
}
