using System.Text.Json.Nodes;
using Weft.Cli.Commands;
using Weft.Cli.Output;

namespace Weft.Cli.Flows;

/// <summary>Rows for people. What is printed once cannot be moved: widths are those of the first rows, and grow.</summary>
sealed class FlowTablePrinter : FlowPrinter
{
    /// <summary>That widths are found from, and that are printed at once.</summary>
    const int Together = 200;

    const int DefaultLimit = 1000;

    readonly IReadOnlyList<FlowColumn> _columns;
    readonly Table _table;
    int _waiting;
    long _rows;

    FlowTablePrinter(Session session, FlowQuery query, IReadOnlyList<FlowColumn> columns) : base(session, query)
    {
        _columns = columns;
        _table = new([.. columns.Select(column => column.Heading)]) { Width = session.Terminal.OutIsTerminal ? session.Terminal.Width() : null };
    }

    public static FlowTablePrinter Create(Session session, FlowQuery query)
    {
        if (query.IsOfGroups)
            return new(session, query, [.. query.GroupColumns.Select(FlowColumn.Of)]);
        if (query.Fields.Count > 0)
            return new(session, query, [.. query.Fields.Select(FlowColumn.Of)]);
        var columns = FlowColumn.OfList(session.Format == OutputFormat.Wide);
        return new(session, query with { Fields = [.. columns.SelectMany(column => column.Fields).Distinct()] }, columns);
    }

    public override async Task FollowAsync(IAsyncEnumerable<string> lines, CancellationToken cancel)
    {
        foreach (var column in _columns)
            _table.Reserve(column.Heading, column.Usual);
        _table.Write(Out, Session.Terminal.OutHasColors);
        await Out.FlushAsync(cancel);
        await base.FollowAsync(lines, cancel);
    }

    protected override void Row(string line)
    {
        if (JsonNode.Parse(line) is not JsonObject row)
            return;
        _table.Add([.. _columns.Select(column => column.Cell(row, Session))]);
        _rows++;
        if (++_waiting >= Together)
            Write();
    }

    protected override void FollowedRow(string line)
    {
        Row(line);
        Write();
    }

    protected override void End()
    {
        Write();
        if (!Session.Terminal.OutIsTerminal)
            return;
        if (_rows == 0)
            Session.Terminal.Error.WriteLine(Query.Since is null ? "nothing in the last 10 minutes; --since 1h looks back farther" : "nothing");
        else if (!Query.IsOfGroups && _rows == (Query.Limit ?? DefaultLimit))
            Session.Terminal.Error.WriteLine($"the newest {_rows}; there may be more: --limit");
    }

    void Write()
    {
        _table.Write(Out, Session.Terminal.OutHasColors);
        _waiting = 0;
    }
}
