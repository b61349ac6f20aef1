using System.CommandLine;
using System.Globalization;
using Weft.Cli.Commands;

namespace Weft.Cli.Flows;

/// <summary>
/// Completion within a filter. The library completes words that blanks separate; a filter is one word of the shell, in
/// quotes, with words of its own. So the line is read here, and each suggestion is all of the filter with one more word.
/// </summary>
sealed class WhereCompletion(ShellLine line, string filter, ParseResult parsed, CommandContext context)
{
    const string Option = "--where";

    /// <summary>Null: the cursor is somewhere else.</summary>
    public static WhereCompletion? Of(RootCommand root, string[] arguments, CommandContext context)
    {
        if (arguments is not [var directive, var text, ..] || !TryPosition(directive, out var position))
            return null;
        var line = ShellLine.Parse(text[..Math.Min(position, text.Length)]);
        var filter = line.Words is [.., Option] ? line.Last
            : line.Last.StartsWith(Option + "=", StringComparison.Ordinal) ? line.Last[(Option.Length + 1)..] : null;
        return filter is null ? null
            : new(line, filter, root.Parse([.. line.Words.Skip(1).Where(word => word != Option)]), context);
    }

    public async Task<int> RunAsync(CancellationToken cancel)
    {
        foreach (var suggestion in await Completions.TryAskAsync(parsed, context, SuggestAsync, cancel))
            context.Terminal.Out.WriteLine(suggestion);
        await context.Terminal.Out.FlushAsync(cancel);
        return ExitCodes.Ok;
    }

    async Task<IEnumerable<string>> SuggestAsync(Session session, CancellationToken cancel)
    {
        var cursor = FilterCursor.Of(filter);
        var words = cursor.Part switch
        {
            FilterPart.Field => Fields(cursor, await session.Flows.FieldsAsync(cancel)),
            FilterPart.Operator => Find(await session.Flows.FieldsAsync(cancel), cursor.Field)?.Operators ?? [],
            FilterPart.Value => await ValuesAsync(session, cursor, cancel),
            _ => ["and", "or"],
        };
        var before = line.Last[..(line.Last.Length - filter.Length)];
        return words.Where(word => word.StartsWith(cursor.Word, StringComparison.OrdinalIgnoreCase))
            .Select(word => before + cursor.Head + word)
            .Where(IsOneWord);
    }

    /// <summary>A name that is complete is shown with what may follow, so that a shell does not take the filter for complete.</summary>
    IEnumerable<string> Fields(FilterCursor cursor, IReadOnlyList<FlowField> fields)
    {
        var all = fields.Concat(fields.Where(field => field.Name.StartsWith("source.", StringComparison.Ordinal))
            .Select(field => field with { Name = "any." + field.Name["source.".Length..] }));
        var found = all.Where(field => field.Name.StartsWith(cursor.Word, StringComparison.OrdinalIgnoreCase)).ToList();
        return found is [var one] && line.Quote != '\0' ? one.Operators.Select(text => $"{one.Name} {text}")
            : [.. found.Select(field => field.Name), .. "not".StartsWith(cursor.Word, StringComparison.Ordinal) && cursor.Word.Length > 0 ? (string[])["not"] : []];
    }

    async Task<IEnumerable<string>> ValuesAsync(Session session, FilterCursor cursor, CancellationToken cancel)
    {
        var fields = await session.Flows.FieldsAsync(cancel);
        if (Find(fields, cursor.Field) is { Names: { Count: > 0 } names })
            return names;
        var prefix = cursor.Word.TrimStart('"');
        string[] asked = cursor.Field.StartsWith("any.", StringComparison.Ordinal)
            ? ["source." + cursor.Field["any.".Length..], "destination." + cursor.Field["any.".Length..]] : [cursor.Field];
        var values = new List<string>();
        foreach (var field in asked)
            values.AddRange(await session.Flows.ValuesAsync(field, prefix, session.GivenProject, cancel));
        return values.Distinct().Select(Quoted).OfType<string>();
    }

    /// <summary>Null: it cannot be written within the quotes that the shell's word has.</summary>
    string? Quoted(string value) =>
        value.Length > 0 && value.All(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.' or '/' or ':') ? value
        : line.Quote == '\'' && !value.Contains('"') && !value.Contains('\'') ? $"\"{value}\""
        : null;

    static FlowField? Find(IReadOnlyList<FlowField> fields, string name) => fields.FirstOrDefault(field =>
        field.Name.Equals(name, StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("any.", StringComparison.OrdinalIgnoreCase) && field.Name == "source." + name["any.".Length..]);

    /// <summary>Outside of quotes a blank would end the word.</summary>
    bool IsOneWord(string suggestion) => line.Quote != '\0' || !suggestion.Any(char.IsWhiteSpace);

    static bool TryPosition(string directive, out int position)
    {
        position = int.MaxValue;
        if (!directive.StartsWith("[suggest", StringComparison.Ordinal) || !directive.EndsWith(']'))
            return false;
        var text = directive["[suggest".Length..^1];
        return text.Length == 0 || text[0] == ':' && int.TryParse(text[1..], NumberStyles.None, CultureInfo.InvariantCulture, out position);
    }
}
