using System.Net;
using Weft.Model.Addressing;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Tests.Compiler;

/// <summary>A thousand nodes with a hundred thousand ports, for figures and for what must not depend on size.</summary>
static class LargeCluster
{
    public const int Nodes = 1000;
    public const int Networks = 2000;
    public const int PortsPerNetwork = 50;
    public const int Rules = 10_000;

    /// <summary>Networks that every node holds a port of.</summary>
    public static readonly string[] Wide = ["front", "back"];

    /// <summary>Nodes, networks and ports of few nodes each.</summary>
    public static IEnumerable<Resource> Narrow(int networks = Networks)
    {
        for (var i = 0; i < Nodes; i++)
            yield return new Node
            {
                Name = NodeName(i), Uid = Guid.NewGuid(), Number = (uint)i + 1, FabricAddress = Fabric(i), FabricMtu = 1500,
            };
        for (var i = 0; i < networks; i++)
        {
            yield return Network($"net-{i}", (uint)i + 1, "10.1.0.0/16");
            for (var j = 0; j < PortsPerNetwork; j++)
                yield return Port($"port-{i}-{j}", $"net-{i}", (i * 7 + j * 13) % Nodes, [10, 1, (byte)(j >> 8), (byte)(j + 2)]);
        }
    }

    /// <summary>Nodes, networks and ports of few nodes each, and floating IPs on all of the nodes.</summary>
    public static IEnumerable<Resource> WithFloatingIps(int count)
    {
        foreach (var resource in Narrow(count / PortsPerNetwork))
            yield return resource;
        yield return new ExternalNetwork { Name = "internet", Uid = Guid.NewGuid(), Vni = 1 << 20, Subnets = [new() { Prefix = IPNetwork.Parse("198.18.0.0/15") }] };
        for (var i = 0; i < count; i++)
            yield return new FloatingIp
            {
                Name = $"f{i}",
                Uid = Guid.NewGuid(),
                ExternalNetwork = "internet",
                Address = new([198, 18, (byte)(i >> 8), (byte)i]),
                Port = $"port-{i / PortsPerNetwork}-{i % PortsPerNetwork}",
            };
    }

    /// <summary>The same number of ports, some of them in networks that live on every node, with a policy about these.</summary>
    public static IEnumerable<Resource> WithPolicy()
    {
        var narrow = Networks - Wide.Length * Nodes / PortsPerNetwork;
        foreach (var resource in Narrow(narrow))
            yield return resource;
        for (var i = 0; i < Wide.Length; i++)
        {
            yield return Network(Wide[i], (uint)(narrow + i + 1), $"10.{i + 2}.0.0/16");
            for (var j = 0; j < Nodes; j++)
                yield return Port($"{Wide[i]}-{j}", Wide[i], j, [10, (byte)(i + 2), (byte)((j + 2) >> 8), (byte)(j + 2)]);
        }
        yield return Policy();
    }

    /// <param name="changed">Id of a rule that logs: to change one is to log another.</param>
    public static Policy Policy(uint changed = 0) => new()
    {
        Name = "p",
        Uid = PolicyUid,
        Number = 1,
        Networks = Wide,
        LastRuleId = Rules,
        Rules =
        [
            .. Enumerable.Range(1, Rules).Select(id => new PolicyRule
            {
                Id = (uint)id,
                Action = Weft.Model.Resources.Policy.Allow,
                Protocol = "tcp",
                From = new() { Network = Wide[0], Prefix = new IPNetwork(new IPAddress([10, 2, (byte)(id % 16), 0]), 24) },
                To = new() { Network = Wide[1] },
                Ports = [new((ushort)id, (ushort)id)],
                Log = id == changed,
            }),
        ],
    };

    public static Snapshot Snapshot(IEnumerable<Resource> resources) =>
        Weft.Model.State.Snapshot.Empty.With([.. resources.Select(resource => new Change(ResourceKey.Of(resource), null, resource))], 1);

    public static string NodeName(int i) => $"n{i}";

    public static IPAddress Fabric(int i) => new([10, 0, (byte)(i >> 8), (byte)(i + 1)]);

    static readonly Guid PolicyUid = Guid.NewGuid();

    static Network Network(string name, uint vni, string prefix)
    {
        var (network, bytes) = (IPNetwork.Parse(prefix), IPNetwork.Parse(prefix).BaseAddress.GetAddressBytes());
        bytes[^1] = 1;
        return new() { Name = name, Uid = Guid.NewGuid(), Vni = vni, Subnets = [new() { Prefix = network, Gateway = new(bytes) }] };
    }

    static Port Port(string name, string network, int node, byte[] address)
    {
        var uid = Guid.NewGuid();
        return new()
        {
            Name = name,
            Network = network,
            Uid = uid,
            Node = NodeName(node),
            Addresses = [new IPAddress(address)],
            MacAddress = MacAddress.FromBytes([2, .. uid.ToByteArray()[..5]]),
        };
    }
}
