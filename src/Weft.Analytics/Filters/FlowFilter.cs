using System.Collections.Immutable;
using Weft.Analytics.Fields;
using Weft.Flows;

namespace Weft.Analytics.Filters;

/// <summary>
/// Which records are meant, as a tree without anything of how it was written: names are fields, values are numbers in the
/// unit of the field, ages are times. What is compared is a set of ranges, so that <c>=</c>, <c>&lt;</c>, lists, prefixes and ranges of ports are the same.
/// </summary>
public abstract record FlowFilter
{
    FlowFilter() { }

    /// <summary>Every record.</summary>
    public static readonly FlowFilter Everything = new All([]);

    /// <summary>All of the parts hold; no part: always.</summary>
    public sealed record All(ImmutableArray<FlowFilter> Parts) : FlowFilter
    {
        public bool Equals(All? other) => other is not null && Parts.SequenceEqual(other.Parts);

        public override int GetHashCode() => Parts.Length;
    }

    /// <summary>One of the parts holds; no part: never.</summary>
    public sealed record Either(ImmutableArray<FlowFilter> Parts) : FlowFilter
    {
        public bool Equals(Either? other) => other is not null && Parts.SequenceEqual(other.Parts);

        public override int GetHashCode() => Parts.Length;
    }

    public sealed record Not(FlowFilter Inner) : FlowFilter;

    /// <summary>A number lies in one of the ranges, both ends included; ascending, apart.</summary>
    public sealed record Numbers(FlowField Field, ImmutableArray<(Int128 Low, Int128 High)> Ranges) : FlowFilter
    {
        public bool Equals(Numbers? other) => other is not null && Field == other.Field && Ranges.SequenceEqual(other.Ranges);

        public override int GetHashCode() => Field.GetHashCode();
    }

    /// <summary>An address lies in one of the ranges, both ends included; ascending, apart.</summary>
    public sealed record Addresses(FlowField Field, ImmutableArray<(UInt128 Low, UInt128 High)> Ranges) : FlowFilter
    {
        public bool Equals(Addresses? other) => other is not null && Field == other.Field && Ranges.SequenceEqual(other.Ranges);

        public override int GetHashCode() => Field.GetHashCode();
    }

    /// <summary>All bits of the mask are set.</summary>
    public sealed record Bits(FlowField Field, byte Mask) : FlowFilter;

    /// <summary>A text is one of the values; a label that is not there is the empty text.</summary>
    public sealed record Texts(FlowFieldName Field, ImmutableArray<string> Values) : FlowFilter
    {
        public bool Equals(Texts? other) => other is not null && Field == other.Field && Values.SequenceEqual(other.Values);

        public override int GetHashCode() => Field.GetHashCode();
    }

    /// <summary>A text has this at its beginning, anywhere, or fits the regular expression anywhere.</summary>
    public sealed record Part(FlowFieldName Field, TextTest Test, string Value) : FlowFilter;

    /// <exception cref="FilterException">It is no filter; says all that is wrong with it.</exception>
    /// <param name="now">What ages count from.</param>
    public static FlowFilter Parse(string text, DateTimeOffset now) => FilterReader.Read(text, now);

    /// <summary>Both.</summary>
    public static FlowFilter And(params IEnumerable<FlowFilter> parts)
    {
        ImmutableArray<FlowFilter> flat = [.. parts.SelectMany(part => part is All all ? all.Parts : [part])];
        return flat is [var one] ? one : new All(flat);
    }

    /// <summary>One of them.</summary>
    public static FlowFilter Or(params IEnumerable<FlowFilter> parts)
    {
        ImmutableArray<FlowFilter> flat = [.. parts.SelectMany(part => part is Either either ? either.Parts : [part])];
        return flat is [var one] ? one : new Either(flat);
    }

    /// <summary>All fields that it asks for.</summary>
    public IEnumerable<FlowField> Fields => this switch
    {
        All all => all.Parts.SelectMany(part => part.Fields),
        Either either => either.Parts.SelectMany(part => part.Fields),
        Not not => not.Inner.Fields,
        Numbers numbers => [numbers.Field],
        Addresses addresses => [addresses.Field],
        Bits bits => [bits.Field],
        Texts texts => [texts.Field.Field],
        Part part => [part.Field.Field],
        _ => [],
    };

    /// <summary>As a text that reads as the same filter; empty for <see cref="Everything"/>.</summary>
    public sealed override string ToString() => FilterPrinter.Print(this);
}

public enum TextTest { StartsWith, Contains, Matches }
