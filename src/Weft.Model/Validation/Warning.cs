namespace Weft.Model.Validation;

/// <summary>Something valid that may not be what was meant.</summary>
/// <param name="Path">The field, as a path into the document; empty for the whole of it.</param>
/// <param name="Code">For programs: <c>shadowed</c>, <c>one-sided</c>.</param>
/// <param name="Message">What it means and what would change it, for a person.</param>
public sealed record Warning(string Path, string Code, string Message);
