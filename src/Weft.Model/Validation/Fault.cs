namespace Weft.Model.Validation;

/// <summary>One thing that is wrong with an input.</summary>
/// <param name="Path">The field, as a path into the document: <c>subnets[0].prefix</c>; empty for the whole of it.</param>
/// <param name="Message">What is wrong with it and what would be right, for a person.</param>
public sealed record Fault(string Path, string Message)
{
    /// <summary>Of a text with a grammar: the first character that is wrong, from 0.</summary>
    public int? Offset { get; init; }

    /// <summary>How many characters are wrong; 0: something is missing there.</summary>
    public int? Length { get; init; }
}
