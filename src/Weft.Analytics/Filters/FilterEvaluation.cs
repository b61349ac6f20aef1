using System.Text.RegularExpressions;
using Weft.Analytics.Fields;
using Weft.Flows;

namespace Weft.Analytics.Filters;

/// <summary>What a filter says of one record, without a store: what the stores' answers are held to.</summary>
public static class FilterEvaluation
{
    public static bool Fits(this FlowFilter filter, FlowRecord record) => filter switch
    {
        FlowFilter.All all => all.Parts.All(part => part.Fits(record)),
        FlowFilter.Either either => either.Parts.Any(part => part.Fits(record)),
        FlowFilter.Not not => !not.Inner.Fits(record),
        FlowFilter.Numbers numbers => Within(numbers.Field.Number(record), numbers.Ranges),
        FlowFilter.Addresses addresses => Within(addresses.Field.Address(record), addresses.Ranges),
        FlowFilter.Bits bits => ((byte)bits.Field.Number(record) & bits.Mask) == bits.Mask,
        FlowFilter.Texts texts => texts.Values.Contains(texts.Field.Text(record), StringComparer.Ordinal),
        FlowFilter.Part part => Fits(part, part.Field.Text(record)),
        _ => throw new NotSupportedException(filter.GetType().Name),
    };

    /// <summary>Of a text field, or of one label.</summary>
    public static string Text(this FlowFieldName name, FlowRecord record)
    {
        var text = name.Field.Text(record);
        return name.Label is { } key ? FlowLabels.Read(text).GetValueOrDefault(key, "") : text;
    }

    static bool Within<T>(T value, IEnumerable<(T Low, T High)> ranges) where T : IComparable<T> =>
        ranges.Any(range => value.CompareTo(range.Low) >= 0 && value.CompareTo(range.High) <= 0);

    static bool Fits(FlowFilter.Part part, string text) => part.Test switch
    {
        TextTest.StartsWith => text.StartsWith(part.Value, StringComparison.Ordinal),
        TextTest.Contains => text.Contains(part.Value, StringComparison.Ordinal),
        _ => Regex.IsMatch(text, part.Value, FilterRegex.Options),
    };
}
