namespace Weft.Model.Rules;

/// <summary>How a rule names a network: <c>frontend</c> of its own project, or <c>project/frontend</c>.</summary>
public readonly record struct NetworkName(string Project, string Name)
{
    const char Separator = '/';

    /// <param name="text">As written in a rule.</param>
    /// <param name="project">Of the document that it is written in.</param>
    public static NetworkName Of(string text, string project)
    {
        var cut = text.IndexOf(Separator, StringComparison.Ordinal);
        return cut < 0 ? new(project, text) : new(text[..cut], text[(cut + 1)..]);
    }

    public override string ToString() => $"{Project}{Separator}{Name}";
}
