using System.Text;
using Weft.ClickHouseServer.Statements;

namespace Weft.ClickHouseServer.Http;

/// <summary>A statement as the engine gets it, with the file of its data.</summary>
/// <remarks>
/// Data do not travel inside the statement: the engine reads those of most formats wrongly past 1 MiB there, and copies them.
/// From a file in memory it reads at full speed. The output of a SELECT goes through a pipe, so that it is never whole in memory.
/// </remarks>
sealed class Plan : IDisposable
{
    readonly byte[] text;
    readonly Statement statement;
    readonly Body? data;
    readonly string? compression;

    Plan(byte[] text, Statement statement, Body? data, string? compression) =>
        (this.text, this.statement, this.data, this.compression) = (text, statement, data, compression);

    /// <summary>Whether the output is to go through a pipe.</summary>
    public bool Streams => statement.Kind == StatementKind.Query;

    /// <summary>The format that the statement names; null when it takes the default.</summary>
    public string? OutputFormat => statement.Kind == StatementKind.InsertOfData ? null : statement.Format;

    /// <summary>A plan when the statement is in the address and the body is its data, as it came; null when it is otherwise.</summary>
    public static Plan? ForDataOnly(StatementRequest request, Body body)
    {
        if (request.Query is null)
            return null;
        var text = Encoding.UTF8.GetBytes(request.Query);
        var statement = Statement.Read(text);
        return statement.Kind == StatementKind.InsertOfData && statement.Data == text.Length
            ? new(text, statement, body, request.Compression)
            : null;
    }

    /// <summary>A plan for a statement that is, or goes on, in the body.</summary>
    public static Plan ForText(StatementRequest request, byte[] body)
    {
        var text = request.Query is null ? body : [.. Encoding.UTF8.GetBytes(request.Query), .. body.Length > 0 ? "\n"u8 : default, .. body];
        var statement = Statement.Read(text);
        return statement.Kind == StatementKind.InsertOfData
            ? new(text, statement, Body.Of(text.AsSpan(statement.Data)), null)
            : new(text, statement, null, null);
    }

    /// <summary>What the engine is to run, with its output to a file where it <see cref="Streams"/>.</summary>
    public byte[] ToStatement(string defaultFormat, string? outputPath)
    {
        var clause = statement.Kind switch
        {
            StatementKind.InsertOfData =>
                $" FROM INFILE '{data!.Path}' {(compression is null ? "" : $"COMPRESSION '{compression.Replace("'", "", StringComparison.Ordinal)}' ")}",
            StatementKind.Query => $" INTO OUTFILE '{outputPath}' APPEND {(statement.Format is null ? "FORMAT " + defaultFormat : "")}",
            _ => null,
        };
        return clause is null
            ? text
            : [.. text.AsSpan(0, statement.FileClause), .. Encoding.UTF8.GetBytes(clause), .. text.AsSpan(statement.FileClause..statement.End)];
    }

    public void Dispose() => data?.Dispose();
}
