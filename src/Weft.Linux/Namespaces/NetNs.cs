using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Weft.Linux.Interop;
using Weft.Linux.Namespaces;
using static Weft.Linux.Interop.LibcConstants;

namespace Weft.Linux;

/// <summary>An open network namespace. Keeps the namespace alive until disposed.</summary>
/// <remarks>
/// <see cref="Run{T}"/> is the only way in. It uses a thread of its own, so nothing awaited, queued or started as a
/// task belongs inside, and no <see cref="Socket"/> is made there: a thread that the runtime starts meanwhile, its
/// socket thread included, would stay in the namespace and keep it alive. A socket belongs for ever to the namespace
/// it was opened in and can be used from any thread. The thread that collects garbage in the background is started by
/// whichever thread allocates when it is first needed: programs that visit do without (ConcurrentGarbageCollection).
/// </remarks>
public sealed class NetNs : IDisposable
{
    readonly SafeFd _fd;

    NetNs(SafeFd fd, string? name)
    {
        _fd = fd;
        Name = name;
        Identity = Identify(fd);
    }

    /// <summary>The name under /run/netns, when opened or created by it.</summary>
    public string? Name { get; }

    public NetNsIdentity Identity { get; }

    internal SafeFd Fd => _fd;

    /// <summary>Opens by a file such as /run/netns/blue or /var/run/docker/netns/1-abc.</summary>
    /// <exception cref="LinuxException">No such file, no permission, or no network namespace.</exception>
    public static NetNs Open(string path) => Open(path, name: null);

    /// <summary>Opens /run/netns/<paramref name="name"/>.</summary>
    public static NetNs OpenNamed(string name) => Open(NamedNamespaces.PathOf(name), name);

    /// <summary>Opens the namespace of a process.</summary>
    public static NetNs OpenProcess(int pid) =>
        Open(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/ns/net"));

    /// <summary>Opens the namespace of the calling thread.</summary>
    public static NetNs OpenCurrent() => Open("/proc/thread-self/ns/net");

    /// <summary>Makes a namespace under /run/netns, as <c>ip netns add</c> does; its loopback is down.</summary>
    /// <exception cref="LinuxException">EEXIST: the name is taken.</exception>
    public static NetNs Create(string name) => new(NamedNamespaces.Create(name), name);

    /// <summary>Opens the one of that name, or makes it; a file of that name without a namespace (a reboot came between) is replaced.</summary>
    public static NetNs OpenOrCreate(string name)
    {
        if (!Names().Contains(name))
            return Create(name);
        try
        {
            return OpenNamed(name);
        }
        catch (LinuxException)
        {
            Delete(name);
            return Create(name);
        }
    }

    /// <summary>Makes a namespace without a name: it lives as long as something uses it.</summary>
    public static NetNs CreateAnonymous()
    {
        SafeFd? fd = null;
        NamespaceThread.Run(target: null, () => fd = OpenFile("/proc/thread-self/ns/net"));
        return new NetNs(fd!, name: null);
    }

    /// <summary>Removes the name; the namespace goes when nobody uses it. False: there was none.</summary>
    public static bool Delete(string name) => NamedNamespaces.Delete(name);

    /// <summary>The names under /run/netns.</summary>
    public static IReadOnlyList<string> Names() => NamedNamespaces.List();

    /// <summary>Runs a function inside and waits for it. Everything it throws reaches the caller.</summary>
    public T Run<T>(Func<T> function)
    {
        T result = default!;
        NamespaceThread.Run(_fd, () => result = function());
        return result;
    }

    /// <inheritdoc cref="Run{T}"/>
    public void Run(Action action) => NamespaceThread.Run(_fd, action);

    /// <summary>Opens a socket inside, for use anywhere. An IPv6 one takes no IPv4.</summary>
    public Socket OpenSocket(AddressFamily family, SocketType type, ProtocolType protocol)
    {
        using var fd = Run(() => SafeFd.Own(
            Libc.Socket(IPFamily.Of(family), (int)type | SOCK_CLOEXEC, (int)protocol), $"open {protocol} socket"));
        var socket = fd.IntoSocket();
        if (family == AddressFamily.InterNetworkV6 && type != SocketType.Raw) // raw ones take none anyway, and refuse the option
            socket.DualMode = false;
        return socket;
    }

    /// <summary>Opens a UDP socket bound to an address of the namespace.</summary>
    public Socket BindUdp(IPEndPoint endpoint) => Bound(endpoint, SocketType.Dgram, ProtocolType.Udp);

    /// <summary>Opens a TCP socket that listens on an address of the namespace.</summary>
    public Socket ListenTcp(IPEndPoint endpoint, int backlog = 512)
    {
        var socket = Bound(endpoint, SocketType.Stream, ProtocolType.Tcp);
        socket.Listen(backlog);
        return socket;
    }

    /// <summary>Sends a whole Ethernet frame out of an interface of the namespace, as if what is in there had.</summary>
    /// <exception cref="LinuxException">No such interface, or it is down.</exception>
    public void SendFrame(int ifindex, ReadOnlySpan<byte> frame)
    {
        using var socket = PacketSocket.Open(this);
        socket.Send(ifindex, frame);
    }

    public void Dispose() => _fd.Dispose();

    internal static SafeFd OpenFile(string path) =>
        SafeFd.Own(Libc.Open(path, O_RDONLY | O_CLOEXEC, 0), $"open {path}");

    static NetNs Open(string path, string? name)
    {
        var fd = OpenFile(path);
        if (Libc.Ioctl(fd, NS_GET_NSTYPE) == CLONE_NEWNET)
            return new NetNs(fd, name);
        fd.Dispose();
        throw new LinuxException($"open {path}", Errno.EINVAL, "not a network namespace");
    }

    static NetNsIdentity Identify(SafeFd fd)
    {
        LinuxException.ThrowIfNegative(
            Libc.Statx(fd, "", AT_EMPTY_PATH, STATX_INO, out var stat), "stat network namespace");
        return new NetNsIdentity((ulong)stat.DeviceMajor << 32 | stat.DeviceMinor, stat.Inode);
    }

    Socket Bound(IPEndPoint endpoint, SocketType type, ProtocolType protocol)
    {
        var socket = OpenSocket(endpoint.AddressFamily, type, protocol);
        try
        {
            socket.Bind(endpoint);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
