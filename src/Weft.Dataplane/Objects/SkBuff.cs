using System.Runtime.InteropServices;

namespace Weft.Dataplane;

/// <summary>What of <c>struct __sk_buff</c> a test run may set and gets back (kernel 5.4; ifindex 5.2).</summary>
/// <remarks>
/// The kernel refuses a context with any other field set. <see cref="Ifindex"/> must be an interface of the calling
/// thread's network namespace; <see cref="IngressIfindex"/> can be any number.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = 192)]
public struct SkBuff : IEquatable<SkBuff>
{
    [FieldOffset(8)] uint _mark;
    [FieldOffset(32)] uint _priority;
    [FieldOffset(36)] uint _ingressIfindex;
    [FieldOffset(40)] uint _ifindex;
    [FieldOffset(152)] ulong _timestamp;
    [FieldOffset(160)] uint _wireLength;
    [FieldOffset(164)] uint _gsoSegments;
    [FieldOffset(176)] uint _gsoSize;

    public uint Mark { readonly get => _mark; set => _mark = value; }
    public uint Priority { readonly get => _priority; set => _priority = value; }
    public uint IngressIfindex { readonly get => _ingressIfindex; set => _ingressIfindex = value; }
    public uint Ifindex { readonly get => _ifindex; set => _ifindex = value; }
    public ulong Timestamp { readonly get => _timestamp; set => _timestamp = value; }
    public uint WireLength { readonly get => _wireLength; set => _wireLength = value; }
    public uint GsoSegments { readonly get => _gsoSegments; set => _gsoSegments = value; }
    public uint GsoSize { readonly get => _gsoSize; set => _gsoSize = value; }

    public readonly bool Equals(SkBuff other) => (_mark, _priority, _ingressIfindex, _ifindex, _timestamp, _wireLength,
        _gsoSegments, _gsoSize) == (other._mark, other._priority, other._ingressIfindex, other._ifindex,
        other._timestamp, other._wireLength, other._gsoSegments, other._gsoSize);
    public override readonly bool Equals(object? obj) => obj is SkBuff other && Equals(other);
    public override readonly int GetHashCode() => HashCode.Combine(_mark, _priority, _ifindex, _wireLength);
    public static bool operator ==(SkBuff left, SkBuff right) => left.Equals(right);
    public static bool operator !=(SkBuff left, SkBuff right) => !left.Equals(right);
}
