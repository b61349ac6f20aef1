namespace Weft.Analytics.Filters;

/// <summary>One thing that is wrong with a filter.</summary>
/// <param name="Offset">In characters, from 0.</param>
/// <param name="Length">Of what is wrong; 0: something is missing there.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
/// <param name="Message">What is wrong and what would fit.</param>
/// <param name="Marked">The line, and below it a mark where it is wrong.</param>
public sealed record FilterFault(int Offset, int Length, int Line, int Column, string Message, string Marked);

/// <summary>A text is no filter: says all that is wrong, and where.</summary>
public sealed class FilterException : Exception
{
    public FilterException(IReadOnlyList<FilterFault> faults)
        : base(string.Join("\n", faults.Select(fault => $"line {fault.Line}, column {fault.Column}: {fault.Message}\n{fault.Marked}"))) =>
        Faults = faults;

    public FilterException() => Faults = [];

    public FilterException(string message) : base(message) => Faults = [];

    public FilterException(string message, Exception inner) : base(message, inner) => Faults = [];

    public IReadOnlyList<FilterFault> Faults { get; }
}

/// <summary>Collects the faults of one text.</summary>
sealed class FilterFaults(string text)
{
    const int Wide = 60;

    readonly List<FilterFault> _faults = [];

    internal int Count => _faults.Count;

    internal bool Any => _faults.Count > 0;

    internal void Add(int offset, int length, string message)
    {
        if (_faults.Count >= FilterLimits.Faults)
            return;
        offset = Math.Clamp(offset, 0, text.Length);
        var start = offset == 0 ? 0 : text.LastIndexOf('\n', offset - 1) + 1;
        var line = text.AsSpan(0, start).Count('\n') + 1;
        _faults.Add(new(offset, length, line, offset - start + 1, message, Marked(start, offset, length)));
    }

    internal void ThrowIfAny()
    {
        if (Any)
            throw new FilterException([.. _faults.OrderBy(fault => fault.Offset)]);
    }

    /// <summary>Of a long line only what is near; the marks stand under the characters where each is one cell wide.</summary>
    string Marked(int start, int offset, int length)
    {
        var end = text.IndexOf('\n', start);
        end = end < 0 ? text.Length : end;
        var from = Math.Max(start, offset - Wide);
        var to = Math.Min(end, Math.Max(offset + length, offset) + Wide);
        var marks = Math.Clamp(length, 1, Math.Max(1, to - offset));
        var lead = from > start ? "…" : "";
        return $"{lead}{Clean(text[from..to])}{(to < end ? "…" : "")}\n{new string(' ', lead.Length + offset - from)}{new string('^', marks)}";
    }

    static string Clean(string line) => string.Concat(line.Select(c => char.IsControl(c) ? ' ' : c));
}
