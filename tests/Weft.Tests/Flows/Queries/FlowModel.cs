using System.Globalization;
using Weft.Analytics.Fields;
using Weft.Analytics.Filters;
using Weft.Analytics.Queries;
using Weft.Flows;

namespace Weft.Tests.Flows.Queries;

/// <summary>What an answer must be, by going through all records.</summary>
static class FlowModel
{
    /// <param name="own">Of a member; null: sees all.</param>
    internal static List<string[]> Answer(FlowQuery query, IEnumerable<FlowRecord> records, string[]? own, string? project)
    {
        var fitting = records
            .Where(record => record.Time >= query.Since && record.Time < query.Until)
            .Where(record => project is not null ? TookPart(record, [project]) : own is null || TookPart(record, own))
            .Where(record => query.AskedFields.Any(field => field.Name == "observer") || record.Observer == FlowObserver.Entry || record.Verdict == FlowVerdict.Denied)
            .Select(record => own is null ? record : Visible(record, own))
            .Where(query.Where.Fits).ToList();
        return query.IsGrouped ? Grouped(query, fitting) : [.. fitting.Select(record => query.Fields.Select(name => Text(name, record)).ToArray())];
    }

    static List<string[]> Grouped(FlowQuery query, List<FlowRecord> records)
    {
        var groups = records.GroupBy(record => string.Join('\u0001', Keys(query, record))).ToList();
        if (groups.Count == 0 && query.GroupBy.IsEmpty && query.Bucket is null)
            return [[.. query.Aggregates.Select(aggregate => Aggregate(aggregate, [], query))]]; // one row of nothing, as SQL says
        return [.. groups.Select(group => (string[])[.. Keys(query, group.First()), .. query.Aggregates.Select(aggregate => Aggregate(aggregate, [.. group], query))])];
    }

    static IEnumerable<string> Keys(FlowQuery query, FlowRecord record)
    {
        if (query.Bucket is { } step)
            yield return FlowTime.Write(record.Time - record.Time % step);
        foreach (var name in query.GroupBy)
            yield return Text(name, record);
    }

    static string Aggregate(FlowAggregate aggregate, List<FlowRecord> records, FlowQuery query)
    {
        if (aggregate.Field is not { } name)
            return $"{records.Count}";
        if (aggregate.Kind == FlowAggregateKind.Distinct)
            return $"{records.Select(record => Text(name, record)).Distinct().Count()}";
        var all = records.Select(name.Field.Number).ToList();
        var sum = all.Aggregate((Int128)0, (one, other) => one + other);
        var measured = name.Field.Meaning == FlowMeaning.Microseconds ? all.Where(value => value != 0).Order().ToList() : [.. all.Order()];
        return aggregate.Kind switch
        {
            FlowAggregateKind.Sum => $"{sum}",
            FlowAggregateKind.Rate => Real((double)sum / ((query.Bucket ?? query.Until - query.Since) / 1e6)),
            _ when measured.Count == 0 => "",
            FlowAggregateKind.Average => Real(measured.Average(value => (double)value)),
            FlowAggregateKind.Minimum => Written(name.Field, measured[0]),
            FlowAggregateKind.Maximum => Written(name.Field, measured[^1]),
            _ => Real(Quantile(measured, (double)(aggregate.Percent / 100))),
        };
    }

    /// <summary>Between the two values that it lies between.</summary>
    static double Quantile(List<Int128> values, double part)
    {
        var place = part * (values.Count - 1);
        var (low, high) = ((double)values[(int)Math.Floor(place)], (double)values[(int)Math.Ceiling(place)]);
        return low + (high - low) * (place - Math.Floor(place));
    }

    /// <summary>Stores add in different orders.</summary>
    internal static string Real(double value) => value.ToString("G9", CultureInfo.InvariantCulture);

