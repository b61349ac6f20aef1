using System.Collections.Immutable;

namespace Weft.Rules.Linting;

public sealed partial class LintContext
{
    internal ImmutableArray<RuleWarning> Lint(RuleSet set) => ports.Any() && set.Rules.IsEmpty ? [] : [];
}
