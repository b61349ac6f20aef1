using Weft.Linux;
using Weft.Linux.Interop;

namespace Weft.Dataplane.Interop;

/// <summary>Turns libbpf's -errno answers into exceptions.</summary>
static class BpfResult
{
    internal const string NoPrivilege = "eBPF needs root, or CAP_BPF and CAP_NET_ADMIN";

    internal static int Check(int result, string operation) =>
        result >= 0 ? result : throw Error(result, operation);

    internal static SafeFd Fd(int result, string operation) => new(Check(result, operation));

    /// <summary>The exception for a negative <paramref name="result"/>, with libbpf's own words.</summary>
    internal static LinuxException Error(int result, string operation)
    {
        var detail = LibBpf.TakeWarnings();
        if (-result is Errno.EPERM or Errno.EACCES)
            detail = detail.Length == 0 ? NoPrivilege : $"{NoPrivilege}; {detail}";
        return new(operation, -result, detail);
    }
}
