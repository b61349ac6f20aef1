using System.Net;
using Apache.Arrow;
using Weft.Flows;

namespace Weft.Tests.Flows.Ipfix;

/// <summary>What both ends of a connection and their ports are called, as collectors see it.</summary>
sealed record Tuple5(IPAddress Source, IPAddress Destination, int SourcePort, int DestinationPort, int Protocol)
{
    public Tuple5 Mirrored() => new(Destination, Source, DestinationPort, SourcePort, Protocol);

    public override string ToString() => $"{Source} {SourcePort} {Destination} {DestinationPort} {Protocol}";
}

sealed record Sums(long Records, ulong Packets, ulong Bytes)
{
    public static Sums operator +(Sums one, Sums other) =>
        new(one.Records + other.Records, one.Packets + other.Packets, one.Bytes + other.Bytes);
}

/// <summary>Records of all sorts, the same for the same seed.</summary>
static class IpfixSamples
{
    public const long Noon = 1_764_158_400_000_000;

    static readonly byte[] s_protocols = [6, 17, 1, 58, 132];

    public static IReadOnlyList<FlowRecord> Mixed(int count, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i => Make(i, random))];
    }

    public static RecordBatch Batch(IEnumerable<FlowRecord> records)
    {
        var builder = new FlowBatchBuilder();
        foreach (var record in records)
            builder.Append(record);
        return builder.Build();
    }

    /// <summary>Sums by 5-tuple of what the openers sent.</summary>
    public static Dictionary<Tuple5, Sums> There(IEnumerable<FlowRecord> records) =>
        Add(records.Select(record => (Key(record), record.Forward)));

    /// <summary>Sums by the 5-tuple of the opener of what came back to it.</summary>
    public static Dictionary<Tuple5, Sums> Back(IEnumerable<FlowRecord> records) =>
        Add(records.Select(record => (Key(record), record.Reply)));

    /// <summary>As two flows each.</summary>
    public static Dictionary<Tuple5, Sums> BothWays(IEnumerable<FlowRecord> records) =>
        Add(records.Select(record => (Key(record), record.Forward))
            .Concat(records.Where(record => record.Reply.Packets > 0).Select(record => (Key(record).Mirrored(), record.Reply))));

    public static IPAddress Address(UInt128 bits)
    {
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, bits);
        var address = new IPAddress(bytes);
        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
    }

    public static UInt128 Bits(string address) =>
        System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(IPAddress.Parse(address).MapToIPv6().GetAddressBytes());

    static Tuple5 Key(FlowRecord record) => new(
        Address(record.Source.Address), Address(record.Destination.Address),
        record.Protocol is 1 or 58 ? 0 : record.Source.Port, record.Protocol is 1 or 58 ? 0 : record.Destination.Port, record.Protocol);

    static Dictionary<Tuple5, Sums> Add(IEnumerable<(Tuple5 Key, FlowCounts Counts)> counts) =>
        counts.GroupBy(pair => pair.Key, pair => new Sums(1, pair.Counts.Packets, pair.Counts.Bytes))
            .ToDictionary(group => group.Key, group => group.Aggregate((one, other) => one + other));

    static FlowRecord Make(int i, Random random)
    {
        var protocol = s_protocols[i % s_protocols.Length];
        var six = protocol == 58 || (protocol != 1 && i % 2 == 1);
        var record = new FlowRecord
        {
            Time = Noon + (i * 1_000L),
            Start = Noon - 5_000_000 + (i * 1_000L),
            Last = Noon - 250_000 + (i * 1_000L),
            Flow = (ulong)random.NextInt64(),
            Event = (FlowEvent)(i % 4),
            Protocol = protocol,
            Node = "one",
            Connections = i % 4 is 0 or 3 ? 1u : 0,
            Closed = i % 4 is 2 or 3 ? 1u : 0,
            Policy = "shop/front-to-back",
            Rule = 3,
            Vni = 4097,
            Encapsulation = i % 3 == 0 ? FlowEncapsulation.Vxlan : FlowEncapsulation.None,
            Peer = i % 3 == 0 ? "two" : "",
        };
        if (protocol is 1 or 58)
            record.IcmpType = protocol == 1 ? (byte)8 : (byte)128;
        // Few ends, so that there are several records of one 5-tuple.
        Name(record.Source, six ? $"2001:db8:1::{1 + (i % 7):x}" : $"10.1.0.{1 + (i % 7)}", (ushort)(40000 + (i % 11)), "front", i);
        Name(record.Destination, six ? $"2001:db8:2::{1 + (i % 5):x}" : $"10.2.0.{1 + (i % 5)}", (ushort)(protocol is 1 or 58 ? 0 : 443), "back", i);
        Count(record.Forward, random, isTcp: protocol == 6);
        if (i % 6 != 5)
            Count(record.Reply, random, isTcp: protocol == 6);
        if (i % 10 == 0)
        {
            record.TranslatedSource.Address = Bits(six ? "2001:db8:f::9" : "198.51.100.9");
            record.TranslatedSource.Port = record.Source.Port;
            record.FloatingIp = "shop/door";
        }
        if (i % 13 == 12)
            Deny(record);
        return record;
    }

    static void Name(FlowEndpoint end, string address, ushort port, string name, int i)
    {
        (end.Address, end.Port) = (Bits(address), port);
        (end.Project, end.Network, end.Name, end.Node) = ("shop", $"{name}end", $"{name}-{i % 5}", "one");
        end.Labels = FlowLabels.Write([new("app", "shop"), new("tier", name)]);
    }

    static void Count(FlowCounts counts, Random random, bool isTcp)
    {
        counts.Packets = (ulong)random.Next(1, 5000);
        counts.Bytes = counts.Packets * (ulong)random.Next(40, 1500);
        counts.TotalPackets = counts.Packets + (ulong)random.Next(0, 5000);
        counts.TotalBytes = counts.Bytes + (ulong)random.Next(0, 5_000_000);
        counts.TcpFlags = isTcp ? (byte)(0x12 | random.Next(2)) : (byte)0;
        counts.Handshake = isTcp ? 350u : 0;
    }

    static void Deny(FlowRecord record)
    {
        (record.Verdict, record.Event, record.Reason) = (FlowVerdict.Denied, FlowEvent.Denied, "policy");
        (record.Connections, record.Closed) = (0, 0);
        (record.Reply.Packets, record.Reply.Bytes, record.Reply.TotalPackets, record.Reply.TotalBytes, record.Reply.TcpFlags) = (0, 0, 0, 0, 0);
        (record.Forward.TotalPackets, record.Forward.TotalBytes) = (record.Forward.Packets, record.Forward.Bytes);
    }
}
