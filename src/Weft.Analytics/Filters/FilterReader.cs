using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Superpower.Model;

namespace Weft.Analytics.Filters;

/// <summary>Text → tokens → syntax → <see cref="FlowFilter"/>; each step tells all faults that it can see.</summary>
sealed class FilterReader
{
    readonly FilterFaults _faults;
    readonly FilterBinder _binder;

    FilterReader(string text, DateTimeOffset now)
    {
        _faults = new(text);
        _binder = new(_faults, now);
    }

    internal static FlowFilter Read(string text, DateTimeOffset now)
    {
        var reader = new FilterReader(text, now);
        if (text.Length > FilterLimits.Length)
            reader._faults.Add(FilterLimits.Length, 0, $"a filter may have at most {FilterLimits.Length} characters, this has {text.Length}");
        reader._faults.ThrowIfAny();
        if (string.IsNullOrWhiteSpace(text))
            return FlowFilter.Everything;
        var filter = reader.Read(FilterTokenizer.Instance.Tokenize(text), text.Length);
        reader._faults.ThrowIfAny();
        return filter;
    }

    FlowFilter Read(TokenList<FilterToken> tokens, int end)
    {
        var list = tokens.ToArray();
        CheckTokens(list);
        CheckDepth(list);
        _faults.ThrowIfAny();
        var result = FilterGrammar.Read(tokens);
        if (result.HasValue)
            return _binder.Bind(result.Value);
        var found = list.FirstOrDefault(token => token.Position.Absolute == result.ErrorPosition.Absolute);
        var expected = Expected(result.Expectations ?? []);
        if (!result.ErrorPosition.HasValue || found.Kind == FilterToken.None)
            _faults.Add(end, 0, $"the filter ends too early; {expected}");
        else
            _faults.Add(found.Position.Absolute, found.Span.Length, $"'{Shown(found)}' does not fit here; {expected}");
        _faults.ThrowIfAny();
        return FlowFilter.Everything;
    }

    void CheckTokens(IReadOnlyList<Token<FilterToken>> tokens)
    {
        foreach (var token in tokens)
        {
            if (token.Kind == FilterToken.Unended)
                _faults.Add(token.Position.Absolute, 1, "a text that begins here has no quote at its end");
            if (token.Kind == FilterToken.Unknown)
                _faults.Add(token.Position.Absolute, token.Span.Length, $"'{Shown(token)}' has no meaning here; {Advice(token.ToStringValue())}");
        }
        var values = tokens.Count(token => token.Kind is FilterToken.Word or FilterToken.Text);
        if (values > FilterLimits.Terms * 2)
            _faults.Add(tokens[^1].Position.Absolute, 0, $"a filter may have at most {FilterLimits.Terms} values");
    }

    /// <summary>Before the grammar, which is recursive.</summary>
    void CheckDepth(IReadOnlyList<Token<FilterToken>> tokens)
    {
        var open = new Stack<int>();
        var (depth, nots) = (0, 0);
        foreach (var token in tokens)
        {
            if (token.Kind == FilterToken.Not)
                nots++;
            else if (token.Kind == FilterToken.Open)
            {
                open.Push(nots + 1);
                depth += nots + 1;
                nots = 0;
            }
            else
            {
                nots = 0;
                if (token.Kind == FilterToken.Close && open.TryPop(out var level))
                    depth -= level;
            }
            if (depth + nots <= FilterLimits.Depth)
                continue;
            _faults.Add(token.Position.Absolute, token.Span.Length, $"more than {FilterLimits.Depth} parentheses and 'not' are within each other");
            return;
        }
    }

    static string Advice(string text) => text switch
    {
        "&" or "&&" => "write 'and'",
        "|" or "||" => "write 'or'",
        "!" => "write 'not'",
        _ => "put texts with such characters in quotes",
    };

    static string Expected(string[] expectations)
    {
        string[] distinct = [.. expectations.Select(text => text.Replace('`', '\'')).Distinct()];
        return distinct.Length switch
        {
            0 => "'and', 'or' or the end is expected", // after a whole filter the grammar says nothing
            1 => $"{distinct[0]} is expected",
            _ => $"{string.Join(", ", distinct[..^1])} or {distinct[^1]} is expected",
        };
    }

    static string Shown(Token<FilterToken> token) => Model.Validation.NameRules.Shown(token.ToStringValue());
}

/// <summary>What stands between quotes.</summary>
static class QuotedText
{
    internal static bool TryRead(string quoted, out string text)
    {
        var inner = quoted.AsSpan(1, quoted.Length - 2);
        var plain = new StringBuilder();
        for (var i = 0; i < inner.Length; i++)
        {
            if (inner[i] != '\\')
                plain.Append(inner[i]);
            else if (!TryEscape(inner, ref i, plain))
            {
                text = "";
                return false;
            }
        }
        text = plain.ToString();
        return true;
    }

    static bool TryEscape(ReadOnlySpan<char> inner, ref int i, StringBuilder plain)
    {
        if (++i >= inner.Length)
            return false;
        switch (inner[i])
        {
            case '\\' or '"' or '\'':
                plain.Append(inner[i]);
                return true;
            case 'n' or 't' or 'r':
                plain.Append(inner[i] switch { 'n' => '\n', 't' => '\t', _ => '\r' });
                return true;
            case 'u' when i + 4 < inner.Length && ushort.TryParse(
                inner.Slice(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) && !char.IsSurrogate((char)code):
                plain.Append((char)code);
                i += 4;
                return true;
            default:
                return false;
        }
    }

    internal static string Write(string text)
    {
        if (text.Length > 0 && text.All(FilterTokenizer.IsWord) && !IsKeyword(text))
            return text;
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            quoted.Append(c switch
            {
                '\\' => "\\\\",
                '"' => "\\\"",
                '\n' => "\\n",
                '\t' => "\\t",
                '\r' => "\\r",
                _ when char.IsControl(c) => $"\\u{(int)c:x4}",
                _ => c.ToString(),
            });
        }
        return quoted.Append('"').ToString();
    }

    static bool IsKeyword(string text) => ImmutableArray.Create("and", "or", "not", "in").Contains(text, StringComparer.OrdinalIgnoreCase);
}
