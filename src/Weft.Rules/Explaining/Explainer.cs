namespace Weft.Rules.Explaining;

/// <summary>Says why a connection passes or not.</summary>
public static class Explainer
{
    /// <summary>Explains what becomes of a connection by the book.</summary>
    /// <param name="book">All policies and security groups of the cluster.</param>
    /// <param name="networkName">Shows a network that a rule names: <c>project/name</c>.</param>
    public static Explanation Explain(
        RuleBook book, ExplainSubject from, ExplainSubject to, Traffic traffic, Func<Guid, string> networkName) =>
        new ExplanationBuilder(book, from, to, traffic, networkName).Build();
}
