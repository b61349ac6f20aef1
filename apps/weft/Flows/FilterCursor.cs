namespace Weft.Cli.Flows;

enum FilterPart { Field, Operator, Value, Connective }

/// <summary>What may come next in a filter that is being typed. Reads as far as it understands; the server is who checks.</summary>
/// <param name="Head">The text before the word at the end.</param>
/// <param name="Word">What there is of it.</param>
/// <param name="Field">The field that an operator or a value is for.</param>
sealed record FilterCursor(FilterPart Part, string Head, string Word, string Field)
{
    public static FilterCursor Of(string text)
    {
        var tokens = Tokens(text);
        var (part, field, inList) = (FilterPart.Field, "", false);
        // The last token is still being typed, unless a blank follows or it is a sign: then an empty word begins.
        var open = tokens.Count > 0 && tokens[^1].End == text.Length && IsWord(tokens[^1].Text) ? tokens[^1] : (Start: text.Length, End: text.Length, Text: "");
        foreach (var token in tokens.TakeWhile(token => token.Start < open.Start))
            (part, field, inList) = Next(part, field, inList, token.Text);
        return new(part, text[..open.Start], open.Text, field);
    }

    static (FilterPart, string, bool) Next(FilterPart part, string field, bool inList, string token) => part switch
    {
        FilterPart.Field => token is "(" or "not" ? (part, "", false) : (FilterPart.Operator, token, false),
        FilterPart.Operator => token is "not" or "starts" ? (part, field, false) : (FilterPart.Value, field, false),
        FilterPart.Value => token switch
        {
            "(" => (part, field, true),
            "," => (part, field, inList),
            ")" => (FilterPart.Connective, "", false),
            _ => inList ? (part, field, true) : (FilterPart.Connective, "", false),
        },
        _ => token is "and" or "or" ? (FilterPart.Field, "", false) : (part, "", false),
    };

    static List<(int Start, int End, string Text)> Tokens(string text)
    {
        var tokens = new List<(int, int, string)>();
        for (var i = 0; i < text.Length;)
        {
            if (char.IsWhiteSpace(text[i]))
            {
                i++;
                continue;
            }
            var end = EndOf(text, i);
            tokens.Add((i, end, text[i..end]));
            i = end;
        }
        return tokens;
    }

    static int EndOf(string text, int start)
    {
        var c = text[start];
        if (c == '"')
        {
            var close = text.IndexOf('"', start + 1);
            return close < 0 ? text.Length : close + 1;
        }
        var end = start + 1;
        if (IsOfWord(c))
            while (end < text.Length && IsOfWord(text[end]))
                end++;
        else if (c is '=' or '!' or '<' or '>' or '~')
            while (end < text.Length && text[end] is '=' or '~')
                end++;
        return end;
    }

    static bool IsWord(string token) => IsOfWord(token[0]) || token is ['"'] or ['"', .., not '"'];

    static bool IsOfWord(char c) => char.IsLetterOrDigit(c) || c is '-' or '_' or '.' or '/' or ':';
}
