using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Weft.Linux.Interop;

/// <summary>Owns a file descriptor.</summary>
/// <remarks>
/// No constructor that a P/Invoke's return value could use: the C library returns an int, whose -1 read as a native
/// integer is 4294967295 and would pass for a descriptor.
/// </remarks>
public sealed class SafeFd : SafeHandleMinusOneIsInvalid
{
    /// <summary>Takes over <paramref name="fd"/>.</summary>
    public SafeFd(int fd)
        : base(ownsHandle: true) => SetHandle(fd);

    /// <summary>Takes over what a call returned, or throws with errno; call it right after.</summary>
    public static SafeFd Own(int result, string operation) => new(LinuxException.ThrowIfNegative(result, operation));

    /// <summary>Hands a socket over to the runtime; this handle is done with.</summary>
    internal Socket IntoSocket()
    {
        var socket = new Socket(new SafeSocketHandle(handle, ownsHandle: true));
        SetHandleAsInvalid();
        return socket;
    }

    protected override bool ReleaseHandle() => Libc.Close((int)handle) == 0;
}
