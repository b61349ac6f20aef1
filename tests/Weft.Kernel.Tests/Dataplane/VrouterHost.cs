using System.Globalization;
using System.Net;
using Weft.Dataplane;
using Weft.Dataplane.Abi;
using Weft.Model.Addressing;

namespace Weft.Kernel.Tests.Dataplane;

/// <summary>A namespace that stands for a host, with a pin directory of its own. All gone at disposal.</summary>
sealed class VrouterHost : IDisposable
{
    internal const int FabricIfindex = 50;

    readonly List<TestNamespace> _containers = [];

    internal VrouterHost(string label)
    {
        Host = new(label);
        Pins = new($"{Kernel.Tests.Sweep.PinRoot}/{RunName.Next(label)}");
    }

    internal TestNamespace Host { get; }

    internal PinDirectory Pins { get; }

    internal Vrouter Open(AttachMode mode = AttachMode.Auto, uint flows = 4096, uint routes = 1024) =>
        Vrouter.Open(new() { Pins = Pins, AttachMode = mode, FlowTableSize = flows, RouteTableSize = routes });

    /// <summary>A container with addresses ("10.0.0.1/24"), its veth's host side in the host.</summary>
    internal Container AddContainer(int number, params string[] prefixes)
    {
        var container = new TestNamespace($"c{number}");
        _containers.Add(container);
        var (link, ifindex) = ($"p{number}", 100 + number);
        var mac = new MacAddress(0x02_00_00_00_00_00ul + (ulong)number);
        Command.Run("ip", "-n", Host.Name, "link", "add", link, "index", ifindex.ToString(CultureInfo.InvariantCulture),
            "type", "veth", "peer", "name", "eth0", "netns", container.Name, "address", mac.ToString());
        Command.Run("ip", "-n", Host.Name, "link", "set", link, "up");
        Command.Run("ip", "-n", container.Name, "link", "set", "eth0", "up");
        foreach (var prefix in prefixes)
            Command.Run("ip", "-n", container.Name, "addr", "add", prefix, "dev", "eth0", "nodad");
        return new(container, ifindex, mac, [.. prefixes.Select(p => IPAddress.Parse(p.Split('/')[0]))]);
    }

    /// <summary>Gives this host and another an interface each to a link between them, and waits until it carries.</summary>
    /// <remarks>
    /// The kernel tells IPv6 of a new carrier up to a second late. Until then a solicitation from the other side goes
    /// unheard, and is repeated after a second; for a neighbour that it looks for, the kernel keeps some ninety frames.
    /// </remarks>
    internal void Join(VrouterHost other, string prefix, string otherPrefix)
    {
        Command.Run("ip", "-n", Host.Name, "link", "add", "fabric", "index", $"{FabricIfindex}", "type", "veth",
            "peer", "name", "fabric", "index", $"{FabricIfindex}", "netns", other.Host.Name);
        foreach (var (host, address) in new[] { (Host, prefix), (other.Host, otherPrefix) })
        {
            Command.Run("ip", "-n", host.Name, "addr", "add", address, "dev", "fabric", "nodad");
            Command.Run("ip", "-n", host.Name, "link", "set", "fabric", "up");
        }
        var there = otherPrefix.Split('/')[0];
        Eventually.True(() => Command.Try(Host, "ping", "-c1", "-W1", there).ExitCode == 0);
    }

    /// <summary>Tells a vrouter of a container's port.</summary>
    internal static void Want(Vrouter vrouter, Container container, uint vni, uint mtu = 1500)
    {
        vrouter.Networks.Set(vni, new());
        foreach (var address in container.Addresses)
            vrouter.Routes.Set(RouteKey.For(vni, address), new()
            {
                Action = FlowAction.Local,
                Vni = vni,
                Ifindex = (uint)container.Ifindex,
                Mac = container.Mac,
            });
        vrouter.Ports.Set((uint)container.Ifindex, new()
        {
            Vni = vni,
            Flags = PortFlags.Open,
            Id = (uint)container.Ifindex,
            Mac = container.Mac,
            GatewayMac = MacAddress.Gateway,
            Mtu = mtu,
        });
    }

    internal void Attach(Vrouter vrouter, Container container) =>
        Host.Ns.Run(() => vrouter.AttachPort(container.Ifindex));

    public void Dispose()
    {
        foreach (var container in _containers)
            container.Dispose();
        Host.Dispose();
        Pins.Delete();
    }
}

sealed record Container(TestNamespace Namespace, int Ifindex, MacAddress Mac, IReadOnlyList<IPAddress> Addresses)
{
    internal IPAddress Address => Addresses[0];

    internal bool Reaches(IPAddress address, int packets = 1) => Command
        .Try(Namespace, "ping", "-c", $"{packets}", "-i", "0.05", "-W", "2", address.ToString()).ExitCode == 0;
}
