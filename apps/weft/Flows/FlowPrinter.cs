using System.Text.Json.Nodes;
using Weft.Cli.Commands;
using Weft.Cli.Documents;
using Weft.Cli.Output;

namespace Weft.Cli.Flows;

/// <summary>Prints rows as they come, in one format; holds no more of them than a table needs to find its widths.</summary>
abstract class FlowPrinter(Session session, FlowQuery query) : IDisposable
{
    protected Session Session => session;

    protected TextWriter Out => session.Out;

    /// <summary>With what this way to print needs to be asked for.</summary>
    public FlowQuery Query => query;

    public static FlowPrinter For(Session session, FlowQuery query) => session.Format switch
    {
        OutputFormat.Json => new JsonPrinter(session, query),
        OutputFormat.Yaml => new YamlPrinter(session, query),
        OutputFormat.Ndjson => new LinePrinter(session, query),
        _ => FlowTablePrinter.Create(session, query),
    };

    public virtual async Task PrintAsync(IAsyncEnumerable<string> lines, CancellationToken cancel)
    {
        Begin();
        await foreach (var line in lines.WithCancellation(cancel))
            Row(line);
        End();
        await Out.FlushAsync(cancel);
    }

    /// <summary>Each row is seen at once.</summary>
    public virtual async Task FollowAsync(IAsyncEnumerable<string> lines, CancellationToken cancel)
    {
        await foreach (var line in lines.WithCancellation(cancel))
        {
            FollowedRow(line);
            await Out.FlushAsync(cancel);
        }
    }

    public void Dispose() => GC.SuppressFinalize(this);

    protected virtual void Begin()
    {
    }

    protected abstract void Row(string line);

    protected virtual void FollowedRow(string line) => Row(line);

    protected virtual void End()
    {
    }

    sealed class LinePrinter(Session session, FlowQuery query) : FlowPrinter(session, query)
    {
        protected override void Row(string line) => Out.WriteLine(line);
    }

    sealed class YamlPrinter(Session session, FlowQuery query) : FlowPrinter(session, query)
    {
        protected override void Row(string line)
        {
            Out.WriteLine("---");
            YamlWriter.Write(Out, [JsonNode.Parse(line)!]);
        }
    }

    /// <summary>One array, a row on each line; of what is followed, rows alone: an array that never ends is of no use.</summary>
    sealed class JsonPrinter(Session session, FlowQuery query) : FlowPrinter(session, query)
    {
        bool _begun;

        protected override void Begin() => Out.Write('[');

        protected override void Row(string line)
        {
            Out.Write(_begun ? ",\n  " : "\n  ");
            Out.Write(line);
            _begun = true;
        }

        protected override void FollowedRow(string line) => Out.WriteLine(line);

        protected override void End() => Out.WriteLine(_begun ? "\n]" : "]");
    }
}
