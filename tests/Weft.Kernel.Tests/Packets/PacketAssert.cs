namespace Weft.Kernel.Tests.Packets;

/// <summary>Compares packets; a difference is shown as two hex dumps with the offset.</summary>
static class PacketAssert
{
    internal static void Equal(byte[] expected, byte[] actual)
    {
        if (expected.AsSpan().SequenceEqual(actual))
            return;
        var offset = expected.AsSpan().CommonPrefixLength(actual);
        Assert.Fail($"packets differ from byte {offset} on (lengths {expected.Length} and {actual.Length})\n"
            + $"expected {Dump(expected)}\nactual   {Dump(actual)}");
    }

    static string Dump(byte[] bytes) =>
        string.Join(' ', bytes.Take(160).Chunk(2).Select(pair => Convert.ToHexStringLower(pair)));
}
