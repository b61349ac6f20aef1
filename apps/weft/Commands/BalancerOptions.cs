using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;
using Weft.Cli.Balancing;
using Weft.Model.Json;
using Weft.Model.Resources;

namespace Weft.Cli.Commands;

/// <summary>What creating and changing a load balancer have in common.</summary>
sealed class BalancerOptions
{
    public Option<Listener[]> Listeners { get; } = Many("--listener", "What listens", BalancerSyntax.ListenerHelp, BalancerSyntax.Listener);

    public Option<string> Algorithm { get; } = new Option<string>("--algorithm")
    {
        Description = "How a member is chosen: round-robin (when not given), least-connections, or source-hash by client address",
        HelpName = "ALGORITHM",
    }.AcceptOnlyFromAmong(Pool.RoundRobin, Pool.LeastConnections, Pool.SourceHash);

    public Option<int> Affinity { get; } = FieldOptions.Number(
        "--affinity", "Seconds for which a client address keeps its member after its last new connection; 0: it does not", 0, 604_800);

    public Option<ushort> MemberPort { get; } = FieldOptions.Number<ushort>(
        "--member-port", "Port number of members that give none; the listener's when not given", 1, ushort.MaxValue);

    public Option<HealthMonitor> Monitor { get; } = new("--monitor")
    {
        Description = $"How members are asked whether they are well: {BalancerSyntax.MonitorHelp}",
        HelpName = "MONITOR",
        CustomParser = result => One(result, BalancerSyntax.Monitor, "--monitor "),
    };

    public Option<string[]> Selector { get; } = new("--selector")
    {
        Description = "Label that makes every port of the network that has it a member; may be repeated: all must be there",
        HelpName = "KEY=VALUE",
    };

    public static Option<Member[]> Members() => Many("--member", "Who serves", BalancerSyntax.MemberHelp, BalancerSyntax.Member);

    public static Argument<Member[]> MemberArguments() => new("MEMBER")
    {
        Description = BalancerSyntax.MemberHelp,
        HelpName = "MEMBER",
        Arity = ArgumentArity.OneOrMore,
        CustomParser = result => All(result, BalancerSyntax.Member, ""),
    };

    public Option[] ForPools => [Algorithm, Affinity, MemberPort, Monitor, Selector];

    /// <summary>Writes into the pool what was given of it.</summary>
    public void Change(Session session, JsonObject pool)
    {
        if (session.IsGiven(Algorithm))
            pool["algorithm"] = session.Value(Algorithm);
        if (session.IsGiven(Affinity))
            pool["affinitySeconds"] = session.Value(Affinity);
        if (session.IsGiven(MemberPort))
            pool["memberPort"] = session.Value(MemberPort);
        if (session.Value(Monitor) is { } monitor)
            pool["healthMonitor"] = JsonSerializer.SerializeToNode(monitor, WeftJson.Default.HealthMonitor);
        if (session.Value(Selector) is { Length: > 0 } labels)
            pool["selector"] = SelectorOf(labels);
    }

    public static JsonArray ToJson(IEnumerable<Listener> listeners) =>
        new([.. listeners.Select(listener => JsonSerializer.SerializeToNode(listener, WeftJson.Default.Listener))]);

    public static JsonArray ToJson(IEnumerable<Member> members) =>
        new([.. members.Select(member => JsonSerializer.SerializeToNode(member, WeftJson.Default.Member))]);

    static JsonObject SelectorOf(string[] labels)
    {
        var selector = new JsonObject();
        foreach (var label in labels)
        {
            var equals = label.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                throw CliException.Usage($"--selector {label}: must be KEY=VALUE");
            selector[label[..equals]] = label[(equals + 1)..];
        }
        return selector;
    }

    static Option<T[]> Many<T>(string name, string effect, string help, Func<string, T> parse) => new(name)
    {
        Description = $"{effect}: {help}; may be repeated",
        HelpName = name.TrimStart('-').ToUpperInvariant(),
        Arity = ArgumentArity.OneOrMore,
        CustomParser = result => All(result, parse, $"{name} "),
    };

    static T[] All<T>(ArgumentResult result, Func<string, T> parse, string place)
    {
        var all = new List<T>();
        foreach (var token in result.Tokens)
            if (TryParse(result, token.Value, parse, place, out var one))
                all.Add(one);
        return [.. all];
    }

    static T? One<T>(ArgumentResult result, Func<string, T> parse, string place) where T : class =>
        TryParse(result, result.Tokens[0].Value, parse, place, out var one) ? one : null;

    static bool TryParse<T>(ArgumentResult result, string text, Func<string, T> parse, string place, [MaybeNullWhen(false)] out T value)
    {
        try
        {
            value = parse(text);
            return true;
        }
        catch (WordException e)
        {
            result.AddError($"{place}'{text}': {e.Message}");
            value = default;
            return false;
        }
    }
}
