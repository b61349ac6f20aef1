using Superpower;
using Superpower.Model;
using Superpower.Parsers;
using static Weft.Analytics.Filters.FilterToken;
using Words = Superpower.TokenListParser<Weft.Analytics.Filters.FilterToken, Superpower.Model.Token<Weft.Analytics.Filters.FilterToken>>;
using Trees = Superpower.TokenListParser<Weft.Analytics.Filters.FilterToken, Weft.Analytics.Filters.FilterSyntax>;
using Tests = Superpower.TokenListParser<Weft.Analytics.Filters.FilterToken, Weft.Analytics.Filters.FilterSyntax.Compared>;

namespace Weft.Analytics.Filters;

/// <summary>
/// <code>
/// filter     = term { "or" term }
/// term       = factor { "and" factor }
/// factor     = "not" factor | "(" filter ")" | comparison
/// comparison = field ( sign value | ["not"] ( "in" ( value | list ) | "contains" value | "starts" "with" value ) )
/// list       = "(" value { "," value } ")"
/// </code>
/// </summary>
static class FilterGrammar
{
    static readonly Words s_value = Token.EqualTo(Word).Or(Token.EqualTo(Text)).Named("a value");

    static readonly Tests s_sign =
        Sign(Equal, FilterOperator.Equal, false).Or(Sign(NotEqual, FilterOperator.Equal, true))
        .Or(Sign(Less, FilterOperator.Less, false)).Or(Sign(LessOrEqual, FilterOperator.LessOrEqual, false))
        .Or(Sign(Greater, FilterOperator.Greater, false)).Or(Sign(GreaterOrEqual, FilterOperator.GreaterOrEqual, false))
        .Or(Sign(FilterToken.Matches, FilterOperator.Matches, false)).Or(Sign(NotMatches, FilterOperator.Matches, true));

    static readonly TokenListParser<FilterToken, Token<FilterToken>[]> s_list =
        s_value.AtLeastOnceDelimitedBy(Token.EqualTo(Comma)).Between(Token.EqualTo(Open), Token.EqualTo(Close));

    static readonly Tests s_words =
        (from sign in Token.EqualTo(In)
         from values in s_list.Or(s_value.Select(value => (Token<FilterToken>[])[value]))
         select new FilterSyntax.Compared(FilterOperator.In, false, sign, values))
        .Or(from sign in Token.EqualToValueIgnoreCase(Word, "contains")
            from value in s_value
            select new FilterSyntax.Compared(FilterOperator.Contains, false, sign, [value]))
        .Or(from sign in Token.EqualToValueIgnoreCase(Word, "starts")
            from with in Token.EqualToValueIgnoreCase(Word, "with")
            from value in s_value
            select new FilterSyntax.Compared(FilterOperator.StartsWith, false, sign, [value]));

    static readonly Tests s_test = s_sign.Or(s_words)
        .Or(Token.EqualTo(Not).IgnoreThen(s_words).Select(test => test with { IsNegated = true }));

    static readonly Trees s_comparison =
        from field in Token.EqualTo(Word).Named("a field")
        from test in s_test
        select (FilterSyntax)new FilterSyntax.Comparison(field, test);

    static readonly Trees s_factor =
        Token.EqualTo(Not).IgnoreThen(Parse.Ref(() => s_factor!)).Select(inner => (FilterSyntax)new FilterSyntax.Not(inner))
        .Or(Parse.Ref(() => s_filter!).Between(Token.EqualTo(Open), Token.EqualTo(Close)))
        .Or(s_comparison);

    static readonly Trees s_term = s_factor.AtLeastOnceDelimitedBy(Token.EqualTo(And)).Select(parts => Every(true, parts));

    static readonly Trees s_filter = s_term.AtLeastOnceDelimitedBy(Token.EqualTo(Or)).Select(parts => Every(false, parts));

    static readonly Trees s_whole = s_filter.AtEnd();

    internal static TokenListParserResult<FilterToken, FilterSyntax> Read(TokenList<FilterToken> tokens) => s_whole.TryParse(tokens);

    static FilterSyntax Every(bool isAnd, FilterSyntax[] parts) => parts is [var one] ? one : new FilterSyntax.Every(isAnd, parts);

    static Tests Sign(FilterToken token, FilterOperator meaning, bool isNegated) =>
        from sign in Token.EqualTo(token)
        from value in s_value
        select new FilterSyntax.Compared(meaning, isNegated, sign, [value]);
}
