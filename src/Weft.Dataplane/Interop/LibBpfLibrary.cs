using System.Runtime.InteropServices;

namespace Weft.Dataplane.Interop;

/// <summary>Says in words that libbpf is missing, before a P/Invoke does in a stack trace.</summary>
static class LibBpfLibrary
{
    static readonly Lazy<bool> s_present = new(() => NativeLibrary.TryLoad("libbpf.so.1", out _));

    internal static void Require()
    {
        if (!s_present.Value)
            throw new InvalidOperationException("libbpf.so.1 is not installed (Debian: apt-get install libbpf1)");
    }
}
