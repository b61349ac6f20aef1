using System.CommandLine;
using Weft.Cli.Commands;

namespace Weft.Cli.Flows;

/// <summary>Options that make a <see cref="FlowQuery"/>.</summary>
sealed class FlowOptions
{
    const int TopGroups = 10;

    static readonly string[] s_talkers = ["source.network", "source.name", "destination.network", "destination.name"];
    static readonly string[] s_beside = ["sum(bytes)", "sum(reply.bytes)", "sum(packets)", "sum(connections)"];

    public Option<string> Since { get; } = FieldOptions.Text("--since", "From when on: an age such as 90s, 2h or 7d, or a time [default: 10m]", "TIME");
    public Option<string> Until { get; } = FieldOptions.Text("--until", "Until when [default: now]", "TIME");
    public Option<string> Where { get; } = FieldOptions.Text(
        "--where", "Only what this is true of, such as 'source.network = frontend and verdict = denied'", "FILTER");
    public Option<string> Observer { get; } = FieldOptions.Text(
        "--observer", "Who recorded: entry (where the opener is), exit (the other node) or both; entry, and all that was denied, when not given", "SIDE");
    public Option<long> Limit { get; } = FieldOptions.Number<long>("--limit", "Rows at most; of records the newest: the newest last, but first when there are more than 10000, or with csv and arrow", 1, long.MaxValue);
    public Option<string> Fields { get; }
    public Option<string> Top { get; }
    public Option<string> By { get; }
    public Option<string> CountBy { get; }
    public Option<string> GroupBy { get; }
    public Option<string> Aggregate { get; }
    public Option<string> Bucket { get; } = FieldOptions.Text("--bucket", "One row for each so long: 10s, 1m, 1h", "TIME");
    public Option<string> OrderBy { get; }
    public Option<bool> Follow { get; } = FieldOptions.Flag("--follow", "Go on and print what comes, until interrupted");

    public FlowOptions(CommandContext context)
    {
        Fields = List("--fields", "Fields to show, separated by commas; 'weft flows fields' lists them", "FIELDS");
        Top = FieldOptions.Text("--top", "Groups with the largest sum of this field, or with the largest aggregate such as 'p99(rtt)'", "FIELD");
        By = List("--by", "Fields that make the groups of --top", "FIELDS");
        CountBy = List("--count-by", "Groups of these fields, and how many records and connections each has", "FIELDS");
        GroupBy = List("--group-by", "Fields that make the groups; also source.labels.KEY", "FIELDS");
        Aggregate = List("--aggregate", "What to say of each group: sum(bytes), count(), distinct(source.name), p99(rtt), rate(bytes) [default: count()]", "LIST");
        OrderBy = List("--order-by", "Columns to order by; the largest first with - before one", "COLUMNS");
        Follow.Aliases.Add("-f");
        Observer.AcceptOnlyFromAmong("entry", "exit", "both");
        Bucket.CompletionSources.Add("10s", "1m", "5m", "1h", "1d");
        Since.CompletionSources.Add("1m", "10m", "1h", "1d", "7d");
        foreach (var fields in (Option<string>[])[Fields, By, CountBy, GroupBy])
            fields.CompletionSources.Add(completion => FlowCompletions.Fields(completion, context));
        Top.CompletionSources.Add(completion => FlowCompletions.Numbers(completion, context));
        Aggregate.CompletionSources.Add(completion => FlowCompletions.Aggregates(completion, context));
        OrderBy.CompletionSources.Add(completion => FlowCompletions.Columns(completion, context));
    }

    public Option[] All =>
        [Since, Until, Where, Fields, Limit, Follow, Top, By, CountBy, GroupBy, Aggregate, Bucket, OrderBy, Observer];

    /// <exception cref="CliException">Options that do not go together.</exception>
    public FlowQuery Query(Session session)
    {
        Check(session);
        var query = new FlowQuery
        {
            Since = session.Value(Since),
            Until = session.Value(Until),
            Filter = session.Value(Where),
            Observer = session.Value(Observer),
            Project = session.GivenProject,
            Fields = Items(session.Value(Fields)),
            GroupBy = Items(session.Value(GroupBy)),
            Aggregates = Items(session.Value(Aggregate)),
            Bucket = session.Value(Bucket),
            OrderBy = Items(session.Value(OrderBy)),
            Limit = session.IsGiven(Limit) ? session.Value(Limit) : null,
        };
        if (session.Value(Top) is { } top)
            return TopOf(query, top, Items(session.Value(By)));
        if (session.Value(CountBy) is { } counted)
            return query with { GroupBy = Items(counted), Aggregates = ["count()", "sum(connections)"], OrderBy = query.OrderBy is { Count: > 0 } given ? given : ["-count()"] };
        return query.IsOfGroups && query.Aggregates.Count == 0 ? query with { Aggregates = ["count()"] } : query;
    }

    static FlowQuery TopOf(FlowQuery query, string top, IReadOnlyList<string> by)
    {
        var first = top.Contains('(', StringComparison.Ordinal) ? top : $"sum({top})";
        return query with
        {
            GroupBy = by.Count > 0 ? by : s_talkers,
            Aggregates = [first, .. s_beside.Where(aggregate => aggregate != first)],
            Top = query.Limit ?? TopGroups,
            Limit = null,
        };
    }

    void Check(Session session)
    {
        Option[] grouping = [Top, CountBy, GroupBy];
        if (grouping.Where(session.IsGiven).ToList() is [var one, var other, ..])
            throw CliException.Usage($"{one.Name} and {other.Name} do not go together");
        if (session.IsGiven(By) && !session.IsGiven(Top))
            throw CliException.Usage("--by says what the groups of --top are", "--group-by groups without --top");
        Option[] ofGroups = [Top, CountBy, GroupBy, Aggregate, Bucket];
        if (ofGroups.FirstOrDefault(session.IsGiven) is { } group)
        {
            Option[] ofRecords = [Fields, Follow];
            if (ofRecords.FirstOrDefault(session.IsGiven) is { } record)
                throw CliException.Usage($"{record.Name} is about single records, {group.Name} about groups of them");
        }
        Option[] ordered = [Top, Follow];
        if (session.IsGiven(OrderBy) && ordered.FirstOrDefault(session.IsGiven) is { } order)
            throw CliException.Usage($"{order.Name} has an order of its own: leave out --order-by");
        Option[] ends = [Until, Limit];
        if (session.IsGiven(Follow) && ends.FirstOrDefault(session.IsGiven) is { } end)
            throw CliException.Usage($"--follow has no end: leave out {end.Name}");
        if (session.IsGiven(Top) && (session.IsGiven(Aggregate) || session.IsGiven(Bucket)))
            throw CliException.Usage("--top chooses its own aggregates", "use --group-by with --aggregate, --order-by and --limit");
    }

    /// <summary>At commas outside of brackets.</summary>
    public static IReadOnlyList<string> Items(string? text)
    {
        var items = new List<string>();
        var (start, depth) = (0, 0);
        for (var i = 0; i <= text?.Length; i++)
        {
            var c = i == text.Length ? ',' : text[i];
            depth += c is '(' ? 1 : c is ')' ? -1 : 0;
            if (c != ',' || depth > 0 && i < text.Length)
                continue;
            if (text[start..i].Trim() is { Length: > 0 } item)
                items.Add(item);
            start = i + 1;
        }
        return items;
    }

    static Option<string> List(string name, string description, string helpName)
    {
        var option = FieldOptions.Text(name, description, helpName);
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && Items(token.Value).Count == 0)
                result.AddError($"{name} '{token.Value}': must name at least one");
        });
        return option;
    }
}
