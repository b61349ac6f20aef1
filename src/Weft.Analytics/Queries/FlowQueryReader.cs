using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Weft.Analytics.Fields;
using Weft.Analytics.Filters;
using Weft.Flows;
using Weft.Model.Validation;

namespace Weft.Analytics.Queries;

/// <summary>Makes a question of what a person wrote; tells all that is wrong with it at once.</summary>
public sealed partial class FlowQueryReader(FlowQueryLimits limits, DateTimeOffset now, Faults faults)
{
    /// <summary>When nothing is asked for.</summary>
    static readonly ImmutableArray<string> s_fields =
    [
        "time", "event", "direction", "protocol", "source.address", "source.port", "source.network", "source.name",
        "destination.address", "destination.port", "destination.network", "destination.name", "packets", "bytes", "reply.packets", "reply.bytes",
        "verdict", "reason", "policy", "rule",
    ];

    static readonly TimeSpan s_since = TimeSpan.FromMinutes(10);

    /// <returns>Of use only when there are no faults.</returns>
    public FlowQuery Read(FlowRequest request)
    {
        var query = new FlowQuery(Time(request.Since, "since", now - s_since), Time(request.Until, "until", now), Filter(request.Where));
        if (query.Since >= query.Until && !faults.Any)
            faults.Add("since", $"{FlowTime.Write(query.Since)} is not before the end, {FlowTime.Write(query.Until)}");
        var isGrouped = request.GroupBy is { Count: > 0 } || request.Aggregates is { Count: > 0 } || request.Bucket is not null || request.Top is not null;
        query = isGrouped ? Grouped(query, request) : query with { Fields = Names(request.Fields ?? s_fields, "fields", FlowSchema.Fields.Count * 2) };
        query = query with { Limit = Limit(request.Limit, "limit") ?? (isGrouped ? FlowQueryLimits.DefaultGroups : FlowQueryLimits.DefaultRecords) };
        return faults.Any ? query : Ordered(query, request);
    }

    FlowQuery Grouped(FlowQuery query, FlowRequest request)
    {
        if (request.Fields is { Count: > 0 })
            faults.Add("fields", "are of single records: leave them out, or leave out groupBy, aggregates, bucket and top");
        var aggregates = request.Aggregates ?? [];
        if (aggregates.Count > limits.Aggregates)
            faults.Add("aggregates", $"are {aggregates.Count}; at most {limits.Aggregates} are allowed");
        return query with
        {
            GroupBy = Names(request.GroupBy ?? [], "groupBy", limits.GroupBy),
            Aggregates = aggregates.Count == 0
                ? [FlowAggregate.Count]
                : [.. aggregates.Take(limits.Aggregates).Select((text, i) => Aggregate(text ?? "", $"aggregates[{i}]")).OfType<FlowAggregate>().Distinct()],
            Bucket = Bucket(request.Bucket, query),
        };
    }

