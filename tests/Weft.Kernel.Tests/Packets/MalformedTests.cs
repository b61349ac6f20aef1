using Weft.Dataplane.Abi;
using static Weft.Kernel.Tests.Packets.World;

namespace Weft.Kernel.Tests.Packets;

/// <summary>Packets that contradict themselves, cut packets, and noise.</summary>
public sealed class MalformedTests : IDisposable
{
    readonly TestVrouter _node = NodeOne();

    public void Dispose() => _node.Dispose();

    static readonly Packet s_a = Packet.Frame(MacA, Gateway);

    public static TheoryData<string> Kinds => ["tcp4", "udp4", "icmp4", "tcp6", "udp6", "icmp6", "extensions", "fragment", "nd", "arp"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_packet_cut_anywhere_is_malformed(string kind)
    {
        var whole = Sample(kind);
        Assert.NotEqual(DropReason.Malformed, _node.Run("from_port", A, whole).Reason);

        // A test run takes no frame that ends in its IP header; the next test, inside the overlay, goes there.
        var shortest = kind == "arp" ? 14 : whole[14] >> 4 == 4 ? 34 : 54;
        for (var length = shortest; length < whole.Length; length++)
        {
            var outcome = _node.Run("from_port", A, whole[..length]);
            Assert.Equal((length, Verdict.Shot, DropReason.Malformed), (length, outcome.Verdict, outcome.Reason));
        }
        Assert.InRange(_node.Flows.Count(), 0, 2);
    }

    [Theory]
    [InlineData("tcp4")]
    [InlineData("udp6")]
    public void An_inner_packet_cut_anywhere_is_malformed(string kind)
    {
        var inner = Sample(kind == "tcp4" ? "toA4" : "toA6");
        for (var length = 14; length < inner.Length; length++)
        {
            var outcome = _node.Run("from_overlay", Fabric, Overlay(null, Vni, inner[..length]));
            Assert.Equal((length, Verdict.Shot, DropReason.Malformed), (length, outcome.Verdict, outcome.Reason));
        }
        Assert.Equal(0, _node.Flows.Count());
    }

    [Theory]
    [InlineData("tcp4", 14, 0x44)]  // header of 16 bytes
    [InlineData("tcp4", 14, 0x65)]  // says version 6
    [InlineData("tcp4", 16, 0xff)]  // longer than the frame
    [InlineData("tcp4", 17, 0x10)]  // shorter than its header
    [InlineData("tcp6", 14, 0x45)]  // says version 4
    [InlineData("tcp6", 18, 0xff)]  // longer than the frame
    [InlineData("extensions", 55, 0xff)] // an extension header beyond the end
    public void A_header_that_contradicts_the_frame_is_malformed(string kind, int offset, byte value)
    {
        var frame = Sample(kind);
        frame[offset] = value;

        Assert.Equal(DropReason.Malformed, _node.Run("from_port", A, frame).Reason);
    }

    [Fact]
    public void Routing_headers_of_type_0_are_malformed() =>
        Assert.Equal(DropReason.Malformed, _node.Run("from_port", A,
            s_a.Ip(A6, B6).Extension(43, [0, 0, 0, 1, 0, 0, 0, 0]).Udp(1, 2).Bytes()).Reason);

    [Fact]
    public void Extension_headers_without_end_do_no_harm()
    {
        var packet = s_a.Ip(A6, B6);
        for (var i = 0; i < 40; i++)
            packet = packet.Extension(60, new byte[8]);

        var outcome = _node.Run("from_port", A, packet.Udp(1, 2).Bytes());

        Assert.Equal(Verdict.Redirect, outcome.Verdict); // by addresses: its ports were not found
        Assert.True(_node.Flows.TryGet(Key(A6, B6, 60, 0, 0), out _));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Noise_is_forwarded_as_the_port_itself_or_not_at_all(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 400; i++)
        {
            var frame = Sample(Kinds.ElementAt(random.Next(Kinds.Count)).Data);
            for (var change = random.Next(1, 6); change > 0; change--)
                frame[random.Next(frame.Length)] = (byte)random.Next(256);

            var outcome = _node.Run("from_port", A, frame);

            Assert.NotEqual(Verdict.Unspecified, outcome.Verdict);
            if (outcome.Verdict == Verdict.Shot)
                Assert.NotEqual(DropReason.None, outcome.Reason);
            else
                Assert.Equal(MacOf(Gateway), Convert.ToHexStringLower(outcome.Packet.AsSpan(6, 6)));
        }
    }

    static string MacOf(string mac) => mac.Replace(":", "", StringComparison.Ordinal);

    static byte[] Sample(string kind) => (kind switch
    {
        "tcp4" => s_a.Ip(A4, B4).Tcp(1, 2, TcpFlags.Syn),
        "udp4" => s_a.Ip(A4, B4).Udp(1, 2).Data(4),
        "icmp4" => s_a.Ip(A4, B4).Echo(1).Data(4),
        "tcp6" => s_a.Ip(A6, B6).Tcp(1, 2, TcpFlags.Syn),
        "udp6" => s_a.Ip(A6, B6).Udp(1, 2).Data(4),
        "icmp6" => s_a.Ip(A6, B6).Echo(1).Data(4),
        "extensions" => s_a.Ip(A6, B6).Extension(0, new byte[8]).Extension(60, new byte[8]).Udp(1, 2),
        "fragment" => s_a.IPv6(A6, B6).Fragment(9, 0, more: true).Udp(1000, 2000).Data(8),
        "nd" => Packet.Frame(MacA, Gateway).IPv6(A6, B6, hops: 255).Neighbour(135, 0, B6),
        "arp" => Packet.Frame(MacA, Gateway).Arp(1, MacA, A4, MacA, B4),
        "toA4" => Packet.Frame(Gateway, Gateway).Ip(C4, A4).Tcp(1, 2, TcpFlags.Syn),
        "toA6" => Packet.Frame(Gateway, Gateway).Ip(C6, A6).Udp(1, 2).Data(4),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    }).Bytes();
}
