using System.Buffers.Binary;
using System.IO.Hashing;
using Weft.Dataplane.Abi;

namespace Weft.Agent.Flows;

/// <summary>What all nodes that see a connection call it.</summary>
/// <remarks>
/// A hash of what the two nodes have in common: the packet on the wire between them. The opener's node knows it as what the
/// packet becomes there, the other as what has come in. A connection that stays on its node has its own key. Of one that
/// crosses twice, from a port by the node of a floating IP to a member on a third, the first crossing counts: the third
/// node, which knows only the second, calls it otherwise.
/// </remarks>
static class FlowIdentity
{
    internal static ulong Of(in FlowReport report)
    {
        var flags = (FlowFlags)report.FlowFlags;
        var leaves = (FlowAction)report.Action == FlowAction.Remote && !flags.HasFlag(FlowFlags.FromOverlay);
        return !leaves ? Hash(report.Key.Vni, report.Key.Protocol, report.Key.Source, report.Key.Destination, report.Key.SourcePort, report.Key.DestinationPort)
            : flags.HasFlag(FlowFlags.Rewrite)
            ? Hash(
                report.Vni, report.Key.Protocol, report.Rewrite.Source, report.Rewrite.Destination, report.Rewrite.SourcePort,
                report.Rewrite.DestinationPort)
            : Hash(report.Vni, report.Key.Protocol, report.Key.Source, report.Key.Destination, report.Key.SourcePort, report.Key.DestinationPort);
    }

    static ulong Hash(uint vni, byte protocol, in Address source, in Address destination, ushort sourcePort, ushort destinationPort)
    {
        Span<byte> bytes = stackalloc byte[44];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, vni);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[4..], sourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[6..], destinationPort);
        ((ReadOnlySpan<byte>)source.Bytes).CopyTo(bytes[8..]);
        ((ReadOnlySpan<byte>)destination.Bytes).CopyTo(bytes[24..]);
        bytes[40] = protocol;
        bytes[41..].Clear();
        return XxHash3.HashToUInt64(bytes);
    }
}
