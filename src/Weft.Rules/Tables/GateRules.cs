namespace Weft.Rules.Tables;

/// <summary>The rules that one gate asks about a pair, in deciding order.</summary>
/// <param name="IsLenient">
/// One side is outside: that no rule of this gate fits is said only when all others pass, since then a permission may stand in.
/// </param>
sealed record GateRules(GateKind Gate, List<PlacedRule> Rules, bool IsLenient = false)
{
    /// <summary>What all gates say together, from what each says; as in <see cref="Decision"/>.</summary>
    /// <param name="gates">In the order in which they are asked.</param>
    /// <param name="answers">The rule that fits, of each; null: none.</param>
    internal static RuleVerdict Fold(IReadOnlyList<GateRules> gates, ReadOnlySpan<PlacedRule?> answers)
    {
        PlacedRule? policy = null, egress = null, ingress = null;
        var isOpen = false;
        for (var i = 0; i < answers.Length; i++)
        {
            var answer = answers[i];
            if (gates[i].Gate != GateKind.Policy)
            {
                if (answer is null)
                    return RuleVerdict.NoGroupRule;
                (egress, ingress) = gates[i].Gate == GateKind.Egress ? (answer, ingress) : (egress, answer);
                continue;
            }
            if (answer is null && gates[i].IsLenient)
            {
                isOpen = true;
                continue;
            }
            if (answer is null)
                return RuleVerdict.NoRule;
            if (answer.Spec.Action != Model.State.RuleAction.Allow)
                return Of(DenyReason.PolicyDenied, answer);
            if (policy is null || answer.Spec.Log && !policy.Spec.Log)
                policy = answer;
        }
        return isOpen ? RuleVerdict.NoRule : Of(DenyReason.None, (policy ?? ingress ?? egress)!);
    }

    static RuleVerdict Of(DenyReason reason, PlacedRule rule) => new(
        reason, rule.Set.Record.Number, rule.Rule.Key.Id,
        Reject: rule.Spec.Action == Model.State.RuleAction.Reject, Log: rule.Spec.Log);
}
