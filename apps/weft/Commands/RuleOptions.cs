using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Weft.Cli.Output;
using Weft.Cli.Rules;
using Weft.Model.Json;
using Weft.Model.Validation;

namespace Weft.Cli.Commands;

/// <summary>How commands take rules of one kind: as options, from a file, as arguments.</summary>
/// <param name="help">How a rule is written.</param>
/// <param name="parse">Throws <see cref="RuleSyntaxException"/>.</param>
sealed class RuleOptions<T>(string help, Func<string, T> parse, JsonTypeInfo<T> type)
{
    public Option<T[]> Many(string effect) => new("--rule")
    {
        Description = $"{effect}: {help}; may be repeated, the order counts",
        HelpName = "RULE",
        Arity = ArgumentArity.OneOrMore,
        CustomParser = result => Parse(result, "--rule "),
    };

    public static Option<string> File() => new("--rule-file")
    {
        Description = "File with one rule a line, or - for standard input; # begins a comment",
        HelpName = "FILE",
    };

    public Argument<T[]> Arguments() => new("RULE")
    {
        Description = $"{help}; several are added in their order",
        HelpName = "RULE",
        Arity = ArgumentArity.OneOrMore,
        CustomParser = result => Parse(result, ""),
    };

    /// <summary>What was given, those of the file behind the others; null: nothing.</summary>
    public JsonArray? Read(Session session, Option<T[]> many, Option<string> file)
    {
        if (!session.IsGiven(many) && !session.IsGiven(file))
            return null;
        var rules = session.IsGiven(file) ? ReadFile(session, session.Value(file)!) : [];
        return ToJson([.. session.Value(many) ?? [], .. rules]);
    }

    public JsonArray ToJson(IEnumerable<T> rules) => new([.. rules.Select(Node)]);

    JsonNode Node(T rule)
    {
        var node = System.Text.Json.JsonSerializer.SerializeToNode(rule, type)!.AsObject();
        node.Remove("id");
        return node;
    }

    T[] Parse(ArgumentResult result, string place)
    {
        var rules = new List<T>();
        foreach (var token in result.Tokens)
        {
            try
            {
                rules.Add(parse(token.Value));
            }
            catch (RuleSyntaxException e)
            {
                result.AddError($"{place}'{token.Value}': {e.Message}");
            }
        }
        return [.. rules];
    }

    List<T> ReadFile(Session session, string file)
    {
        var rules = new List<T>();
        var faults = new List<Fault>();
        var number = 0;
        foreach (var line in Lines(session, file))
        {
            number++;
            var text = line.Split('#')[0].Trim();
            if (text.Length == 0)
                continue;
            try
            {
                rules.Add(parse(text));
            }
            catch (RuleSyntaxException e)
            {
                faults.Add(new($"{file}:{number}", e.Message));
            }
        }
        return faults.Count == 0 ? rules
            : throw new CliException(ExitCodes.Failure, "the rules have faults; nothing was changed", faults);
    }

    static string[] Lines(Session session, string file)
    {
        try
        {
            return file == "-" ? session.Terminal.In.ReadToEnd().Split('\n') : System.IO.File.ReadAllLines(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCodes.Failure, $"{file}: {e.Message}");
        }
    }
}

static class RuleOptions
{
    public static RuleOptions<Model.Resources.PolicyRule> OfPolicies { get; } =
        new(PolicyRuleSyntax.Help, PolicyRuleSyntax.Parse, WeftJson.Default.PolicyRule);

    public static RuleOptions<Model.Resources.SecurityGroupRule> OfGroups { get; } =
        new(GroupRuleSyntax.Help, GroupRuleSyntax.Parse, WeftJson.Default.SecurityGroupRule);

    /// <summary><c>rule add</c> and <c>rule remove</c> of a kind.</summary>
    public static CliCommand Commands<T>(CommandContext context, Kind kind, RuleOptions<T> options, string example) =>
        new CliCommand("rule", $"Rules of one {kind.Title}").With(
            Add(context, kind, options, example), Remove(context, kind));

    static CliCommand Add<T>(CommandContext context, Kind kind, RuleOptions<T> options, string example)
    {
        var name = FieldOptions.Name($"Name of the {kind.Title}").Completes(context, kind);
        var rules = options.Arguments();
        var position = FieldOptions.Number("--position", "Where the first of them stands then, from 0; the end when not given", 0, int.MaxValue);
        var before = FieldOptions.Number("--before", "Id of the rule that they come before", 1u, uint.MaxValue);
        return new CliCommand("add", $"Add rules to a {kind.Title}", example)
            .With(name, rules, position, before)
            .Runs(context, (session, cancel) =>
                ResourceCommands.UpdateAsync(session, kind, session.Value(name)!, document =>
                {
                    var all = document["rules"] as JsonArray ?? [];
                    var index = session.IsGiven(before) ? IndexOf(all, session.Value(before), kind)
                        : session.IsGiven(position) ? Math.Min(session.Value(position), all.Count)
                        : all.Count;
                    foreach (var rule in options.ToJson(session.Value(rules)!).ToList())
                        all.Insert(index++, rule!.DeepClone());
                    document["rules"] = all.DeepClone();
                }, cancel));
    }

    static CliCommand Remove(CommandContext context, Kind kind)
    {
        var name = FieldOptions.Name($"Name of the {kind.Title}").Completes(context, kind);
        var ids = new Argument<uint[]>("ID")
        {
            Description = $"Ids of the rules, as 'weft {kind.Name} show' tells them",
            HelpName = "ID",
            Arity = ArgumentArity.OneOrMore,
        };
        ids.CompletionSources.Add(completion => Completions.RuleIds(completion, context, kind, name));
        return new CliCommand("remove", $"Remove rules from a {kind.Title}", $"weft {kind.Name} rule remove {(kind == Kinds.Policy ? "logs" : "web")} 2 3")
            .With(name, ids)
            .Runs(context, (session, cancel) =>
                ResourceCommands.UpdateAsync(session, kind, session.Value(name)!, document =>
                {
                    var all = document["rules"] as JsonArray ?? [];
                    foreach (var id in session.Value(ids)!.Distinct())
                        all.RemoveAt(IndexOf(all, id, kind));
                }, cancel));
    }

    static int IndexOf(JsonArray rules, uint id, Kind kind)
    {
        var index = rules.ToList().FindIndex(rule => rule.Number("id") == id);
        return index >= 0 ? index
            : throw new CliException(ExitCodes.NotFound, $"the {kind.Title} has no rule with id {id}");
    }
}
