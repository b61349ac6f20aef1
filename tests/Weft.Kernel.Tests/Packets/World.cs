using System.Net;
using Weft.Dataplane.Abi;
using Weft.Model.Addressing;

namespace Weft.Kernel.Tests.Packets;

/// <summary>
/// Two nodes with one network over both, and a second network with the same addresses.
/// <code>
///   node 1: a 10.0.0.2, b 10.0.0.3 (network 100), twin 10.0.0.2 (network 200)
///   node 2: c 10.0.0.4 (network 100)                    fabric 192.0.2.1 — 192.0.2.2
/// </code>
/// </summary>
static class World
{
    internal const uint A = 11, B = 12, Twin = 13, C = 14, D = 15, E = 16, Fabric = 21, Service = 31;
    internal const uint Vni = 100, OtherVni = 200, Node1 = 1, Node2 = 2;
    internal const string Gateway = "02:57:45:46:54:01";
    internal const string MacA = "02:00:00:00:00:0a", MacB = "02:00:00:00:00:0b", MacC = "02:00:00:00:00:0c";
    internal const string MacTwin = "02:00:00:00:00:0d", MacService = "02:00:00:00:00:05";
    internal const string A4 = "10.0.0.2", B4 = "10.0.0.3", C4 = "10.0.0.4", Gateway4 = "10.0.0.1";
    internal const string A6 = "fd00::2", B6 = "fd00::3", C6 = "fd00::4", Gateway6 = "fd00::1";
    internal const string Nobody4 = "10.0.0.99", Nobody6 = "fd00::99";
    internal const string Fabric1 = "192.0.2.1", Fabric2 = "192.0.2.2";
    internal const string Fabric1v6 = "2001:db8::1", Fabric2v6 = "2001:db8::2";

    static readonly uint[] s_interfaces = [A, B, Twin, C, D, E, Fabric, Service];

    internal static TestVrouter NodeOne(
        uint flows = 1024, DataplaneConfig? config = null, bool fabricV6 = false, uint reportBytes = TestVrouter.ReportBytes)
    {
        var node = new TestVrouter(config, flows, reportBytes, s_interfaces);
        node.AddNetwork(Vni, Gateway4, Gateway6);
        node.AddPort(A, id: 1, Vni, MacA, [A4, A6]);
        node.AddPort(B, id: 2, Vni, MacB, [B4, B6]);
        node.AddNetwork(OtherVni, Gateway4, Gateway6);
        node.AddPort(Twin, id: 3, OtherVni, MacTwin, [A4, A6]);
        node.AddNode(Node2, fabricV6 ? Fabric1v6 : Fabric1, fabricV6 ? Fabric2v6 : Fabric2, Fabric);
        Lead(node, Node2, C4, C6);
        return node;
    }

    internal static TestVrouter NodeTwo(bool fabricV6 = false)
    {
        var node = new TestVrouter(ifindexes: s_interfaces);
        node.AddNetwork(Vni, Gateway4, Gateway6);
        node.AddPort(C, id: 1, Vni, MacC, [C4, C6]);
        node.AddNode(Node1, fabricV6 ? Fabric2v6 : Fabric2, fabricV6 ? Fabric1v6 : Fabric1, Fabric);
        Lead(node, Node1, A4, A6, B4, B6);
        return node;
    }

    internal static void AddService(TestVrouter node, byte protocol, byte family, ushort port) =>
        node.Map<ServiceKey, ServiceEntry>("weft_services").Set(
            new() { Protocol = protocol, Family = family, Port = port },
            new()
            {
                Address = IPAddress.Parse(family == 4 ? "169.254.169.1" : "fd53::1"),
                CallerPrefix = IPAddress.Parse(family == 4 ? "10.0.0.0" : "fd54::"),
                Ifindex = Service,
                Mac = MacAddress.Parse(MacService),
            });

    internal static FlowKey Key(
        string source, string destination, int protocol, ushort sourcePort, ushort destinationPort, uint vni = Vni) => new()
    {
        Vni = vni,
        Protocol = (byte)protocol,
        Source = IPAddress.Parse(source),
        Destination = IPAddress.Parse(destination),
        SourcePort = sourcePort,
        DestinationPort = destinationPort,
    };

    /// <summary>The packet inside the fabric's headers, as the other node sends it.</summary>
    internal static byte[] Overlay(
        Packet? outer, uint vni, byte[] frame, ushort port = 4789, byte flags = 8, bool toNodeOne = true) =>
        (outer ?? Packet.Frame(MacC, MacA).IPv4(toNodeOne ? Fabric2 : Fabric1, toNodeOne ? Fabric1 : Fabric2))
            .Udp(50000, port, checksum: false).Vxlan(vni, flags).Raw(frame).Bytes();

    static void Lead(TestVrouter node, uint number, params string[] addresses)
    {
        foreach (var address in addresses)
            node.AddRoute(Vni, address, new() { Action = FlowAction.Remote, Vni = Vni, Node = number });
    }
}
