using System.Collections.Immutable;
using Weft.Analytics.Fields;
using Weft.Flows;

namespace Weft.Analytics.Filters;

/// <summary>Names become fields, and what is written becomes values of them.</summary>
sealed class FilterBinder(FilterFaults faults, DateTimeOffset now)
{
    int _terms;

    internal FlowFilter Bind(FilterSyntax syntax) => syntax switch
    {
        FilterSyntax.Every { IsAnd: true } every => FlowFilter.And([.. every.Parts.Select(Bind)]),
        FilterSyntax.Every every => FlowFilter.Or([.. every.Parts.Select(Bind)]),
        FilterSyntax.Not not => new FlowFilter.Not(Bind(not.Inner)),
        FilterSyntax.Comparison comparison => Bind(comparison),
        _ => throw new NotSupportedException(syntax.GetType().Name),
    };

    FlowFilter Bind(FilterSyntax.Comparison comparison)
    {
        var (field, test) = (comparison.Field, comparison.How);
        _terms += test.Values.Count;
        if (_terms > FilterLimits.Terms && _terms - test.Values.Count <= FilterLimits.Terms)
            faults.Add(field.Position.Absolute, field.Span.Length, $"a filter may have at most {FilterLimits.Terms} values");
        var name = field.ToStringValue();
        var sides = FlowFieldName.TryFind(name, out var one) ? [one] : FlowFieldName.FindAny(name);
        if (sides.Count == 0)
        {
            faults.Add(field.Position.Absolute, field.Span.Length,
                $"there is no field '{Model.Validation.NameRules.Shown(name)}'{Nearest.Question(FlowFieldName.Near(name, withAny: true))}");
            return FlowFilter.Everything;
        }
        if (!IsPossible(sides[0], test))
            return FlowFilter.Everything;
        if (Values(test) is not { } values)
            return FlowFilter.Everything;
        // A fault in a value is the same for both sides.
        var known = faults.Count;
        var first = Bind(sides[0], test, values);
        var bound = sides.Count > 1 && faults.Count == known ? FlowFilter.Or(first, Bind(sides[1], test, values)) : first;
        return test.IsNegated ? new FlowFilter.Not(bound) : bound;
    }

    FlowFilter Bind(FlowFieldName name, FilterSyntax.Compared test, string[] values)
    {
        if (name.IsText)
            return Text(name, test, values);
        var field = name.Field;
        if (field.Type == FlowType.Address)
            return new FlowFilter.Addresses(field, Ranges(test, values.Select(FilterValues.Addresses)));
        if (test.Operator == FilterOperator.Contains)
            return Flags(field, test, values[0]);
        if (test.Operator is FilterOperator.Equal or FilterOperator.In)
            return new FlowFilter.Numbers(field, Ranges(test, values.Select(value => FilterValues.Numbers(field, value, now, mayBeRange: true))));
        var read = FilterValues.Numbers(field, values[0], now, mayBeRange: false);
        if (read.Ranges is not [var (value, _)])
            return Fault(test, 0, read.Fault);
        var (least, most) = FilterValues.Limits(field);
        var (low, high) = test.Operator switch
        {
            FilterOperator.Less => (least, value - 1),
            FilterOperator.LessOrEqual => (least, value),
            FilterOperator.Greater => (value + 1, most),
            _ => (value, most),
        };
        return new FlowFilter.Numbers(field, low > high ? [] : [(low, high)]);
    }

    FlowFilter Text(FlowFieldName name, FilterSyntax.Compared test, string[] values)
    {
        switch (test.Operator)
        {
            case FilterOperator.Equal or FilterOperator.In:
                return new FlowFilter.Texts(name, [.. values.Distinct(StringComparer.Ordinal)]);
            case FilterOperator.Matches when FilterRegex.Fault(values[0]) is { } fault:
                return Fault(test, 0, fault);
            case FilterOperator.Matches:
                return new FlowFilter.Part(name, TextTest.Matches, values[0]);
            default:
                return new FlowFilter.Part(name, test.Operator == FilterOperator.Contains ? TextTest.Contains : TextTest.StartsWith, values[0]);
        }
    }

    FlowFilter Flags(FlowField field, FilterSyntax.Compared test, string value) =>
        TcpFlags.TryParse(value, out var mask) ? new FlowFilter.Bits(field, mask) : Fault(test, 0, FilterValues.NoFlags(value));

    /// <summary>Ascending, and those that meet as one.</summary>
    ImmutableArray<(T Low, T High)> Ranges<T>(FilterSyntax.Compared test, IEnumerable<FilterValues.Read<T>> values)
        where T : System.Numerics.INumber<T>
    {
        var all = new List<(T Low, T High)>();
        foreach (var (read, index) in values.Select((read, index) => (read, index)))
        {
            if (read.Fault is { } fault)
                Fault(test, index, fault);
            else
                all.AddRange(read.Ranges);
        }
        var joined = ImmutableArray.CreateBuilder<(T Low, T High)>();
        foreach (var range in all.OrderBy(range => range.Low))
        {
            // The highest address has no next.
            if (joined.Count > 0 && (range.Low <= joined[^1].High || range.Low - T.One == joined[^1].High))
                joined[^1] = (joined[^1].Low, T.Max(joined[^1].High, range.High));
            else
                joined.Add(range);
        }
        return joined.ToImmutable();
    }

    bool IsPossible(FlowFieldName name, FilterSyntax.Compared test)
    {
        if (name is { Label: null, Field.Meaning: FlowMeaning.Labels })
        {
            faults.Add(test.Sign.Position.Absolute, test.Sign.Span.Length, $"{name.Name} are many: name one of them, such as {name.Name}.app");
            return false;
        }
        var (what, possible) = FilterValues.Operators(name.Field);
        if (possible.Contains(test.Operator))
            return true;
        faults.Add(test.Sign.Position.Absolute, test.Sign.Span.Length,
            $"'{test.Sign.ToStringValue()}' does not fit {name.Name}, which is {what}: use {string.Join(", ", possible.Select(FilterValues.Sign))}");
        return false;
    }

    string[]? Values(FilterSyntax.Compared test)
    {
        var values = new string[test.Values.Count];
        var isRight = true;
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = test.Values[i].ToStringValue();
            if (test.Values[i].Kind == FilterToken.Text && !QuotedText.TryRead(values[i], out values[i]))
            {
                Fault(test, i, "has a \\ that means nothing: \\\\, \\\", \\', \\n, \\t, \\r and \\u with four hexadecimal digits do");
                isRight = false;
            }
            else if (values[i].Contains('\0') || HasHalfPair(values[i]))
            {
                Fault(test, i, "has characters that no store can hold");
                isRight = false;
            }
        }
        return isRight ? values : null;
    }

    static bool HasHalfPair(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && (i + 1 >= text.Length || !char.IsSurrogatePair(text[i], text[++i])))
                return true;
        }
        return false;
    }

    FlowFilter Fault(FilterSyntax.Compared test, int value, string? message)
    {
        var token = test.Values[value];
        faults.Add(token.Position.Absolute, token.Span.Length, message ?? "is wrong");
        return FlowFilter.Everything;
    }
}
