namespace Weft.Kernel.Tests.Packets;

/// <summary>RFC 1071, written as the RFC says it: the yardstick for what the vrouter computes in its own way.</summary>
static class InternetChecksum
{
    internal static ushort Of(ReadOnlySpan<byte> data)
    {
        var sum = 0u;
        for (var i = 0; i < data.Length; i++)
            sum += i % 2 == 0 ? (uint)data[i] << 8 : data[i];
        while (sum > 0xffff)
            sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)~sum;
    }
}
