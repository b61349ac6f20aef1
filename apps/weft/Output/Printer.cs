using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Weft.Cli.Commands;
using Weft.Cli.Documents;
using Weft.Cli.Rules;

namespace Weft.Cli.Output;

/// <summary>Prints resources in the format that was asked for.</summary>
static class Printer
{
    static readonly JsonWriterOptions Indented = new() { Indented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="withProject">A column that says it: the items may be of several.</param>
    public static void List(Session session, Kind kind, IReadOnlyCollection<JsonObject> items, bool withProject = false)
    {
        switch (session.Format)
        {
            case OutputFormat.Json:
                Json(session.Out, new JsonArray([.. items.Select(Ordered)]));
                break;
            case OutputFormat.Yaml:
                YamlWriter.Write(session.Out, [.. items.Select(Ordered)]);
                break;
            case OutputFormat.Name:
                foreach (var item in items)
                    session.Out.WriteLine($"{kind.Name}/{item.Text("name")}");
                break;
            default:
                TableOf(session, kind, items, withProject).Write(session.Out, session.Terminal.OutHasColors);
                break;
        }
    }

    /// <summary>One resource; for people every field of it on a line of its own.</summary>
    public static void Details(Session session, Kind kind, JsonObject item)
    {
        switch (session.Format)
        {
            case OutputFormat.Json:
                Json(session.Out, Ordered(item));
                break;
            case OutputFormat.Table or OutputFormat.Wide:
                Fields(session, Ordered(item), kind);
                break;
            default:
                List(session, kind, [item]);
                break;
        }
    }

    /// <summary>What names a resource first, then the rest as the server gave it.</summary>
    static JsonObject Ordered(JsonObject item)
    {
        string[] first = ["kind", "name", "project"];
        var names = first.Where(item.ContainsKey).Concat(item.Select(field => field.Key).Except(first));
        return new(names.Select(name => KeyValuePair.Create(name, item[name]?.DeepClone())));
    }

    /// <summary>A rule of the kind in one line.</summary>
    public static string RuleText(Kind kind, JsonObject rule) =>
        kind == Kinds.Policy ? RuleWriter.OfPolicy(rule) : RuleWriter.OfGroup(rule);

    static void Fields(Session session, JsonObject document, Kind kind)
    {
        if (kind == Kinds.LoadBalancer)
        {
            var tables = BalancerWriter.TakeTables(document);
            Fields(session, document);
            foreach (var shown in tables)
            {
                session.Out.WriteLine();
                shown.Write(session.Out, session.Terminal.OutHasColors);
            }
            return;
        }
        if (kind != Kinds.Policy && kind != Kinds.SecurityGroup)
        {
            Fields(session, document);
            return;
        }
        var rules = document.Objects("rules").ToList();
        document.Remove("rules");
        Fields(session, document);
        if (rules.Count == 0)
            return;
        session.Out.WriteLine();
        var table = new Table("ID", "RULE", "DESCRIPTION");
        foreach (var rule in rules)
            table.Add(rule.Text("id"), RuleText(kind, rule), rule.Text("description"));
        table.Write(session.Out, session.Terminal.OutHasColors);
    }

    /// <summary>A document that is no resource: each field on a line for people.</summary>
    public static void Fields(Session session, JsonObject document)
    {
        if (session.IsForPrograms)
        {
            Document(session, document);
            return;
        }
        var table = new Table("FIELD", "VALUE");
        AddFields(table, document, "");
        table.Write(session.Out, session.Terminal.OutHasColors, withHeadings: false);
    }

    /// <summary>A document that is no resource, for programs.</summary>
    public static void Document(Session session, JsonNode document)
    {
        if (session.Format == OutputFormat.Yaml)
            YamlWriter.Write(session.Out, [document]);
        else
            Json(session.Out, document);
    }

    /// <summary>What a command did to a resource: a sentence for people, the document for programs.</summary>
    public static void Done(Session session, Kind kind, JsonObject item, string verb)
    {
        if (session.IsForPrograms)
            Details(session, kind, item);
        else
            session.Out.WriteLine($"{kind.Name}/{item.Text("name")} {verb}");
        ErrorOutput.Warn(session.Terminal, $"{kind.Name}/{item.Text("name")}", item);
    }

    public static void Json(TextWriter output, JsonNode node)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Indented))
            node.WriteTo(writer);
        output.WriteLine(System.Text.Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
    }

    public static Table TableOf(Session session, Kind kind, IEnumerable<JsonObject> items, bool withProject)
    {
        var columns = Columns(session, kind, withProject);
        var table = new Table([.. columns.Select(column => column.Heading)]);
        foreach (var item in items)
            table.Add([.. columns.Select(column => column.Cell(item, session.Terminal.Time))]);
        return table;
    }

    public static List<Column> Columns(Session session, Kind kind, bool withProject)
    {
        var columns = kind.Columns.Where(column => !column.Wide || session.Format == OutputFormat.Wide).ToList();
        if (withProject)
            columns.Insert(0, new("PROJECT", (item, _) => item.Text("project")));
        return columns;
    }

    static void AddFields(Table table, JsonObject map, string prefix)
    {
        foreach (var (name, value) in map)
        {
            switch (value)
            {
                case JsonObject inner:
                    AddFields(table, inner, $"{prefix}{name}.");
                    break;
                case JsonArray items when items.Any(item => item is JsonObject):
                    for (var i = 0; i < items.Count; i++)
                        AddFields(table, new JsonObject { [$"{name}[{i}]"] = items[i]?.DeepClone() }, prefix);
                    break;
                default:
                    table.Add($"{prefix}{name}", value.Text());
                    break;
            }
        }
    }
}
