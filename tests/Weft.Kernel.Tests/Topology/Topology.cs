using System.Globalization;
using System.Net;
using Weft.Dataplane;
using Weft.Linux;

namespace Weft.Kernel.Tests;

/// <summary>
/// Hosts and containers of a test, each a network namespace: hosts are joined by an underlay (one Ethernet segment, a
/// bridge in a namespace of its own), containers have nothing but a loopback until something attaches them.
/// </summary>
/// <remarks>
/// Nothing touches the namespace the test runs in. Names carry the process id and a number, so runs do not meet; the
/// first topology of a run removes what dead runs left. Disposal removes everything, whatever the test did.
/// </remarks>
sealed class Topology : IDisposable
{
    readonly Stack<IDisposable> _made = new();
    readonly Lazy<TestNamespace> _switch;
    readonly Lazy<string> _pins;
    int _nodes;

    /// <param name="mtu">Of the underlay, bytes of L3.</param>
    internal Topology(int mtu = 1500)
    {
        Mtu = mtu;
        _switch = new Lazy<TestNamespace>(MakeSwitch);
        _pins = new Lazy<string>(MakePins);
    }

    internal int Mtu { get; }

    /// <summary>A folder on bpffs for this topology's pins. Every part that pins makes a folder of its own in it.</summary>
    internal string PinFolder => _pins.Value;

    /// <summary>A host with the interface "fabric" on the underlay: 192.0.2.N/24 and 2001:db8:ffff::N/64.</summary>
    internal TestNode Node(string label)
    {
        var node = new TestNode(label, ++_nodes, _switch.Value, Mtu);
        _made.Push(node);
        return node;
    }

    /// <summary>A namespace for a container.</summary>
    internal TestNamespace Container(string label)
    {
        var container = new TestNamespace(label);
        _made.Push(container);
        return container;
    }

    public void Dispose()
    {
        while (_made.TryPop(out var made))
            made.Dispose();
        if (_pins.IsValueCreated && Directory.Exists(_pins.Value))
            Directory.Delete(_pins.Value, recursive: true);
    }

    TestNamespace MakeSwitch()
    {
        var ns = Container("switch");
        ns.Netlink.CreateLink(new BridgeSpec { Name = TestNode.BridgeName, Mtu = Mtu, Up = true });
        return ns;
    }

    static string MakePins()
    {
        Sweep.Once();
        BpffsMount.Ensure(); // once: a second mount would hide the pins of every test that runs
        return Directory.CreateDirectory(Path.Combine(Sweep.PinRoot, RunName.Next("pins"))).FullName;
    }
}

/// <summary>A host of a <see cref="Topology"/>.</summary>
sealed class TestNode : IDisposable
{
    internal const string Fabric = "fabric";
    internal const string BridgeName = "br0";
    readonly TestNamespace _switch;
    readonly string _plug;

    internal TestNode(string label, int number, TestNamespace theSwitch, int mtu)
    {
        _switch = theSwitch;
        _plug = string.Create(CultureInfo.InvariantCulture, $"plug{number}");
        IPv4 = IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"192.0.2.{number}"));
        IPv6 = IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"2001:db8:ffff::{number:x}"));
        Host = new TestNamespace(label);
        try
        {
            Plug(mtu);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    internal TestNamespace Host { get; }

    internal IPAddress IPv4 { get; }

    internal IPAddress IPv6 { get; }

    internal Netlink Netlink => Host.Netlink;

    internal Link FabricLink => Netlink.GetLink(Fabric);

    /// <summary>Pulls the host's cable: the fabric interface loses its carrier.</summary>
    internal void Unplug() => _switch.Netlink.SetDown(_plug);

    /// <summary>Puts it back.</summary>
    internal void Replug() => _switch.Netlink.SetUp(_plug);

    public void Dispose() => Host.Dispose();

    void Plug(int mtu)
    {
        var bridge = _switch.Netlink.GetLink(BridgeName).Index;
        _switch.Netlink.Submit(new NetlinkBatch()
            .CreateLink(new VethSpec { Name = _plug, PeerName = Fabric, PeerNamespace = Host.Ns, Mtu = mtu })
            .UpdateLink(_plug, new LinkUpdate { Master = bridge, LinkLocalAddress = false })
            .SetUp(_plug));
        var link = FabricLink;
        Netlink.Submit(new NetlinkBatch()
            .SetUp(link)
            .SetAddress(Own(link, IPv4, 24))
            .SetAddress(Own(link, IPv6, 64)));
    }

    static InterfaceAddress Own(Link link, IPAddress address, int length) => new()
    {
        LinkIndex = link.Index,
        Address = address,
        PrefixLength = length,
        NoDuplicateDetection = address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6,
    };
}
