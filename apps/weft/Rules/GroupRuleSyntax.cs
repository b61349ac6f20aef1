using Weft.Model.Resources;

namespace Weft.Cli.Rules;

/// <summary>Rules of security groups as people write them: <c>ingress tcp 22,80 from 10.0.0.0/8</c>.</summary>
static class GroupRuleSyntax
{
    public const string Help = "DIRECTION [PROTOCOL] [PORTS] [from|to REMOTE]";

    /// <exception cref="RuleSyntaxException">Says what is wrong.</exception>
    public static SecurityGroupRule Parse(string text)
    {
        var words = new RuleWords(text);
        var direction = words.Take("ingress or egress").ToLowerInvariant();
        if (direction is not (SecurityGroup.Ingress or SecurityGroup.Egress))
            throw new RuleSyntaxException($"begins with '{direction}'; ingress and egress are known");
        var rule = new SecurityGroupRule { Direction = direction };
        rule = TakeFamily(words, rule);
        rule = rule with { Protocol = words.TryTakeProtocol() };
        rule = TakeFamily(words, rule);
        while (!words.AtEnd)
            rule = TakeRest(words, rule);
        return rule;
    }

    static SecurityGroupRule TakeFamily(RuleWords words, SecurityGroupRule rule) =>
        words.TryTake(SecurityGroup.IPv4) ? rule with { Family = SecurityGroup.IPv4 }
        : words.TryTake(SecurityGroup.IPv6) ? rule with { Family = SecurityGroup.IPv6 }
        : rule;

    static SecurityGroupRule TakeRest(RuleWords words, SecurityGroupRule rule)
    {
        var (side, other) = rule.Direction == SecurityGroup.Ingress ? ("from", "to") : ("to", "from");
        if (words.TryTake(side))
            return TakeRemote(words, rule);
        if (words.TryTake(other))
            throw new RuleSyntaxException($"'{other}' is not for {rule.Direction}: that is {side} somewhere");
        if (words.TryTake("type") || words.TryTake("types"))
            return rule with { IcmpTypes = words.TakeList("an ICMP type") };
        if (words.TryTake("port") || words.TryTake("ports") || RuleWords.IsPorts(words.Peek()!))
            return rule with { Ports = [.. rule.Ports ?? [], .. words.TakePorts()] };
        throw new RuleSyntaxException($"'{words.Peek()}' is not understood: ports, 'type' and '{side}' are");
    }

    static SecurityGroupRule TakeRemote(RuleWords words, SecurityGroupRule rule)
    {
        if (rule.RemotePrefix is not null || rule.RemoteGroup is not null)
            throw new RuleSyntaxException("has two remote sides; write one rule for each");
        if (words.TryTake("any"))
            return rule;
        if (words.TryTake("security", "group") || words.TryTake("group"))
            return rule with { RemoteGroup = words.Take("a security group") };
        var word = words.Take("the remote side");
        return word.StartsWith("group:", StringComparison.Ordinal) ? rule with { RemoteGroup = word["group:".Length..] }
            : RuleWords.TryPrefix(word, out var prefix) ? rule with { RemotePrefix = prefix }
            : throw new RuleSyntaxException($"'{word}' is neither a prefix, nor 'group' and a name, nor 'any'");
    }
}
