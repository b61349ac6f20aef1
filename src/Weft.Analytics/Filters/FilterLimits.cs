namespace Weft.Analytics.Filters;

/// <summary>What a filter may be at most; a store must not be kept busy with reading one.</summary>
static class FilterLimits
{
    /// <summary>Characters of the text.</summary>
    internal const int Length = 8192;

    /// <summary>Parentheses and <c>not</c> within each other.</summary>
    internal const int Depth = 32;

    /// <summary>Values that are compared with, of lists each.</summary>
    internal const int Terms = 512;

    /// <summary>Characters of a regular expression.</summary>
    internal const int Regex = 256;

    /// <summary>Faults that are told.</summary>
    internal const int Faults = 20;
}