    static string Text(FlowFieldName name, FlowRecord record) => name switch
    {
        { Label: null, Field.Meaning: FlowMeaning.Labels } => $"{{{string.Join(',', FlowLabels.Read(name.Field.Text(record)).Select(label => $"\"{label.Key}\":\"{label.Value}\""))}}}",
        { IsText: true } => name.Text(record),
        { Field.Type: FlowType.Address } => FlowAddress.Write(name.Field.Address(record)),
        _ => Written(name.Field, name.Field.Number(record)),
    };

    static string Written(FlowField field, Int128 value) => FilterValues.Write(field, value);

    static bool TookPart(FlowRecord record, string[] projects) =>
        projects.Contains(record.Source.Project) || projects.Contains(record.Destination.Project);

    /// <summary>Without what belongs to others.</summary>
    static FlowRecord Visible(FlowRecord record, string[] own)
    {
        var seen = Copy(record);
        var (ofSource, ofDestination) = (own.Contains(record.Source.Project), own.Contains(record.Destination.Project));
        var (nearSource, nearDestination) = (ofSource || record.Source.Project.Length == 0, ofDestination || record.Destination.Project.Length == 0);
        if (!ofSource)
            (seen.Source.Name, seen.Source.Labels, seen.Source.Node) = ("", "", "");
        if (!ofDestination)
            (seen.Destination.Name, seen.Destination.Labels, seen.Destination.Node) = ("", "", "");
        if (!nearSource)
            (seen.TranslatedSource.Address, seen.TranslatedSource.Port) = (0, 0);
        if (!nearDestination)
            (seen.TranslatedDestination.Address, seen.TranslatedDestination.Port) = (0, 0);
        if (!ofDestination)
            (seen.LoadBalancer, seen.Listener) = ("", "");
        if (!ofDestination && !(record.Destination.Project.Length == 0 && ofSource))
            seen.FloatingIp = "";
        var isEntry = record.Observer == FlowObserver.Entry;
        if (!(isEntry ? nearSource : nearDestination))
            seen.Node = "";
        if (!(isEntry ? nearDestination : nearSource))
            seen.Peer = "";
        var (ofPolicy, ofGroup) = (own.Any(one => record.Policy.StartsWith(one + "/", StringComparison.Ordinal)), own.Any(one => record.Group.StartsWith(one + "/", StringComparison.Ordinal)));
        seen.Policy = ofPolicy ? record.Policy : "";
        seen.Group = ofGroup ? record.Group : "";
        seen.Rule = ofPolicy || ofGroup ? record.Rule : 0;
        return seen;
    }

    static FlowRecord Copy(FlowRecord from)
    {
        var to = new FlowRecord
        {
            Time = from.Time, Start = from.Start, Last = from.Last, Flow = from.Flow, Event = from.Event, End = from.End, Node = from.Node,
            Observer = from.Observer, Direction = from.Direction, Protocol = from.Protocol, IcmpType = from.IcmpType, FloatingIp = from.FloatingIp,
            LoadBalancer = from.LoadBalancer, Listener = from.Listener, Connections = from.Connections, Closed = from.Closed, Verdict = from.Verdict,
            Reason = from.Reason, Policy = from.Policy, Group = from.Group, Rule = from.Rule, Lumped = from.Lumped, Peer = from.Peer,
            Encapsulation = from.Encapsulation, Vni = from.Vni, ClockOffset = from.ClockOffset,
        };
        Copy(from.Source, to.Source);
        Copy(from.Destination, to.Destination);
        Copy(from.TranslatedSource, to.TranslatedSource);
        Copy(from.TranslatedDestination, to.TranslatedDestination);
        foreach (var (one, other) in new[] { (from.Forward, to.Forward), (from.Reply, to.Reply) })
        {
            (other.Packets, other.Bytes, other.TotalPackets) = (one.Packets, one.Bytes, one.TotalPackets);
            (other.TotalBytes, other.TcpFlags, other.Handshake) = (one.TotalBytes, one.TcpFlags, one.Handshake);
        }
        return to;
    }

    static void Copy(FlowEndpoint from, FlowEndpoint to)
    {
        (to.Address, to.Port, to.Project, to.Network) = (from.Address, from.Port, from.Project, from.Network);
        (to.Name, to.Labels, to.Node) = (from.Name, from.Labels, from.Node);
    }
}
