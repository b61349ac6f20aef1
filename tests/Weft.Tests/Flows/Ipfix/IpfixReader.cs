using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Weft.Tests.Flows.Ipfix;

/// <summary>Where an element is registered, and its number: (0, 1) is octetDeltaCount.</summary>
readonly record struct ElementId(uint Enterprise, int Id);

sealed record ReadRecord(uint Domain, int Template, IReadOnlyDictionary<ElementId, byte[]> Values)
{
    public bool Has(int id, uint enterprise = 0) => Values.ContainsKey(new(enterprise, id));

    public ulong Number(int id, uint enterprise = 0) =>
        Values[new(enterprise, id)].Aggregate(0ul, (sum, octet) => (sum << 8) | octet);

    public string Text(int id, uint enterprise = 0) => Encoding.UTF8.GetString(Values[new(enterprise, id)]);

    public IPAddress Address(int id) => new(Values[new(0, id)]);
}

/// <summary>
/// A collecting process, after RFC 7011 and from nothing else: refuses what it does not allow, and knows no more of templates
/// than it was told.
/// </summary>
sealed class IpfixReader
{
    readonly Dictionary<(uint Domain, int Id), (ElementId Element, int Length)[]> _templates = [];
    readonly Dictionary<uint, uint> _sequences = [];

    public List<ReadRecord> Records { get; } = [];

    public List<ReadRecord> Options { get; } = [];

    /// <summary>Templates as they came.</summary>
    public List<(uint Domain, int Id)> Told { get; } = [];

    public uint ExportTime { get; private set; }

    HashSet<int> OptionIds { get; } = [];

    public void Read(ReadOnlySpan<byte> message)
    {
        Assert.Equal(10, BinaryPrimitives.ReadUInt16BigEndian(message));
        Assert.Equal(message.Length, BinaryPrimitives.ReadUInt16BigEndian(message[2..]));
        ExportTime = BinaryPrimitives.ReadUInt32BigEndian(message[4..]);
        var sequence = BinaryPrimitives.ReadUInt32BigEndian(message[8..]);
        var domain = BinaryPrimitives.ReadUInt32BigEndian(message[12..]);
        Assert.Equal(_sequences.GetValueOrDefault(domain), sequence);
        var before = Records.Count + Options.Count;
        for (var rest = message[16..]; rest.Length > 0;)
        {
            var (id, length) = (BinaryPrimitives.ReadUInt16BigEndian(rest), BinaryPrimitives.ReadUInt16BigEndian(rest[2..]));
            Assert.InRange(length, 5, rest.Length);
            ReadSet(domain, id, rest[4..length]);
            rest = rest[length..];
        }
        _sequences[domain] = sequence + (uint)(Records.Count + Options.Count - before);
    }

    void ReadSet(uint domain, int id, ReadOnlySpan<byte> body)
    {
        while (body.Length > 0)
        {
            body = id switch
            {
                2 => ReadTemplate(domain, body, hasScopes: false),
                3 => ReadTemplate(domain, body, hasScopes: true),
                _ => ReadRecord(domain, id, body),
            };
        }
    }

    ReadOnlySpan<byte> ReadTemplate(uint domain, ReadOnlySpan<byte> body, bool hasScopes)
    {
        var (id, count) = (BinaryPrimitives.ReadUInt16BigEndian(body), BinaryPrimitives.ReadUInt16BigEndian(body[2..]));
        Assert.InRange(id, 256, 65535);
        if (hasScopes)
        {
            Assert.InRange(BinaryPrimitives.ReadUInt16BigEndian(body[4..]), 1, count);
            OptionIds.Add(id);
        }
        body = body[(hasScopes ? 6 : 4)..];
        var fields = new (ElementId, int)[count];
        for (var i = 0; i < count; i++)
        {
            var (number, length) = (BinaryPrimitives.ReadUInt16BigEndian(body), BinaryPrimitives.ReadUInt16BigEndian(body[2..]));
            var isOthers = (number & 0x8000) != 0;
            fields[i] = (new(isOthers ? BinaryPrimitives.ReadUInt32BigEndian(body[4..]) : 0, number & 0x7FFF), length);
            body = body[(isOthers ? 8 : 4)..];
        }
        Assert.Equal(count, fields.Select(field => field.Item1).Distinct().Count());
        _templates[(domain, id)] = fields;
        Told.Add((domain, id));
        return body;
    }

    ReadOnlySpan<byte> ReadRecord(uint domain, int id, ReadOnlySpan<byte> body)
    {
        Assert.True(_templates.TryGetValue((domain, id), out var fields), $"template {id} of domain {domain} was not told");
        var values = new Dictionary<ElementId, byte[]>();
        foreach (var (element, given) in fields)
        {
            var length = given;
            if (given == 0xFFFF)
            {
                (length, var skipped) = body[0] < 255 ? (body[0], 1) : (BinaryPrimitives.ReadUInt16BigEndian(body[1..]), 3);
                body = body[skipped..];
            }
            values.Add(element, body[..length].ToArray());
            body = body[length..];
        }
        (OptionIds.Contains(id) ? Options : Records).Add(new(domain, id, values));
        return body;
    }
}
