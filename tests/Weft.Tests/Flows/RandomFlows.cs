using System.Net;
using CsCheck;
using Weft.Analytics.Fields;
using Weft.Flows;

namespace Weft.Tests.Flows;

/// <summary>Records with few different values, so that some are alike in some ways.</summary>
static class RandomFlows
{
    internal static readonly DateTimeOffset Now = new(2026, 3, 14, 15, 9, 26, TimeSpan.Zero);

    internal static readonly string[] Projects = ["shop", "lab", ""];
    internal static readonly string[] Networks = ["frontend", "backend", "data-1", "ünïcode \"net\""];
    internal static readonly string[] Names = ["web-1", "web-2", "db", "", "it's"];
    internal static readonly string[] Nodes = ["alpha", "beta"];
    internal static readonly string[] Addresses = ["10.1.0.5", "10.1.0.6", "10.2.0.7", "192.0.2.1", "fd00:1::5", "fd00:2::1"];
    internal static readonly string[] Labels = ["", "\napp=web\ntier=front\n", "\napp=db\n", "\ncom.example/app=a=b\n", "\napp=\n"];
    internal static readonly ushort[] Ports = [0, 22, 53, 443, 8000, 8050, 40001, 65535];

    /// <param name="span">How long before <see cref="Now"/> records may be.</param>
    internal static Gen<FlowRecord> Record(TimeSpan span)
    {
        var ago = Gen.Long[0, span.Ticks / TimeSpan.TicksPerMicrosecond];
        var ends = Gen.Select(s_end, s_end, s_end, s_end);
        var what = Gen.Select(Gen.Byte[0, 4], Gen.Byte[0, 5], Gen.Byte[0, 1], Gen.Byte[0, 3], Gen.OneOf<byte>(1, 6, 17, 99), Gen.Byte[0, 1], Gen.UInt[0, 3]);
        var counts = Gen.Select(s_counts, s_counts, Gen.UInt[0, 1], Gen.UInt[0, 1]);
        var words = Gen.Select(
            Gen.OneOf("", "no-rule", "policy"), Gen.OneOf("", "shop/web"), Gen.OneOf(Nodes), Gen.OneOf("", "lb"), Gen.Int[-200, 200], Gen.ULong[0, 9]);
        return Gen.Select(ago, ends, what, counts, words).Select((age, sides, kinds, count, texts) =>
        {
            var record = new FlowRecord { Time = FlowTime.Of(Now) - age };
            record.Start = record.Time - (long)count.Item2.Bytes % 100_000;
            record.Last = record.Time;
            Fill(record.Source, sides.Item1);
            Fill(record.Destination, sides.Item2);
            Fill(record.TranslatedSource, sides.Item3);
            Fill(record.TranslatedDestination, sides.Item4);
            (record.Event, record.End, record.Observer, record.Direction) = ((FlowEvent)kinds.Item1, (FlowEnd)kinds.Item2, (FlowObserver)kinds.Item3, (FlowDirection)kinds.Item4);
            (record.Protocol, record.Verdict, record.Rule) = (kinds.Item5, (FlowVerdict)kinds.Item6, kinds.Item7);
            Fill(record.Forward, count.Item1);
            Fill(record.Reply, count.Item2);
            (record.Connections, record.Closed) = (count.Item3, count.Item4);
            (record.Reason, record.Policy, record.Node, record.LoadBalancer, record.ClockOffset, record.Flow) = texts;
            record.Lumped = kinds.Item7 == 3;
            return record;
        });
    }

    static readonly Gen<(string Address, ushort Port, string Project, string Network, string Name, string Labels, string Node)> s_end = Gen.Select(
        Gen.OneOf(Addresses), Gen.OneOf(Ports), Gen.OneOf(Projects), Gen.OneOf(Networks),
        Gen.OneOf(Names), Gen.OneOf(Labels), Gen.OneOf(Nodes));

    static readonly Gen<(ulong Packets, ulong Bytes, byte Flags, uint Handshake)> s_counts =
        Gen.Select(Gen.ULong[0, 50], Gen.ULong[0, 90_000], Gen.Byte, Gen.Frequency((1, Gen.Const(0u)), (2, Gen.UInt[50, 20_000])));

    static void Fill(FlowEndpoint side, (string Address, ushort Port, string Project, string Network, string Name, string Labels, string Node) values)
    {
        side.Address = FlowAddress.Of(IPAddress.Parse(values.Address));
        (_, side.Port, side.Project, side.Network, side.Name, side.Labels, side.Node) = values;
    }

    static void Fill(FlowCounts counts, (ulong Packets, ulong Bytes, byte Flags, uint Handshake) values)
    {
        (counts.Packets, counts.Bytes, counts.TcpFlags, counts.Handshake) = values;
        (counts.TotalPackets, counts.TotalBytes) = (values.Packets * 2, values.Bytes * 2);
    }
}
