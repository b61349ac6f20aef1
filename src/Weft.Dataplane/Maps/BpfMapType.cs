namespace Weft.Dataplane;

/// <summary>Kernel map types that the vrouter uses (<c>enum bpf_map_type</c>).</summary>
public enum BpfMapType : uint
{
    Unspecified = 0,
    Hash = 1,
    Array = 2,
    PerCpuHash = 5,
    PerCpuArray = 6,
    LruHash = 9,
    LruPerCpuHash = 10,
    LpmTrie = 11,
    RingBuffer = 27,
}
