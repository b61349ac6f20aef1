using System.Net;
using Weft.Model.Resources;
using Weft.Model.State;
using Step = Weft.Tests.Compiler.RandomCluster.Step;

namespace Weft.Tests.Compiler;

/// <summary>What reaches out, and in, that random steps change: few names, some of which stand for nothing.</summary>
sealed class RandomOutside
{
    static readonly string?[] Externals = ["ext0", "ext0", "ext1", "ext1", "ghost", null];

    uint _numbers = 10_000;

    public static (ResourceKey, Resource?) DoExternal(Step step, Func<ResourceKey, Resource?> current, long revision, Func<uint> nextVni)
    {
        var key = ResourceKey.ExternalNetwork($"ext{step.Where % 2}");
        var old = current(key) as ExternalNetwork;
        if (old is not null && step.What == 0)
            return (key, null);
        var external = old is null || step.What == 1
            ? new ExternalNetwork { Name = key.Name, Uid = Guid.NewGuid(), Vni = nextVni() }
            : old;
        return (key, external with
        {
            Uplink = step.On % 2 == 0 ? null : "eth1",
            NodeUplinks = (step.Chance % 4) switch
            {
                0 => null,
                1 => new Dictionary<string, string> { ["n0"] = "" },
                _ => new Dictionary<string, string> { ["n1"] = "eth1", [$"n{step.On}"] = "eth2" },
            },
            Default = step.Chance % 5 == 0,
            Subnets = step.Chance % 3 == 0 ? null : [new() { Prefix = IPNetwork.Parse($"203.0.113.{step.On * 16}/28") }],
            Revision = revision,
        });
    }

    public static (ResourceKey, Resource?) DoFloating(Step step, Func<ResourceKey, Resource?> current, long revision)
    {
        var key = ResourceKey.FloatingIp($"p{step.Name % 2}", $"fip{step.Where}");
        var old = current(key) as FloatingIp;
        if (old is not null && step.What == 0)
            return (key, null);
        var floating = old ?? new FloatingIp { Project = key.Project, Name = key.Name, Uid = Guid.NewGuid() };
        var byBalancer = step.Chance % 5 == 0;
        return (key, floating with
        {
            ExternalNetwork = Externals[step.Chance / 5 % Externals.Length],
            Address = step.Chance % 13 == 0 ? IPAddress.Parse("2001:db8::1") : new IPAddress([203, 0, 113, (byte)step.Where]),
            LoadBalancer = byBalancer ? $"lb{step.On % 2}" : null,
            Port = byBalancer || step.Chance % 7 == 0 ? null : $"port{step.Name % 2 + 2 * (step.On % 3)}",
            TargetAddress = step.Chance % 11 == 0 ? new IPAddress([10, 0, 0, (byte)step.On]) : null,
            PortMappings = Mappings(step.Chance / 3),
            Open = step.Chance % 17 == 0,
            Revision = revision,
        });
    }

    public (ResourceKey, Resource?) DoRouter(Step step, Func<ResourceKey, Resource?> current, long revision)
    {
        var key = ResourceKey.Router($"p{step.Name % 2}", $"r{step.Where % 2}");
        var old = current(key) as Router;
        if (old is not null && step.What == 0)
            return (key, null);
        var router = old is null || step.What == 1
            ? new Router { Project = key.Project, Name = key.Name, Uid = Guid.NewGuid(), Number = ++_numbers }
            : old;
        return (key, router with
        {
            Networks = (step.Chance % 5) switch { 0 => null, 1 => ["net0"], 2 => ["net1", "net0x"], 3 => ["net0", "ghost"], _ => ["net0", "net1"] },
            ExternalGateway = Gateway(step.Chance / 5),
            Revision = revision,
        });
    }

    public static ExternalGateway? Gateway(int chance) => (chance % 7) switch
    {
        0 or 1 or 2 => null,
        3 => new() { ExternalNetwork = Externals[chance / 7 % Externals.Length] },
        _ => new()
        {
            ExternalNetwork = Externals[chance / 7 % Externals.Length],
            EgressAddresses = new Dictionary<string, IReadOnlyList<IPAddress>>
            {
                [$"n{chance / 50 % 4}"] = [IPAddress.Parse("203.0.113.201"), IPAddress.Parse("203.0.113.200")],
                ["ghost"] = [IPAddress.Parse("203.0.113.202")],
            },
        },
    };

    public static IReadOnlyList<PortMapping>? Mappings(int chance) => (chance % 4) switch
    {
        0 => [new() { Protocol = "tcp", Ports = new(80, 80), TargetPort = 8080 }],
        1 => [new() { Protocol = "udp", Ports = new(53, 54) }, new() { Protocol = "none", Ports = new(1, 1) }],
        _ => null,
    };

    public static PolicyEndpoint? Outside(int chance) => chance % 9 != 0 ? null : new()
    {
        ExternalNetwork = Externals[chance / 9 % 5],
        Prefix = chance % 2 == 0 ? IPNetwork.Parse("198.51.100.0/24") : null,
    };
}
