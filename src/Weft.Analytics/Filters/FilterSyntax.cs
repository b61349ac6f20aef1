using Superpower.Model;

namespace Weft.Analytics.Filters;

/// <summary>What was written, before its names and values are understood.</summary>
abstract record FilterSyntax
{
    internal sealed record Every(bool IsAnd, IReadOnlyList<FilterSyntax> Parts) : FilterSyntax;

    internal sealed record Not(FilterSyntax Inner) : FilterSyntax;

    internal sealed record Comparison(Token<FilterToken> Field, Compared How) : FilterSyntax;

    /// <param name="Sign">As it was written, for faults.</param>
    internal sealed record Compared(FilterOperator Operator, bool IsNegated, Token<FilterToken> Sign, IReadOnlyList<Token<FilterToken>> Values);
}

enum FilterOperator { Equal, Less, LessOrEqual, Greater, GreaterOrEqual, In, Matches, Contains, StartsWith }
