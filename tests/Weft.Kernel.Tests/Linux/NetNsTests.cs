using System.Net;
using System.Net.Sockets;
using Weft.Linux;
using Weft.Linux.Interop;

namespace Weft.Kernel.Tests.Linux;

public sealed class NetNsTests
{
    [Fact]
    public void A_named_namespace_is_what_ip_netns_sees_and_goes_with_its_name()
    {
        var name = RunName.Next("named");
        using (NetNs.Create(name))
        {
            Assert.Contains(name, NetNs.Names());
            using var again = NetNs.OpenNamed(name);
            Assert.Contains(name, Command.Run("ip", "netns", "list").Output, StringComparison.Ordinal);
        }
        Assert.True(NetNs.Delete(name));
        Assert.False(NetNs.Delete(name));
        Assert.DoesNotContain(name, NetNs.Names());
    }

    [Fact]
    public void A_name_that_is_taken_is_refused_and_stays()
    {
        using var ns = new TestNamespace("taken");
        var failure = Assert.Throws<LinuxException>(() => NetNs.Create(ns.Name));
        Assert.Equal(Errno.EEXIST, failure.Errno);
        using var still = NetNs.OpenNamed(ns.Name);
        Assert.Equal(ns.Ns.Identity, still.Identity);
    }

    [Fact]
    public async Task A_name_that_several_remove_at_once_goes_without_complaint()
    {
        var name = RunName.Next("contended");
        for (var i = 0; i < 20; i++)
        {
            NetNs.Create(name).Dispose();
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => NetNs.Delete(name))));
            Assert.DoesNotContain(name, NetNs.Names());
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/b")]
    public void A_name_that_leaves_the_folder_is_refused(string name) =>
        Assert.Throws<ArgumentException>(() => NetNs.Create(name));

    [Fact]
    public void A_file_that_is_no_network_namespace_is_refused()
    {
        Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(() => NetNs.Open("/etc/hostname")).Errno);
        Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(() => NetNs.Open("/proc/self/ns/mnt")).Errno);
        Assert.Equal(Errno.ENOENT, Assert.Throws<LinuxException>(() => NetNs.OpenNamed("weftt-none")).Errno);
    }

    [Fact]
    public void The_same_namespace_has_one_identity_however_opened()
    {
        using var a = NetNs.OpenProcess(Environment.ProcessId);
        using var b = NetNs.OpenCurrent();
        using var c = NetNs.CreateAnonymous();
        Assert.Equal(a.Identity, b.Identity);
        Assert.NotEqual(a.Identity, c.Identity);
        Assert.Equal(c.Identity, c.Run(() =>
        {
            using var inside = NetNs.OpenCurrent();
            return inside.Identity;
        }));
    }

    [Fact]
    public void An_exception_inside_reaches_the_caller_and_the_thread_comes_home()
    {
        using var ns = NetNs.CreateAnonymous();
        Assert.Throws<InvalidOperationException>(() => ns.Run(() => throw new InvalidOperationException("inside")));
        using var here = NetNs.OpenCurrent();
        AssertEveryThreadIsIn(here.Identity);
    }

    [Fact]
    public async Task Many_visits_at_once_leave_no_thread_abroad()
    {
        using var here = NetNs.OpenCurrent();
        var namespaces = Enumerable.Range(0, 8).Select(_ => NetNs.CreateAnonymous()).ToList();
        await Parallel.ForAsync(0, 200, TestContext.Current.CancellationToken, (i, _) =>
        {
            var ns = namespaces[i % namespaces.Count];
            Assert.Equal(ns.Identity, ns.Run(() =>
            {
                using var inside = NetNs.OpenCurrent();
                return inside.Identity;
            }));
            return ValueTask.CompletedTask;
        });
        AssertEveryThreadIsIn(here.Identity);
        namespaces.ForEach(ns => ns.Dispose());
    }

    [Fact]
    public async Task A_socket_opened_inside_works_from_any_thread()
    {
        using var ns = new TestNamespace("sockets");
        using var listener = ns.Ns.ListenTcp(new IPEndPoint(IPAddress.Loopback, 0));
        using var udp4 = ns.Ns.BindUdp(new IPEndPoint(IPAddress.Any, 5353));
        using var udp6 = ns.Ns.BindUdp(new IPEndPoint(IPAddress.IPv6Any, 5353)); // IPv6 only, or the port were taken
        using var client = ns.Ns.OpenSocket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var accepting = listener.AcceptAsync(TestContext.Current.CancellationToken);
        await client.ConnectAsync(listener.LocalEndPoint!, TestContext.Current.CancellationToken);
        using var accepted = await accepting;
        Assert.Equal(client.LocalEndPoint, accepted.RemoteEndPoint);
        using var outside = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Assert.Throws<SocketException>(() => outside.Connect(listener.LocalEndPoint!));
        using var here = NetNs.OpenCurrent();
        AssertEveryThreadIsIn(here.Identity);
    }

    [Fact]
    public void A_collection_that_begins_inside_leaves_no_thread_abroad()
    {
        // Below four megabytes nothing is collected in the background.
        var kept = Enumerable.Range(0, 20_000).Select(_ => new byte[1000]).ToArray();
        GC.Collect();
        using var ns = new TestNamespace("gc");
        ns.Ns.Run(() => GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false));
        using var here = NetNs.OpenCurrent();
        AssertEveryThreadIsIn(here.Identity);
        GC.KeepAlive(kept);
    }

    // Other tests visit namespaces meanwhile, on threads named weft-netns; any other thread must be at home.
    static void AssertEveryThreadIsIn(NetNsIdentity home)
    {
        var expected = home.ToString();
        foreach (var task in Directory.EnumerateDirectories("/proc/self/task"))
        {
            if (Visitor(task) is { } other && other != expected)
                Assert.Fail($"{File.ReadAllText($"{task}/comm").Trim()} is in {other}");
        }
    }

    static string? Visitor(string task)
    {
        try
        {
            return File.ReadAllText($"{task}/comm").StartsWith("weft-netns", StringComparison.Ordinal)
                ? null
                : new FileInfo($"{task}/ns/net").LinkTarget;
        }
        catch (IOException)
        {
            return null; // the thread ended
        }
    }
}
