using Weft.Analytics.Fields;
using Weft.Flows;

namespace Weft.Analytics.Filters;

/// <summary>The way back from a filter to a text.</summary>
static class FilterPrinter
{
    /// <summary>Of no record.</summary>
    const string Never = "bytes < 0";

    internal static string Print(FlowFilter filter) => filter switch
    {
        FlowFilter.All { Parts: [] } => "",
        FlowFilter.Either { Parts: [] } => Never,
        FlowFilter.All all => string.Join(" and ", all.Parts.Select(part => Inner(part))),
        FlowFilter.Either either => string.Join(" or ", either.Parts.Select(part => part is FlowFilter.All ? Print(part) : Inner(part))),
        FlowFilter.Not { Inner: FlowFilter.Numbers numbers } => Numbers(numbers, "!=", "not in"),
        FlowFilter.Not { Inner: FlowFilter.Addresses addresses } => Addresses(addresses, "!=", "not in"),
        FlowFilter.Not { Inner: FlowFilter.Texts texts } => List(texts.Field.Name, "!=", "not in", [.. texts.Values.Select(QuotedText.Write)]),
        FlowFilter.Not { Inner: FlowFilter.Part part } => Part(part, isNegated: true),
        FlowFilter.Not not => $"not {Inner(not.Inner)}",
        FlowFilter.Numbers numbers => Numbers(numbers, "=", "in"),
        FlowFilter.Addresses addresses => Addresses(addresses, "=", "in"),
        FlowFilter.Bits bits => $"{bits.Field.Name} contains {TcpFlags.NameOf(bits.Mask)}",
        FlowFilter.Texts texts => List(texts.Field.Name, "=", "in", [.. texts.Values.Select(QuotedText.Write)]),
        FlowFilter.Part part => Part(part, isNegated: false),
        _ => throw new NotSupportedException(filter.GetType().Name),
    };

    static string Inner(FlowFilter part) => part is FlowFilter.All or FlowFilter.Either ? $"({Print(part)})" : Print(part);

    static string Numbers(FlowFilter.Numbers numbers, string equal, string within)
    {
        var field = numbers.Field;
        var (least, most) = FilterValues.Limits(field);
        if (numbers.Ranges is [])
            return Negated($"{field.Name} < {FilterValues.Write(field, least)}", equal);
        if (numbers.Ranges is [var (low, high)] && low != high && FilterValues.Operators(field).Possible.Contains(FilterOperator.Less))
        {
            if (low == least)
                return Negated($"{field.Name} <= {FilterValues.Write(field, high)}", equal);
            if (high == most)
                return Negated($"{field.Name} >= {FilterValues.Write(field, low)}", equal);
        }
        return List(field.Name, equal, within, [.. numbers.Ranges.SelectMany(range => Range(field, range.Low, range.High))]);
    }

    static string Negated(string comparison, string equal) => equal == "=" ? comparison : $"not {comparison}";

    static IEnumerable<string> Range(FlowField field, Int128 low, Int128 high) =>
        low == high ? [FilterValues.Write(field, low)]
        // What has names has few values, and people do not know their order.
        : field.Meaning is FlowMeaning.Names or FlowMeaning.Flag ? Enumerable.Range((int)low, (int)(high - low) + 1).Select(value => FilterValues.Write(field, value))
        : field.Type == FlowType.UInt16 ? [$"{low}-{high}"]
        : [$"{FilterValues.Write(field, low)}..{FilterValues.Write(field, high)}"];

    static string Addresses(FlowFilter.Addresses addresses, string equal, string within) =>
        List(addresses.Field.Name, equal, within, [.. addresses.Ranges.Select(range => Address(range.Low, range.High))]);

    static string Address(UInt128 low, UInt128 high) =>
        low == high ? (low == 0 ? "none" : FlowAddress.Write(low))
        : FlowAddress.Prefix(low, high) is { } prefix ? prefix.ToString()
        : $"{Written(low)}..{Written(high)}";

    static string Written(UInt128 address) => address == 0 ? "::" : FlowAddress.Write(address);

    static string Part(FlowFilter.Part part, bool isNegated) => (part.Test, isNegated) switch
    {
        (TextTest.Matches, _) => $"{part.Field.Name} {(isNegated ? "!~" : "~")} {QuotedText.Write(part.Value)}",
        (TextTest.Contains, _) => $"{part.Field.Name} {(isNegated ? "not " : "")}contains {QuotedText.Write(part.Value)}",
        _ => $"{part.Field.Name} {(isNegated ? "not " : "")}starts with {QuotedText.Write(part.Value)}",
    };

    static string List(string name, string equal, string within, IReadOnlyList<string> values) =>
        values is [var one] && !one.Contains("..", StringComparison.Ordinal) ? $"{name} {equal} {one}"
        : values is [var only] ? $"{name} {within} {only}"
        : $"{name} {within} ({string.Join(", ", values)})";
}
