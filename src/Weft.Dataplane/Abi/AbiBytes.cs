using System.Runtime.InteropServices;

namespace Weft.Dataplane.Abi;

/// <summary>Shared structs compare as the kernel does: byte for byte.</summary>
static class AbiBytes
{
    public static bool Equal<T>(in T left, in T right) where T : unmanaged => Of(in left).SequenceEqual(Of(in right));

    public static int Hash<T>(in T value) where T : unmanaged
    {
        var hash = new HashCode();
        hash.AddBytes(Of(in value));
        return hash.ToHashCode();
    }

    public static ReadOnlySpan<byte> Of<T>(in T value) where T : unmanaged =>
        MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value));
}
