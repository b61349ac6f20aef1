using Apache.Arrow;

namespace Weft.Analytics.Ipfix;

/// <summary>A message of IPFIX.</summary>
/// <param name="Bytes">Valid until the next one is asked for.</param>
/// <param name="Records">Of flows, in it.</param>
/// <param name="Packets">That its records count, both ways.</param>
/// <param name="Octets">Of these packets.</param>
public readonly record struct IpfixPacket(ReadOnlyMemory<byte> Bytes, uint Records, ulong Packets, ulong Octets);

/// <summary>
/// Records as messages of IPFIX (RFC 7011) to one collector over one transport session: templates come before the records
/// that need them, and sequence numbers count records.
/// </summary>
/// <remarks>
/// Each node is an observation domain. What is of none, such as statistics, is told in domain 0; nothing else is, so that
/// collectors that count flows alone find no gaps in the numbers of the others. Not thread-safe.
/// </remarks>
public sealed class IpfixEncoder
{
    const ushort TemplateSet = 2;

    /// <summary>What a record that does not fit into a message does without, one after the other.</summary>
    static readonly (int TextLimit, bool NoLabels)[] s_cuts = [(ushort.MaxValue, false), (ushort.MaxValue, true), (64, true), (16, true), (0, true)];

    readonly IpfixFormat _format;
    readonly TimeProvider _time;
    readonly IpfixTemplates _templates;
    readonly IpfixMessage _message;
    readonly Dictionary<uint, Domain> _domains = [];
    ulong _packets, _octets;

    public IpfixEncoder(IpfixFormat format, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(format.MessageLength, IpfixFormat.LeastMessage);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(format.MessageLength, ushort.MaxValue);
        (_format, _time, _templates, _message) = (format, time, new(format), new(format.MessageLength));
    }

    /// <summary>Records whose texts were cut so that they fit.</summary>
    public long Trimmed { get; private set; }

    /// <summary>The next message is the first one of a new session; may be called between two messages.</summary>
    public void Restart() => _domains.Clear();

    /// <summary>The records of a batch that the collector wants.</summary>
    public IEnumerable<IpfixPacket> Encode(uint domain, RecordBatch batch)
    {
        foreach (var row in new IpfixRows(batch, _templates, _format).All())
        {
            // What is begun again after a message may be in a new session, which needs the template first.
            while (!TryAdd(domain, row))
                yield return Finish(domain);
        }
        if (!_message.IsEmpty)
            yield return Finish(domain);
    }

    /// <summary>What a collector needs to understand the rest, and what it did not get: to be sent in the beginning, and now and then.</summary>
    /// <param name="domains">Names of observation domains.</param>
    public IEnumerable<IpfixPacket> Describe(IEnumerable<KeyValuePair<uint, string>> domains, IpfixTotals totals)
    {
        foreach (var (setId, part) in IpfixOptions.Parts(_format, domains, totals))
        {
            if (_message.TryAdd(setId, part))
                continue;
            yield return Finish(0);
            _message.TryAdd(setId, part);
        }
        yield return Finish(0);
    }

    /// <summary>False: the message is full.</summary>
    bool TryAdd(uint domain, IpfixRow row)
    {
        if (IsDue(domain, row.Template.Id))
        {
            if (!_message.TryAdd(TemplateSet, row.Template.Write))
                return false;
            Of(domain).Told[row.Template.Id] = _time.GetTimestamp();
        }
        for (var cut = 0; !_message.TryAdd(row.Template.Id, row.Part, s_cuts[cut].TextLimit, s_cuts[cut].NoLabels); cut++)
        {
            if (!_message.IsEmpty)
                return false;
            if (cut == 0)
                Trimmed++;
        }
        var (packets, octets) = row.Counts();
        (_packets, _octets) = (_packets + packets, _octets + octets);
        return true;
    }

    bool IsDue(uint domain, ushort template) =>
        !Of(domain).Told.TryGetValue(template, out var told)
        || (_format.TemplateAge > TimeSpan.Zero && _time.GetElapsedTime(told) >= _format.TemplateAge);

    IpfixPacket Finish(uint domain)
    {
        var state = Of(domain);
        var records = _message.Records;
        var bytes = _message.Finish((uint)_time.GetUtcNow().ToUnixTimeSeconds(), state.Sequence, domain);
        state.Sequence += records;
        var packet = new IpfixPacket(bytes, domain == 0 ? 0 : records, _packets, _octets);
        (_packets, _octets) = (0, 0);
        return packet;
    }

    Domain Of(uint number)
    {
        if (!_domains.TryGetValue(number, out var domain))
            _domains.Add(number, domain = new());
        return domain;
    }

    sealed class Domain
    {
        /// <summary>Data records so far.</summary>
        public uint Sequence { get; set; }

        /// <summary>When each template was told last.</summary>
        public Dictionary<ushort, long> Told { get; } = [];
    }
}
