using System.Net;
using Weft.Model.Resources;
using Weft.Model.State;
using Step = Weft.Tests.Compiler.RandomCluster.Step;

namespace Weft.Tests.Compiler;

/// <summary>Load balancers that random steps change: members by name and by label, some of which stand for nothing.</summary>
static class RandomBalancers
{
    static readonly Dictionary<string, string>?[] Selectors = [null, new() { ["a"] = "1" }, new() { ["b"] = "2" }, new() { ["a"] = "1", ["b"] = "3" }];

    static readonly string[]?[] Named = [null, ["c0"], ["c1", "c0"], ["c1", "c2"]];

    /// <summary>Certificates that some load balancers name.</summary>
    public static (ResourceKey, Resource?) DoCertificate(Step step, Func<ResourceKey, Resource?> current, long revision)
    {
        var key = ResourceKey.Certificate($"p{step.Name % 2}", $"c{step.Where % 3}");
        var old = current(key) as Certificate;
        return (key, old is not null && step.What == 0
            ? null
            : (old ?? new Certificate { Project = key.Project, Name = key.Name, Uid = Guid.NewGuid() }) with
            {
                Chain = $"chain {step.What}",
                PrivateKey = $"key {step.What}",
                Revision = revision,
            });
    }

    public static (ResourceKey, Resource?) Do(Step step, Func<ResourceKey, Resource?> current, long revision)
    {
        var key = ResourceKey.LoadBalancer($"p{step.Name % 2}", $"lb{step.Where % 2}");
        var old = current(key) as LoadBalancer;
        if (old is not null && step is { What: 0, On: 0 })
            return (key, null);
        var balancer = old ?? new LoadBalancer { Project = key.Project, Name = key.Name, Uid = Guid.NewGuid() };
        return (key, balancer with
        {
            Network = step.What == 1 ? $"net{step.Where % 2}" : balancer.Network is { Length: > 0 } known ? known : "net0",
            Node = step.On == 4 ? null : $"n{step.On}",
            Enabled = step.Chance % 5 == 0 ? false : null,
            Addresses = [new IPAddress([10, 0, 0, (byte)(200 + step.What)])],
            Listeners =
            [
                new() { Name = "l", Protocol = "tcp", Ports = new(80, 80), Pool = "a", Enabled = step.Chance % 7 == 0 ? false : null },
                new()
                {
                    Name = "s",
                    Protocol = step.Chance % 11 == 0 ? "tcp" : "https",
                    Ports = new(443, 443),
                    Pool = "a",
                    Http = new() { Certificates = Named[step.Chance / 5 % Named.Length] },
                },
            ],
            Pools = [Pool("a", step.Chance), Pool("b", step.Chance / 64)],
            Revision = revision,
        });
    }

    static Pool Pool(string name, int chance) => new()
    {
        Name = name,
        Algorithm = chance % 2 == 0 ? null : Model.Resources.Pool.SourceHash,
        MemberPort = (ushort)(chance % 3),
        Members = [.. Enumerable.Range(0, chance / 4 % 4).Select(i => Member((chance / 8) + i))],
        Selector = Selectors[chance / 16 % Selectors.Length],
    };

    static Member Member(int chance) => new()
    {
        Port = $"port{chance % 7}",
        TargetPort = (ushort)(chance % 2 * 8080),
        Weight = chance % 3 == 0 ? 0 : null,
        Enabled = chance % 5 == 0 ? false : null,
    };
}
