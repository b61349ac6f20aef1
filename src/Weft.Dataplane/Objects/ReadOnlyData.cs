using System.Runtime.InteropServices;
using Weft.Dataplane.Interop;

namespace Weft.Dataplane;

/// <summary>Finds constants in an object's <c>.rodata</c> by its BTF.</summary>
static unsafe class ReadOnlyData
{
    internal static (int Offset, int Size)? Find(nint btf, string symbol)
    {
        var id = LibBpf.BtfFindByNameKind(btf, ".rodata", btf_type.DataSection);
        if (id < 0)
            return null;
        var section = LibBpf.BtfTypeById(btf, (uint)id);
        var variables = new ReadOnlySpan<btf_var_secinfo>(section + 1, section->Length);
        foreach (var variable in variables)
        {
            var name = LibBpf.BtfNameByOffset(btf, LibBpf.BtfTypeById(btf, variable.type)->name_off);
            if (Marshal.PtrToStringUTF8((nint)name) == symbol)
                return ((int)variable.offset, (int)variable.size);
        }
        return null;
    }
}
