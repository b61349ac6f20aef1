using System.Net;
using Weft.Model.Resources;
using Weft.Model.State;
using Step = Weft.Tests.Compiler.RandomCluster.Step;

namespace Weft.Tests.Compiler;

/// <summary>Policies and security groups that random steps change: few names, some of which stand for nothing.</summary>
sealed class RandomRules
{
    static readonly string?[] Networks =
        [null, null, "net0", "net1", "net0", "net1", "p0/net0", "p0/net1", "p1/net0", "p1/net1", "p0/net0x", "net1x", "ghost"];

    static readonly string?[] GroupNames = [null, null, null, null, "g0", "g1", "g0x", "ghost"];

    static readonly string[][] Attachments = [["net0"], ["net1"], ["net0", "net1"], ["net0", "net0x", "ghost"], []];

    uint _numbers;

    public (ResourceKey, Resource?) DoPolicy(Step step, Func<ResourceKey, Resource?> current, long revision)
    {
        var key = ResourceKey.Policy($"p{step.Name % 2}", $"pol{step.Where % 2}");
        var old = current(key) as Policy;
        if (old is not null && step is { What: 0, On: 0 })
            return (key, null);
        var policy = old ?? new Policy
        {
            Project = key.Project,
            Name = key.Name,
            Uid = Guid.NewGuid(),
            Number = ++_numbers,
            Networks = Attachments[step.Chance % Attachments.Length],
        };
        if (step.What == 1)
            policy = policy with { Priority = step.On, Networks = Attachments[step.Chance % Attachments.Length] };
        var id = (uint)step.On;
        var rules = (policy.Rules ?? []).Where(rule => rule.Id != id).ToList();
        if (step.What > 0)
            rules.Insert(step.Chance % (rules.Count + 1), Rule(id, step.Chance));
        return (key, policy with { Rules = rules, Revision = revision });
    }

    public (ResourceKey, Resource?) DoGroup(Step step, Func<ResourceKey, Resource?> current, long revision)
    {
        var key = ResourceKey.SecurityGroup($"p{step.Name % 2}", $"g{step.Where % 2}");
        var old = current(key) as SecurityGroup;
        if (old is not null && step.What == 0)
            return (key, null);
        var group = old ?? new SecurityGroup { Project = key.Project, Name = key.Name, Uid = Guid.NewGuid(), Number = ++_numbers };
        var id = (uint)step.On;
        var rules = (group.Rules ?? []).Where(rule => rule.Id != id).ToList();
        if (step.What > 1)
            rules.Add(new()
            {
                Id = id,
                Direction = step.Chance % 2 == 0 ? SecurityGroup.Ingress : SecurityGroup.Egress,
                Protocol = step.Chance % 3 == 0 ? "tcp" : null,
                RemoteGroup = GroupNames[step.Chance / 8 % GroupNames.Length],
            });
        return (key, group with { Rules = rules, Revision = revision });
    }

    public static IReadOnlyDictionary<string, string>? Labels(int chance) => (chance % 4) switch
    {
        0 => null,
        1 => new Dictionary<string, string>(),
        var n => new Dictionary<string, string> { ["b"] = $"{n}", ["a"] = "1" },
    };

    public static IReadOnlyList<string>? Groups(int chance) => (chance / 4 % 6) switch
    {
        0 or 1 => null,
        2 => ["g0"],
        3 => ["g1", "g0"],
        4 => ["g0x", "ghost", "nobody"],
        _ => [],
    };

    static PolicyRule Rule(uint id, int chance) => new()
    {
        Id = id,
        Action = chance % 7 == 0 ? Policy.Deny : Policy.Allow,
        Direction = chance % 3 == 0 ? Policy.BothWays : null,
        Protocol = (chance % 5) switch { 0 => "tcp", 1 => "icmp", _ => null },
        IcmpTypes = chance % 5 == 1 ? ["echo-request"] : null,
        From = Endpoint(chance / 3),
        To = Endpoint(chance / 500),
    };

    static PolicyEndpoint? Endpoint(int chance) => chance % 10 == 0 ? null : RandomOutside.Outside(chance / 2) ?? new()
    {
        Network = Networks[chance % Networks.Length],
        SecurityGroup = GroupNames[chance / 13 % GroupNames.Length],
        Prefix = chance % 17 == 0 ? IPNetwork.Parse("10.0.0.0/24") : null,
        Labels = Labels(chance / 4),
    };
}
