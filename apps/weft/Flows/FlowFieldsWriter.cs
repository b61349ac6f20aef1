using System.Text.Json.Nodes;
using Weft.Cli.Commands;
using Weft.Cli.Output;

namespace Weft.Cli.Flows;

static class FlowFieldsWriter
{
    public static void Write(Session session, IReadOnlyList<FlowField> fields)
    {
        if (session.Format == OutputFormat.Name)
        {
            foreach (var field in fields)
                session.Out.WriteLine(field.Name);
            return;
        }
        if (session.IsForPrograms)
        {
            Printer.Document(session, new JsonArray([.. fields.Select(Document)]));
            return;
        }
        var table = session.Format == OutputFormat.Wide ? new Table("FIELD", "TYPE", "MEANING", "OPERATORS", "WHAT IT SAYS") : new Table("FIELD", "TYPE", "WHAT IT SAYS");
        foreach (var field in fields)
        {
            string[] cells = session.Format == OutputFormat.Wide
                ? [field.Name, TypeOf(field), field.Meaning, string.Join(", ", field.Operators), field.About]
                : [field.Name, TypeOf(field), field.About];
            table.Add(cells);
        }
        table.Write(session.Out, session.Terminal.OutHasColors);
    }

    /// <summary>For people: what one writes to compare with it.</summary>
    static string TypeOf(FlowField field) => field.Names.Count > 0 ? string.Join("|", field.Names)
        : field.Meaning is "" or "plain" ? field.Type is "text" or "address" or "time" ? field.Type : "number"
        : field.Meaning switch
        {
            "flag" => "true|false",
            "tcpFlags" => "TCP flags",
            _ => field.Meaning,
        };

    static JsonObject Document(FlowField field) => new()
    {
        ["name"] = field.Name,
        ["type"] = field.Type,
        ["meaning"] = field.Meaning,
        ["about"] = field.About,
        ["names"] = new JsonArray([.. field.Names.Select(name => JsonValue.Create(name))]),
        ["operators"] = new JsonArray([.. field.Operators.Select(text => JsonValue.Create(text))]),
    };
}
