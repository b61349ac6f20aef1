using System.Runtime.InteropServices;
using System.Text;
using Weft.Linux.Interop;

namespace Weft.Linux;

/// <summary>Switches features of interfaces by their names, as ethtool -K does (Linux 2.6.39).</summary>
/// <remarks>Features are bits whose places differ between kernels, so their names are read first, once.</remarks>
static unsafe class Offloads
{
    const uint SIOCETHTOOL = 0x8946;
    const uint ETHTOOL_GSTRINGS = 0x1b, ETHTOOL_GSSET_INFO = 0x37, ETHTOOL_SFEATURES = 0x3b;
    const uint ETH_SS_FEATURES = 4;
    const int NameBytes = 32, InterfaceNameBytes = 16;

    static readonly Lock s_lock = new();
    static Dictionary<string, int>? s_places;

    /// <summary>Switches features off; a name that the kernel does not know is passed over.</summary>
    /// <param name="socket">Any socket: it says which namespace is meant.</param>
    /// <param name="link">The interface's name.</param>
    /// <param name="features">As ethtool -k shows them.</param>
    internal static void SwitchOff(SafeFd socket, string link, params ReadOnlySpan<string> features)
    {
        var places = Places(socket, link);
        var blocks = (places.Count + 31) / 32;
        var request = new byte[8 + blocks * 8];
        MemoryMarshal.Write(request, ETHTOOL_SFEATURES);
        MemoryMarshal.Write(request.AsSpan(4), blocks);
        foreach (var feature in features)
        {
            if (!places.TryGetValue(feature, out var place))
                continue;
            // Of each block the first word says which bits are meant, the second what they shall be.
            var valid = request.AsSpan(8 + place / 32 * 8, 4);
            MemoryMarshal.Write(valid, MemoryMarshal.Read<uint>(valid) | 1u << place % 32);
        }
        Ask(socket, link, request, $"switch offloads of {link} off");
    }

    static Dictionary<string, int> Places(SafeFd socket, string link)
    {
        lock (s_lock)
            return s_places ??= ReadPlaces(socket, link);
    }

    static Dictionary<string, int> ReadPlaces(SafeFd socket, string link)
    {
        var info = new byte[4 + 4 + 8 + 4];
        MemoryMarshal.Write(info, ETHTOOL_GSSET_INFO);
        MemoryMarshal.Write(info.AsSpan(8), 1ul << (int)ETH_SS_FEATURES);
        Ask(socket, link, info, $"count features of {link}");
        var count = MemoryMarshal.Read<int>(info.AsSpan(16));

        var names = new byte[12 + count * NameBytes];
        MemoryMarshal.Write(names, ETHTOOL_GSTRINGS);
        MemoryMarshal.Write(names.AsSpan(4), ETH_SS_FEATURES);
        MemoryMarshal.Write(names.AsSpan(8), count);
        Ask(socket, link, names, $"read features of {link}");
        return Enumerable.Range(0, count)
            .Select(i => (Name: Encoding.ASCII.GetString(names, 12 + i * NameBytes, NameBytes).TrimEnd('\0'), Place: i))
            .Where(feature => feature.Name.Length > 0)
            .DistinctBy(feature => feature.Name)
            .ToDictionary(feature => feature.Name, feature => feature.Place);
    }

    static void Ask(SafeFd socket, string link, byte[] data, string operation)
    {
        fixed (byte* pointer = data)
        {
            Span<byte> request = stackalloc byte[40]; // struct ifreq
            request.Clear();
            if (Encoding.UTF8.GetByteCount(link) >= InterfaceNameBytes)
                throw new LinuxException(operation, Errno.EINVAL, "the name is too long");
            Encoding.UTF8.GetBytes(link, request);
            MemoryMarshal.Write(request[InterfaceNameBytes..], (nint)pointer);
            fixed (byte* raw = request)
                LinuxException.ThrowIfNegative(Libc.Ioctl(socket, SIOCETHTOOL, raw), operation);
        }
    }
}
