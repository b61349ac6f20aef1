using System.Collections.Immutable;

namespace Weft.Rules.Linting;

/// <summary>Finds what is valid in a policy or security group and probably not meant.</summary>
/// <remarks>
/// The work is bounded: what is compared is found by what the rules say, and when that is not enough, a warning says that
/// not all was looked at.
/// </remarks>
public static class Linter
{
    /// <summary>Of these many warnings the rest is only counted.</summary>
    public const int MostWarnings = 100;

    /// <summary>Warnings about one set of the context's book, in the order of the document.</summary>
    public static ImmutableArray<RuleWarning> Lint(RuleSet set, LintContext context)
    {
        var warnings = new List<RuleWarning>();
        foreach (var warning in set.Record.IsGroup ? new GroupLint(set, context).All() : new PolicyLint(set, context).All())
        {
            warnings.Add(warning);
            if (warnings.Count == MostWarnings)
            {
                warnings.Add(new("", RuleWarningCode.NotAllSeen, $"there may be more: only the first {MostWarnings} warnings are given"));
                break;
            }
        }
        return [.. warnings];
    }
}
