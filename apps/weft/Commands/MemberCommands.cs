using System.CommandLine;
using System.Text.Json.Nodes;
using Weft.Cli.Balancing;
using Weft.Cli.Output;

namespace Weft.Cli.Commands;

/// <summary><c>weft load-balancer member</c>: one write each, whatever else the load balancer has.</summary>
static class MemberCommands
{
    const string Targets = "PORT or PORT:NUMBER of members, as they are listed";

    public static CliCommand Create(CommandContext context) => new CliCommand("member", "Members of a load balancer").With(
        Add(context),
        Changing(context, "remove", "Take members away; the connections that they have stay", (members, index) => members.RemoveAt(index)),
        Changing(context, "drain", "Give members no new connections; those that they have stay", (members, index) => Weigh(members[index]!, 0)),
        Enable(context),
        Changing(context, "disable", "Keep members in the list, as if they were not there", (members, index) => members[index]!["enabled"] = false));

    public static Option<string> PoolOption() =>
        FieldOptions.Text("--pool", "Name of the pool; the only one when not given", "POOL");

    /// <exception cref="CliException">There is no such pool, or there are several.</exception>
    public static JsonObject FindPool(JsonObject document, string? name)
    {
        var pools = document.Objects("pools").ToList();
        if (name is null)
            return pools is [var only] ? only
                : throw CliException.Usage($"--pool is needed: the load balancer has {pools.Count} pools");
        return pools.Find(pool => pool.Text("name") == name)
            ?? throw new CliException(ExitCodes.NotFound, $"the load balancer has no pool '{name}'");
    }

    static CliCommand Add(CommandContext context)
    {
        var name = FieldOptions.Name("Name of the load balancer").Completes(context, Kinds.LoadBalancer);
        var members = BalancerOptions.MemberArguments();
        var pool = PoolOption();
        return new CliCommand("add", "Add members", "weft load-balancer member add web web3:8080 web4:8080,weight=2")
            .With(name, members, pool)
            .Runs(context, (session, cancel) =>
                ResourceCommands.UpdateAsync(session, Kinds.LoadBalancer, session.Value(name)!, document =>
                {
                    var changed = FindPool(document, session.Value(pool));
                    var all = (changed["members"] as JsonArray ?? []).Concat(BalancerOptions.ToJson(session.Value(members)!));
                    changed["members"] = new JsonArray([.. all.Select(member => member!.DeepClone())]);
                }, cancel));
    }

    static CliCommand Enable(CommandContext context)
    {
        var weight = FieldOptions.Number("--weight", "Weight from now on; as before when not given, 1 when it was drained", 1, 256);
        return Changing(context, "enable", "Give members new connections again", (session, member) =>
        {
            member.AsObject().Remove("enabled");
            if (session.IsGiven(weight))
                Weigh(member, session.Value(weight));
            else if (member["weight"] is not null && member.Number("weight") == 0)
                member.AsObject().Remove("weight");
        }, weight);
    }

    static CliCommand Changing(CommandContext context, string verb, string effect, Action<JsonArray, int> change) =>
        Changing(context, verb, effect, (_, member) => change(member.Parent!.AsArray(), member.GetElementIndex()));

    static CliCommand Changing(
        CommandContext context, string verb, string effect, Action<Session, JsonNode> change, params Option[] more)
    {
        var name = FieldOptions.Name("Name of the load balancer").Completes(context, Kinds.LoadBalancer);
        var targets = new Argument<string[]>("MEMBER") { Description = Targets, HelpName = "MEMBER", Arity = ArgumentArity.OneOrMore };
        targets.CompletionSources.Add(completion => Completions.Members(completion, context, name));
        var pool = PoolOption();
        return new CliCommand(verb, effect, $"weft load-balancer member {verb} web web1")
            .With([name, targets, pool, .. more])
            .Runs(context, (session, cancel) =>
                ResourceCommands.UpdateAsync(session, Kinds.LoadBalancer, session.Value(name)!, document =>
                {
                    var members = FindPool(document, session.Value(pool))["members"] as JsonArray ?? [];
                    foreach (var target in session.Value(targets)!.Distinct())
                        foreach (var member in Named(members, target))
                            change(session, member);
                }, cancel));
    }

    /// <summary>All of the port when no number is given.</summary>
    static List<JsonNode> Named(JsonArray members, string target)
    {
        var wanted = Read(target);
        var found = members.OfType<JsonNode>()
            .Where(member => member.Text("port") == wanted.Port && (wanted.TargetPort == 0 || member.Number("targetPort") == wanted.TargetPort))
            .ToList();
        return found.Count > 0 ? found
            : throw new CliException(ExitCodes.NotFound, $"the pool has no member '{target}' by name; what labels find is listed only");
    }

    static Model.Resources.Member Read(string target)
    {
        try
        {
            return BalancerSyntax.Member(target);
        }
        catch (WordException e)
        {
            throw CliException.Usage($"'{target}': {e.Message}");
        }
    }

    static void Weigh(JsonNode member, int weight) => member["weight"] = weight;
}
