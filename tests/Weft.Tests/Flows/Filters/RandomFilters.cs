using System.Net;
using CsCheck;
using Weft.Analytics.Fields;
using Weft.Analytics.Filters;
using Weft.Flows;

namespace Weft.Tests.Flows.Filters;

/// <summary>Filters that fit some records of <see cref="RandomFlows"/> and others not.</summary>
static class RandomFilters
{
    /// <param name="fields">That may be asked for.</param>
    internal static Gen<FlowFilter> Of(IReadOnlyList<FlowField> fields, int depth = 3)
    {
        var one = Gen.OneOf([.. fields]).SelectMany(Comparison);
        if (depth == 0)
            return one;
        var inner = Of(fields, depth - 1);
        return Gen.Frequency(
            (3, one),
            (1, inner.Array[2, 3].Select(parts => FlowFilter.And(parts))),
            (1, inner.Array[2, 3].Select(parts => FlowFilter.Or(parts))),
            (1, inner.Where(filter => filter is not FlowFilter.Not).Select(filter => (FlowFilter)new FlowFilter.Not(filter))));
    }

    static Gen<FlowFilter> Comparison(FlowField field) => field.Type switch
    {
        FlowType.Text => Text(field),
        FlowType.Address => Gen.Frequency((2, s_prefix), (1, s_span)).Array[1, 3]
            .Select(ranges => (FlowFilter)new FlowFilter.Addresses(field, [.. Joined(ranges.SelectMany(r => r), (a, b) => b == a + 1)])),
        _ when field.Meaning == FlowMeaning.TcpFlags => Gen.Select(Gen.Bool, Gen.Byte[1, 255], Number(field))
            .Select((bits, mask, numbers) => bits ? new FlowFilter.Bits(field, mask) : numbers),
        _ => Number(field),
    };

    static Gen<FlowFilter> Text(FlowField field)
    {
        var name = field.Meaning == FlowMeaning.Labels
            ? Gen.OneOf("app", "tier", "com.example/app", "none").Select(key => new FlowFieldName(field, key))
            : Gen.Const(new FlowFieldName(field));
        var value = Gen.Frequency(
            (5, Gen.OneOf([.. RandomFlows.Networks, .. RandomFlows.Names, .. RandomFlows.Projects, .. RandomFlows.Nodes, "shop/web", "web", "front", "a=b"])),
            (1, Gen.String[Gen.OneOf('a', 'é', '"', '\'', '\\', '\n', ' ', '%', '_', '*', '.'), 0, 4]));
        return Gen.Select(name, Gen.Int[0, 3], value.Array[1, 3], Gen.OneOf("^web", "a.*d", "[a-d]+$", "x|y", "^$", "(?i)WEB-\\d", "\\.", "n{2}")).Select(FlowFilter (field, kind, values, regex) => kind switch
        {
            0 => new FlowFilter.Part(field, TextTest.StartsWith, values[0]),
            1 => new FlowFilter.Part(field, TextTest.Contains, values[0]),
            2 => new FlowFilter.Part(field, TextTest.Matches, regex),
            _ => new FlowFilter.Texts(field, [.. values.Distinct()]),
        });
    }

    static Gen<FlowFilter> Number(FlowField field)
    {
        var (least, most) = FilterValues.Limits(field);
        var value = field.Type switch
        {
            FlowType.Time => Gen.Long[0, 3_700_000_000].Select(age => (Int128)(FlowTime.Of(RandomFlows.Now) - age)),
            FlowType.UInt16 => Gen.OneOf(RandomFlows.Ports).Select(port => (Int128)port),
            FlowType.Int32 => Gen.Int[-200, 200].Select(number => (Int128)number),
            _ => Gen.Frequency((3, Gen.UInt[0, 20_000]), (3, Gen.UInt[0, 6])).Select(number => Int128.Min(number, most)),
        };
        var ends = Gen.Frequency((1, Gen.Const(least)), (1, Gen.Const(most)), (8, value));
        return Gen.Select(ends, ends).Array[1, 3].Select(FlowFilter (pairs) => new FlowFilter.Numbers(field,
            [.. Joined(pairs.Select(pair => (Int128.Min(pair.Item1, pair.Item2), Int128.Max(pair.Item1, pair.Item2))), (a, b) => b == a + 1)]));
    }

    static readonly Gen<(UInt128 Low, UInt128 High)[]> s_prefix =
        Gen.OneOf("10.0.0.0/8", "10.1.0.0/24", "10.1.0.5/32", "0.0.0.0/0", "fd00::/8", "::/0", "fd00:1::/64")
            .Select(prefix => FlowAddress.Ranges(IPNetwork.Parse(prefix)).ToArray());

    static readonly Gen<(UInt128 Low, UInt128 High)[]> s_span = Gen.Select(Gen.OneOf(RandomFlows.Addresses), Gen.OneOf(RandomFlows.Addresses))
        .Select((one, other) => (FlowAddress.Of(IPAddress.Parse(one)), FlowAddress.Of(IPAddress.Parse(other))))
        .Select(pair => new[] { (UInt128.Min(pair.Item1, pair.Item2), UInt128.Max(pair.Item1, pair.Item2)) });

    static List<(T Low, T High)> Joined<T>(IEnumerable<(T Low, T High)> ranges, Func<T, T, bool> meet) where T : IComparable<T>
    {
        var joined = new List<(T Low, T High)>();
        foreach (var range in ranges.OrderBy(range => range.Low))
        {
            if (joined.Count > 0 && (range.Low.CompareTo(joined[^1].High) <= 0 || meet(joined[^1].High, range.Low)))
                joined[^1] = (joined[^1].Low, range.High.CompareTo(joined[^1].High) > 0 ? range.High : joined[^1].High);
            else
                joined.Add(range);
        }
        return joined;
    }
}
