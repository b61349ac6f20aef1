namespace Weft.Rules.Linting;

/// <summary>What kind of doubt a warning is.</summary>
public enum RuleWarningCode
{
    /// <summary>No connection is decided otherwise because of it.</summary>
    NoEffect,

    /// <summary>An earlier rule decides all that it would.</summary>
    Shadowed,

    /// <summary>The other project does not agree, so the networks are not joined.</summary>
    OneSided,

    /// <summary>There are more doubts, or more to look at, than are looked at.</summary>
    NotAllSeen,
}

/// <summary>Something valid that probably does not do what was meant.</summary>
/// <param name="Path">In the document: <c>rules[3]</c>, <c>rules[3].from</c>; empty: the whole of it.</param>
/// <param name="Code">In documents and output in kebab case: <c>no-effect</c>.</param>
/// <param name="Message">What it is and what to do, in one sentence.</param>
public sealed record RuleWarning(string Path, RuleWarningCode Code, string Message);