    FlowQuery Ordered(FlowQuery query, FlowRequest request)
    {
        var columns = query.Columns;
        var firstAggregate = columns.Length - query.Aggregates.Length;
        if (request.Top is not null)
        {
            if (query.Bucket is not null)
                faults.Add("top", "goes with groupBy, not with a bucket of time");
            if (request.OrderBy is { Count: > 0 })
                faults.Add("top", "is an order of its own: leave out orderBy, or use limit");
            return query with { OrderBy = [(firstAggregate, true)], Limit = Math.Min(Limit(request.Top, "top") ?? 1, query.Limit) };
        }
        var order = ImmutableArray.CreateBuilder<(int, bool)>();
        foreach (var (text, i) in (request.OrderBy ?? []).Select((text, i) => (text ?? "", i)))
        {
            var isDescending = text.StartsWith('-');
            var name = isDescending ? text[1..] : text;
            var column = Array.FindIndex([.. columns], column => column.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
            if (column < 0)
            {
                faults.Add($"orderBy[{i}]", $"'{NameRules.Shown(name)}' is not a column of the answer, which has "
                    + $"{string.Join(", ", columns.Select(known => known.Name))}{Nearest.Question(Nearest.Of(name, columns.Select(known => known.Name)))}");
            }
            else
            {
                order.Add((column, isDescending));
            }
        }
        if (order.Count == 0 && query.IsGrouped)
            order.Add(query.Bucket is null ? (firstAggregate, true) : (0, false));
        return query with { OrderBy = order.ToImmutable() };
    }

    long Time(string? text, string path, DateTimeOffset otherwise)
    {
        if (text is null)
            return FlowTime.Of(otherwise);
        if (FlowTime.TryParse(text.Trim(), now, out var time))
            return time;
        faults.Add(path, $"'{NameRules.Shown(text)}' is not a time such as 2026-01-31T12:00:00Z or an age such as 10m, 2h or 7d");
        return FlowTime.Of(otherwise);
    }

    FlowFilter Filter(string? text)
    {
        try
        {
            return FlowFilter.Parse(text ?? "", now);
        }
        catch (FilterException e)
        {
            foreach (var fault in e.Faults)
                faults.Add(new("where", $"line {fault.Line}, column {fault.Column}: {fault.Message}") { Offset = fault.Offset, Length = fault.Length });
            return FlowFilter.Everything;
        }
    }

    ImmutableArray<FlowFieldName> Names(IReadOnlyList<string> texts, string path, int most)
    {
        if (texts.Count > most)
            faults.Add(path, $"are {texts.Count}; at most {most} are allowed");
        if (texts.Count == 0 && path == "fields")
            faults.Add(path, "is empty; leave it out for a short list");
        return [.. texts.Take(most).Select((text, i) => Name(text ?? "", $"{path}[{i}]")).OfType<FlowFieldName>().Distinct()];
    }

    FlowFieldName? Name(string text, string path)
    {
        if (FlowFieldName.TryFind(text.Trim(), out var name))
            return name;
        faults.Add(path, $"there is no field '{NameRules.Shown(text)}'{Nearest.Question(FlowFieldName.Near(text.Trim()))}");
        return null;
    }

    long? Bucket(string? text, FlowQuery query)
    {
        if (text is null)
            return null;
        if (!Durations.TryParse(text.Trim(), out var step) || step == 0)
            faults.Add("bucket", $"'{NameRules.Shown(text)}' is not a length of time such as 10s, 1m or 1h");
        else if ((query.Until - query.Since) / step > limits.Buckets)
            faults.Add("bucket", $"makes more than {limits.Buckets} buckets between since and until: take longer ones");
        else
            return step;
        return null;
    }

    int? Limit(int? given, string path)
    {
        if (given is { } limit && (limit < 1 || limit > limits.Rows))
            faults.Add(path, $"{limit} is not between 1 and {limits.Rows}");
        return given;
    }

    FlowAggregate? Aggregate(string text, string path)
    {
        if (Call().Match(text.Trim()) is not { Success: true } call || Kind(call.Groups[1].Value) is not var (kind, percent))
        {
            faults.Add(path, $"'{NameRules.Shown(text)}' is not an aggregate: count(), or sum, avg, min, max, distinct, rate or p95 of a field, such as sum(bytes)");
            return null;
        }
        var inner = call.Groups[2].Value.Trim();
        if (kind == FlowAggregateKind.Count)
        {
            if (inner.Length == 0)
                return FlowAggregate.Count;
            faults.Add(path, "count() is of records and takes no field; distinct counts the values of one");
            return null;
        }
        if (inner.Length == 0)
            faults.Add(path, $"'{NameRules.Shown(text)}' needs a field, such as {call.Groups[1].Value}(bytes)");
        else if (Name(inner, path) is { } name)
            return Fitting(new(kind, name, percent), path);
        return null;
    }

    FlowAggregate? Fitting(FlowAggregate aggregate, string path)
    {
        var field = aggregate.Field!.Field;
        var fits = aggregate.Kind switch
        {
            FlowAggregateKind.Distinct => true,
            FlowAggregateKind.Minimum or FlowAggregateKind.Maximum => field.Type == FlowType.Time || field.IsAmount() || field is { Type: not (FlowType.Text or FlowType.Address), Meaning: FlowMeaning.Plain },
            // Milliseconds may be negative, which sums are not.
            FlowAggregateKind.Sum or FlowAggregateKind.Rate => field.IsAmount() && field.Type != FlowType.Int32,
            _ => field.IsAmount(),
        };
        if (fits)
            return aggregate;
        faults.Add(path, $"{aggregate.Name} makes no sense: {field.Name} is no amount; "
            + $"{string.Join(", ", FlowSchema.Fields.Where(known => known.IsAmount()).Select(known => known.Name))} are");
        return null;
    }

    static (FlowAggregateKind Kind, decimal Percent)? Kind(string word) => word.ToLowerInvariant() switch
    {
        "count" => (FlowAggregateKind.Count, 0),
        "sum" => (FlowAggregateKind.Sum, 0),
        "avg" => (FlowAggregateKind.Average, 0),
        "min" => (FlowAggregateKind.Minimum, 0),
        "max" => (FlowAggregateKind.Maximum, 0),
        "distinct" => (FlowAggregateKind.Distinct, 0),
        "rate" => (FlowAggregateKind.Rate, 0),
        ['p', .. var digits] when digits.Length <= 6 && decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent)
            && percent is >= 0 and <= 100 => (FlowAggregateKind.Quantile, percent),
        _ => null,
    };

    [GeneratedRegex(@"^([a-zA-Z][a-zA-Z0-9.]*)\s*\((.*)\)$", RegexOptions.CultureInvariant)]
    private static partial Regex Call();
}
