using System.Diagnostics.CodeAnalysis;
using Weft.Flows;

namespace Weft.Analytics.Fields;

/// <summary>A field as a person names it: one of the schema, or one label of those that hold labels.</summary>
/// <param name="Label">Its key; null: the field itself.</param>
public sealed record FlowFieldName(FlowField Field, string? Label = null)
{
    /// <summary>In filters: whether of both sides one fits.</summary>
    const string Any = "any.";

    static readonly string[] s_sides = ["source.", "destination."];

    static readonly FlowField[] s_labels = [.. FlowSchema.Fields.Where(field => field.Meaning == FlowMeaning.Labels)];

    public string Name => Label is null ? Field.Name : $"{Field.Name}.{Label}";

    public bool IsText => Field.Type == FlowType.Text;

    public static bool TryFind(string text, [NotNullWhen(true)] out FlowFieldName? name)
    {
        name = FlowSchema.Find(text) is { } field ? new(field) : null;
        foreach (var labels in s_labels)
        {
            if (text.Length > labels.Name.Length + 1 && text[labels.Name.Length] == '.'
                && text.StartsWith(labels.Name, StringComparison.OrdinalIgnoreCase))
                name = new(labels, text[(labels.Name.Length + 1)..]);
        }
        return name is not null;
    }

    /// <summary>Both sides of <c>any.X</c>; empty when it is not one, or X is nothing that both sides have.</summary>
    public static IReadOnlyList<FlowFieldName> FindAny(string text)
    {
        if (!text.StartsWith(Any, StringComparison.OrdinalIgnoreCase))
            return [];
        var found = new List<FlowFieldName>();
        foreach (var side in s_sides)
        {
            if (TryFind(side + text[Any.Length..], out var name))
                found.Add(name);
        }
        return found;
    }

    /// <summary>What might have been meant by a name that is none; best first, a few.</summary>
    public static IReadOnlyList<string> Near(string text, bool withAny = false) =>
        Nearest.Of(text, FlowSchema.Fields.Select(field => field.Name).Concat(withAny ? AnyNames() : []));

    static IEnumerable<string> AnyNames() => FlowSchema.Fields
        .Where(field => field.Name.StartsWith(s_sides[0], StringComparison.Ordinal)).Select(field => Any + field.Name[s_sides[0].Length..]);

    public override string ToString() => Name;
}
