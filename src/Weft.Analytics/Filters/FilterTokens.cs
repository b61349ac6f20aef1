using Superpower;
using Superpower.Display;
using Superpower.Model;

namespace Weft.Analytics.Filters;

enum FilterToken
{
    None,
    [Token(Description = "a word")]
    Word,
    [Token(Description = "a text in quotes")]
    Text,
    [Token(Example = "=")]
    Equal,
    [Token(Example = "!=")]
    NotEqual,
    [Token(Example = "<")]
    Less,
    [Token(Example = "<=")]
    LessOrEqual,
    [Token(Example = ">")]
    Greater,
    [Token(Example = ">=")]
    GreaterOrEqual,
    [Token(Example = "~")]
    Matches,
    [Token(Example = "!~")]
    NotMatches,
    [Token(Example = "(")]
    Open,
    [Token(Example = ")")]
    Close,
    [Token(Example = ",")]
    Comma,
    [Token(Example = "and")]
    And,
    [Token(Example = "or")]
    Or,
    [Token(Example = "not")]
    Not,
    [Token(Example = "in")]
    In,
    /// <summary>A quote that never ends.</summary>
    Unended,
    /// <summary>A character that has no meaning.</summary>
    Unknown,
}

/// <summary>Cuts a text into tokens. Never fails: what is wrong becomes a token too, so that all of it can be told at once.</summary>
sealed class FilterTokenizer : Tokenizer<FilterToken>
{
    internal static readonly FilterTokenizer Instance = new();

    internal static bool IsWord(char c) => char.IsLetterOrDigit(c) || c is '-' or '_' or '.' or '/' or ':' or '+' or '*';

    protected override IEnumerable<Result<FilterToken>> Tokenize(TextSpan span)
    {
        var next = SkipWhiteSpace(span);
        while (next.HasValue)
        {
            var (kind, length) = One(next.Location);
            var rest = next.Location.Skip(length);
            yield return Result.Value(kind, next.Location, rest);
            next = SkipWhiteSpace(rest);
        }
    }

    static (FilterToken, int) One(TextSpan at)
    {
        var text = at.Source!.AsSpan(at.Position.Absolute, at.Length);
        if (text[0] is '"' or '\'')
            return Quoted(text);
        if (!IsWord(text[0]))
            return Sign(text);
        var length = 1;
        while (length < text.Length && IsWord(text[length]))
            length++;
        return (Keyword(text[..length]), length);
    }

    static (FilterToken, int) Quoted(ReadOnlySpan<char> text)
    {
        for (var i = 1; i < text.Length; i++)
        {
            if (text[i] == '\\')
                i++;
            else if (text[i] == text[0])
                return (FilterToken.Text, i + 1);
        }
        return (FilterToken.Unended, text.Length);
    }

    static (FilterToken, int) Sign(ReadOnlySpan<char> text) => text switch
    {
        ['=', '=', ..] => (FilterToken.Equal, 2),
        ['=', ..] => (FilterToken.Equal, 1),
        ['!', '=', ..] or ['<', '>', ..] => (FilterToken.NotEqual, 2),
        ['<', '=', ..] => (FilterToken.LessOrEqual, 2),
        ['<', ..] => (FilterToken.Less, 1),
        ['>', '=', ..] => (FilterToken.GreaterOrEqual, 2),
        ['>', ..] => (FilterToken.Greater, 1),
        ['!', '~', ..] => (FilterToken.NotMatches, 2),
        ['~', ..] => (FilterToken.Matches, 1),
        ['(', ..] => (FilterToken.Open, 1),
        [')', ..] => (FilterToken.Close, 1),
        [',', ..] => (FilterToken.Comma, 1),
        ['&', '&', ..] or ['|', '|', ..] => (FilterToken.Unknown, 2),
        [var high, var low, ..] when char.IsSurrogatePair(high, low) => (FilterToken.Unknown, 2),
        _ => (FilterToken.Unknown, 1),
    };

    static FilterToken Keyword(ReadOnlySpan<char> word) =>
        word.Equals("and", StringComparison.OrdinalIgnoreCase) ? FilterToken.And
        : word.Equals("or", StringComparison.OrdinalIgnoreCase) ? FilterToken.Or
        : word.Equals("not", StringComparison.OrdinalIgnoreCase) ? FilterToken.Not
        : word.Equals("in", StringComparison.OrdinalIgnoreCase) ? FilterToken.In
        : FilterToken.Word;
}
