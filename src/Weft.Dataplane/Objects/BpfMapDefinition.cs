using Weft.Dataplane.Interop;
using Weft.Linux.Interop;

namespace Weft.Dataplane;

/// <summary>What a map is: as an object declares it, or as the kernel has it.</summary>
public sealed record BpfMapDefinition(
    string Name, BpfMapType Type, uint KeySize, uint ValueSize, uint MaxEntries, uint Flags)
{
    internal static unsafe BpfMapDefinition OfKernel(string name, SafeFd fd)
    {
        bpf_map_info info;
        var length = (uint)sizeof(bpf_map_info);
        BpfResult.Check(LibBpf.ObjGetInfoByFd(fd, &info, ref length), $"read what map {name} is");
        return new(name, info.type, info.key_size, info.value_size, info.max_entries, info.map_flags);
    }

    /// <summary>Why a program that wants <paramref name="wanted"/> cannot use this one; null when it can.</summary>
    internal string? DifferenceFrom(BpfMapDefinition wanted) =>
        Type != wanted.Type ? $"type {Type}, wanted {wanted.Type}"
        : KeySize != wanted.KeySize ? $"keys of {KeySize} bytes, wanted {wanted.KeySize}"
        : ValueSize != wanted.ValueSize ? $"values of {ValueSize} bytes, wanted {wanted.ValueSize}"
        : MaxEntries != wanted.MaxEntries ? $"{MaxEntries} entries, wanted {wanted.MaxEntries}"
        : Flags != wanted.Flags ? $"flags {Flags:x}, wanted {wanted.Flags:x}"
        : null;
}
