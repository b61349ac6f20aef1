using System.Collections.Immutable;

namespace Weft.Rules.Linting;

/// <summary>Finds what is valid in a policy or security group and probably not meant.</summary>
public static class Linter
{
    /// <summary>Warnings about one set of the context's book, in the order of the document.</summary>
    public static ImmutableArray<RuleWarning> Lint(RuleSet set, LintContext context) => context.Lint(set);
}
