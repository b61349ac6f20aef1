using System.Buffers.Binary;
using Weft.Dataplane.Abi;
using static Weft.Kernel.Tests.Packets.World;

namespace Weft.Kernel.Tests.Packets;

/// <summary>The fabric between two nodes of a test: what one sends, the other receives.</summary>
static class Wire
{
    /// <summary>What a hook sends to the other node.</summary>
    internal static byte[] Sent(TestVrouter node, string hook, uint ifindex, byte[] frame)
    {
        var outcome = node.Run(hook, ifindex, frame);
        Assert.Equal((Verdict.Redirect, DropReason.None), (outcome.Verdict, outcome.Reason));
        // bpf_redirect_neigh() finds the next hop's MAC and writes this header after the program has ended.
        BinaryPrimitives.WriteUInt16BigEndian(
            outcome.Packet.AsSpan(12), outcome.Packet[14] >> 4 == 4 ? Packet.EtherTypeIPv4 : Packet.EtherTypeIPv6);
        return outcome.Packet;
    }

    internal static byte[] Sent(TestVrouter node, uint ifindex, Packet packet) => Sent(node, "from_port", ifindex, packet.Bytes());

    /// <summary>What becomes of it on the other node.</summary>
    internal static byte[] Received(TestVrouter node, byte[] frame)
    {
        var outcome = node.Run("from_overlay", Fabric, frame);
        Assert.Equal((Verdict.Redirect, DropReason.None), (outcome.Verdict, outcome.Reason));
        return outcome.Packet;
    }

    /// <summary>The network that the fabric's headers name.</summary>
    internal static uint VniOf(byte[] frame) =>
        BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(14 + (frame[14] >> 4 == 4 ? 20 : 40) + 8 + 4)) >> 8;
}
