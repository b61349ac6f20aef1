using Weft.Model.Resources;

namespace Weft.Cli.Rules;

/// <summary>Rules of policies as people write them: <c>allow tcp frontend -&gt; management 514</c>.</summary>
static class PolicyRuleSyntax
{
    public const string Help = "ACTION PROTOCOL FROM -> TO [PORTS]";

    /// <exception cref="RuleSyntaxException">Says what is wrong.</exception>
    public static PolicyRule Parse(string text)
    {
        var words = new RuleWords(text);
        var action = words.Take("allow or deny").ToLowerInvariant();
        var rule = action switch
        {
            Policy.Allow or Policy.Deny => new PolicyRule { Action = action },
            "reject" => new() { Action = Policy.Deny, Reject = true },
            _ => throw new RuleSyntaxException($"begins with '{action}'; allow, deny and reject are known"),
        };
        if (words.TryTake("with", "reject"))
            rule = rule with { Reject = true };
        // 'allow any -> b': the word is the side then, which comes to the same.
        rule = rule with { Protocol = words.TryTakeProtocol() };
        words.TryTake("from");
        rule = rule with { From = TakeEndpoint(words) };
        rule = rule with { Direction = TakeDirection(words), To = TakeEndpoint(words) };
        while (!words.AtEnd)
            rule = TakeRest(words, rule);
        return rule;
    }

    /// <summary>A name that reads as something else unless <c>network</c> stands before it.</summary>
    public static bool IsKeyword(string network) =>
        IsBehindEndpoint(network) || network is "any" or "from" or "network" or "group" or "security" or "label" or "external";

    static string TakeDirection(RuleWords words) =>
        words.TryTake(Policy.OneWay) || words.TryTake("to") ? Policy.OneWay
        : words.TryTake(Policy.BothWays) || words.TryTake("both", "ways", "to") ? Policy.BothWays
        : throw new RuleSyntaxException(words.Peek() is { } word
            ? $"'{word}' stands where -> or <-> must" : "-> or <->, and the side behind it, are missing at the end");

    static PolicyEndpoint? TakeEndpoint(RuleWords words)
    {
        var endpoint = new PolicyEndpoint();
        var labels = new Dictionary<string, string>();
        var any = words.TryTake("any");
        while (TryTakePart(words, ref endpoint, labels))
        {
        }
        if (labels.Count > 0)
            endpoint = endpoint with { Labels = labels };
        var isEmpty = endpoint.Equals(new PolicyEndpoint());
        if (any && !isEmpty)
            throw new RuleSyntaxException("'any' cannot be together with something particular");
        return isEmpty ? null : endpoint;
    }

    static bool TryTakePart(RuleWords words, ref PolicyEndpoint endpoint, Dictionary<string, string> labels)
    {
        if (words.TryTake("network"))
            SetNetwork(words.Take("a network"), ref endpoint);
        else if (words.TryTake("security", "group") || words.TryTake("group"))
            SetGroup(words.Take("a security group"), ref endpoint);
        else if (words.TryTake("external"))
            SetExternal(words.Take("an external network"), ref endpoint);
        else if (words.TryTake("label"))
            SetLabel(words.Take("a label"), labels);
        else if (words.Peek() is not { } word || IsBehindEndpoint(word))
            return false;
        else
            SetPart(words.Take("a side"), ref endpoint, labels);
        return true;
    }

    static bool IsBehindEndpoint(string word) =>
        word is Policy.OneWay or Policy.BothWays or "to" or "both" or "port" or "ports" or "source" or "type" or "types"
            or "log" or "reject" or "with"
        || RuleWords.IsPorts(word);

    static void SetPart(string word, ref PolicyEndpoint endpoint, Dictionary<string, string> labels)
    {
        if (word.StartsWith("group:", StringComparison.Ordinal))
            SetGroup(word["group:".Length..], ref endpoint);
        else if (word.StartsWith("label:", StringComparison.Ordinal))
            SetLabel(word["label:".Length..], labels);
        else if (word.StartsWith("external:", StringComparison.Ordinal))
            SetExternal(word["external:".Length..], ref endpoint);
        else if (word.StartsWith("network:", StringComparison.Ordinal))
            SetNetwork(word["network:".Length..], ref endpoint);
        else if (word.Contains('=', StringComparison.Ordinal))
            SetLabel(word, labels);
        else if (RuleWords.TryPrefix(word, out var prefix))
            endpoint = endpoint.Prefix is null ? endpoint with { Prefix = prefix } : throw Twice("prefix", word);
        else
            SetNetwork(word, ref endpoint);
    }

    static void SetNetwork(string name, ref PolicyEndpoint endpoint) =>
        endpoint = endpoint.Network is null ? endpoint with { Network = name } : throw Twice("network", name);

    static void SetExternal(string name, ref PolicyEndpoint endpoint) =>
        endpoint = endpoint.ExternalNetwork is null ? endpoint with { ExternalNetwork = name } : throw Twice("external network", name);

    static void SetGroup(string name, ref PolicyEndpoint endpoint) =>
        endpoint = endpoint.SecurityGroup is null ? endpoint with { SecurityGroup = name } : throw Twice("security group", name);

    static void SetLabel(string text, Dictionary<string, string> labels)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
            throw new RuleSyntaxException($"'{text}' is not a label KEY=VALUE");
        if (!labels.TryAdd(text[..equals], text[(equals + 1)..]))
            throw Twice($"label {text[..equals]}", text);
    }

    static RuleSyntaxException Twice(string what, string word) =>
        new($"'{word}' is a second {what} of one side; write one rule for each");

    static PolicyRule TakeRest(RuleWords words, PolicyRule rule)
    {
        if (words.TryTake("log"))
            return rule with { Log = true };
        if (words.TryTake("with", "reject") || words.TryTake("reject"))
            return rule with { Reject = true };
        if (words.TryTake("source", "port") || words.TryTake("source", "ports"))
            return rule with { SourcePorts = words.TakePorts() };
        if (words.TryTake("type") || words.TryTake("types"))
            return rule with { IcmpTypes = words.TakeList("an ICMP type") };
        if (words.TryTake("port") || words.TryTake("ports") || RuleWords.IsPorts(words.Peek()!))
            return rule with { Ports = [.. rule.Ports ?? [], .. words.TakePorts()] };
        throw new RuleSyntaxException($"'{words.Peek()}' is not understood behind the sides: ports, 'source port', 'type', 'log' and 'reject' are");
    }
}
