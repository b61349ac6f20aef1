using System.Runtime.InteropServices;

namespace Weft.Linux.Interop;

/// <summary>Numbers of the C library's headers that the calls in <see cref="Libc"/> take.</summary>
static class LibcConstants
{
    internal const int O_RDONLY = 0;
    internal const int O_CREAT = 0x40;
    internal const int O_EXCL = 0x80;
    internal const int O_CLOEXEC = 0x80000;
    internal const int CLONE_NEWNET = 0x40000000;
    internal const int MS_BIND = 0x1000;
    internal const int MS_REC = 0x4000;
    internal const int MS_SHARED = 0x100000;
    internal const int MNT_DETACH = 2;
    internal const int LOCK_EX = 2;
    internal const int AT_EMPTY_PATH = 0x1000;
    internal const uint STATX_INO = 0x100;
    internal const nuint NS_GET_NSTYPE = 0xb703;
    internal const int AF_UNSPEC = 0;
    internal const int AF_INET = 2;
    internal const int AF_BRIDGE = 7;
    internal const int AF_INET6 = 10;
    internal const int AF_NETLINK = 16;
    internal const int AF_PACKET = 17;
    internal const int SOCK_RAW = 3;
    internal const int SOCK_CLOEXEC = 0x80000;
    internal const int SOL_SOCKET = 1;
    internal const int SO_RCVTIMEO = 20;
    internal const int SO_SNDBUFFORCE = 32;
    internal const int SO_RCVBUFFORCE = 33;
    internal const int MSG_TRUNC = 0x20;
}

/// <summary>struct sockaddr_nl.</summary>
[StructLayout(LayoutKind.Sequential)]
struct SockaddrNl
{
    internal ushort Family;
    internal ushort Pad;
    internal uint PortId;
    internal uint Groups;
}

/// <summary>struct sockaddr_ll.</summary>
[StructLayout(LayoutKind.Sequential)]
struct SockaddrLl
{
    internal ushort Family;
    internal ushort Protocol;
    internal int Ifindex;
    internal ushort HardwareType;
    internal byte PacketType;
    internal byte AddressLength;
    internal ulong Address;
}

/// <summary>struct timeval of a 64-bit system.</summary>
[StructLayout(LayoutKind.Sequential)]
struct Timeval
{
    internal long Seconds;
    internal long Microseconds;
}

/// <summary>struct statx: one layout on all architectures, which struct stat has not.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
struct StatxBuffer
{
    [FieldOffset(32)]
    internal ulong Inode;

    [FieldOffset(136)]
    internal uint DeviceMajor;

    [FieldOffset(140)]
    internal uint DeviceMinor;
}
