using Weft.Model.State;
using Weft.Rules.Tables;

namespace Weft.Rules.Linting;

/// <summary>Doubts about one security group.</summary>
sealed class GroupLint(RuleSet set, LintContext context)
{
    internal IEnumerable<RuleWarning> All()
    {
        if (context.PortsIn(set.Uid).Count == 0)
            yield return new("", RuleWarningCode.NoEffect, "no port has it, so it restricts nothing yet: name it in a port's security groups");
        var (placed, earlier) = (new PlacedSet(set), new ShadowIndex());
        for (var i = 0; i < set.Rules.Length; i++)
        {
            var rule = set.Rules[i].Spec;
            var remote = rule.Direction == RuleDirection.Ingress ? rule.From : rule.To;
            if (remote.Group is { } group && context.PortsIn(group).Count == 0)
                yield return new($"rules[{i}].remoteGroup", RuleWarningCode.NoEffect, $"no port is in security group {context.NameOfGroup(group)}");
            if (earlier.Find(placed, rule) is { } shadow)
                yield return new($"rules[{i}]", RuleWarningCode.Shadowed, $"rules[{shadow.Position}] allows all that it allows");
            earlier.Add(placed, rule, i);
        }
        if (!earlier.IsComplete)
            yield return new("", RuleWarningCode.NotAllSeen, "there are too many rules to hold each against all others: some doubts may be missing");
    }
}
