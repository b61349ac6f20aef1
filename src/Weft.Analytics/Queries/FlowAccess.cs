using System.Collections.Immutable;
using Weft.Analytics.Sql;
using Weft.Flows;
using static Weft.Analytics.Sql.SqlExpression;

namespace Weft.Analytics.Queries;

/// <summary>
/// What somebody may see. Of flows, those that a port of their projects took part in; of these, not what belongs to the
/// other side's project: the names, labels, nodes and inner addresses of its ports, its policies, groups and rules.
/// </summary>
/// <remarks>
/// What is hidden is empty wherever it is asked for, in filters and groups too: an answer that depends on it would tell it.
/// </remarks>
public sealed class FlowAccess
{
    /// <summary>Sees all.</summary>
    public static readonly FlowAccess Everything = new(null, null);

    static readonly string[] s_sides = ["source", "destination"];

    readonly ImmutableArray<string>? _own;
    readonly string? _project;

    FlowAccess(IEnumerable<string>? own, string? project)
    {
        _own = own is null ? null : [.. own.Order(StringComparer.Ordinal)];
        _project = project;
    }

    /// <param name="projects">Of a member.</param>
    public static FlowAccess Of(IEnumerable<string> projects) => new(projects, null);

    /// <summary>The same, of flows that this project took part in.</summary>
    public FlowAccess Within(string? project) => project is null ? this : new(_own, project);

    internal SqlExpression Condition => (_own, _project) switch
    {
        (_, { } project) => TookPart([project]),
        ({ } own, _) => TookPart(own),
        _ => new All([]),
    };

    /// <summary>A field as it may be seen.</summary>
    internal SqlExpression Visible(FlowField field)
    {
        var column = new Column(field.Column);
        return _own is { } own && Rule(field, own) is { } condition ? new If(condition, column, Hidden(field)) : column;
    }

    /// <summary>When it may be seen; null: always.</summary>
    static SqlExpression? Rule(FlowField field, ImmutableArray<string> own) => field.Name switch
    {
        "source.name" or "source.labels" or "source.node" => Belongs("source", own),
        "destination.name" or "destination.labels" or "destination.node" => Belongs("destination", own),
        "translated.source.address" or "translated.source.port" => BelongsOrOutside("source", own),
        "translated.destination.address" or "translated.destination.port" => BelongsOrOutside("destination", own),
        "floatingIp" => new Either([Belongs("destination", own), new All([Belongs("destination", [""]), Belongs("source", own)])]),
        "loadBalancer" or "listener" => Belongs("destination", own),
        "node" => AtEntry("source", "destination", own),
        "peer" => AtEntry("destination", "source", own),
        "policy" or "group" => IsOf(field.Column, own),
        "rule" => new Either([IsOf("policy", own), IsOf("group", own)]),
        _ => null,
    };

    /// <summary>The one end's project when the entry recorded it, else the other's.</summary>
    static Either AtEntry(string entry, string exit, ImmutableArray<string> own) => new(
    [
        new All([Observed(FlowObserver.Entry), BelongsOrOutside(entry, own)]),
        new All([Observed(FlowObserver.Exit), BelongsOrOutside(exit, own)]),
    ]);

    static Compare Observed(FlowObserver observer) =>
        new(SqlComparison.Equal, new Column("observer"), new Value((ulong)observer, SqlType.UInt8));

    static Either TookPart(ImmutableArray<string> projects) => new([.. s_sides.Select(side => Belongs(side, projects))]);

    static SqlExpression Belongs(string side, ImmutableArray<string> projects) => projects.IsEmpty
        ? new Either([])
        : new In(new Column(side + "_project"), [.. projects.Select(project => new Value(project, SqlType.Text))]);

    static SqlExpression BelongsOrOutside(string side, ImmutableArray<string> projects) => Belongs(side, projects.Add(""));

    /// <summary>Policies and groups have their project before them.</summary>
    static Either IsOf(string column, ImmutableArray<string> projects) =>
        new([.. projects.Select(project => new Search(SqlSearch.StartsWith, new Column(column), new Value(project + "/", SqlType.Text)))]);

    static Value Hidden(FlowField field) => field.Type switch
    {
        FlowType.Text => new("", SqlType.Text),
        FlowType.Address => new(UInt128.Zero, SqlType.Address),
        _ => new(0UL, SqlValues.TypeOf(field)),
    };
}
