namespace Weft.Cli.Flows;

/// <summary>Shows where in a filter the fault is.</summary>
static class FilterFault
{
    const string Filter = "where";

    /// <summary>Characters to either side of the fault that are shown of a long filter.</summary>
    const int Around = 60;

    /// <summary>The same refusal with the filter under the fault's message, and carets under what is wrong.</summary>
    public static CliException Shown(CliException refusal, FlowQuery query)
    {
        if (query.Filter is not { } filter || !refusal.Faults.Any(fault => fault.Path == Filter))
            return refusal;
        var places = refusal.Places.Where(place => place.Path == Filter).ToList();
        var seen = 0;
        var faults = refusal.Faults.Select(fault => fault.Path != Filter || seen >= places.Count ? fault
            : fault with { Message = $"{fault.Message.Split('\n')[0]}\n{Excerpt(filter, places[seen].Offset - query.FilterOffset, places[seen++].Length)}" });
        return new(
            ExitCodes.Usage, "the filter is not understood", [.. faults],
            refusal.Hint ?? "'weft flows fields' lists what can be asked for; a value with blanks needs quotes");
    }

    /// <summary>Two lines: the part of the text, and carets.</summary>
    public static string Excerpt(string text, int offset, int length)
    {
        offset = Math.Clamp(offset, 0, text.Length);
        length = Math.Clamp(length, 1, Math.Max(1, text.Length - offset));
        var from = Math.Max(0, offset - Around);
        var to = Math.Min(text.Length, offset + Math.Min(length, Around) + Around);
        var (before, after) = (from > 0 ? "…" : "", to < text.Length ? "…" : "");
        var line = string.Concat(text[from..to].Select(c => char.IsControl(c) ? ' ' : c));
        var carets = new string(' ', before.Length + offset - from) + new string('^', Math.Min(length, 2 * Around));
        return $"{before}{line}{after}\n{carets}";
    }
}
