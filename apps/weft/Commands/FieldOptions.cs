using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Weft.Model.Addressing;
using Weft.Model.Json;
using Weft.Model.Resources;
using Weft.Model.Rules;

namespace Weft.Cli.Commands;

/// <summary>Options and arguments that stand for fields of resources; their faults say what would be right.</summary>
static class FieldOptions
{
    delegate bool TryParse<T>(string text, [MaybeNullWhen(false)] out T value);

    public static Argument<string> Name(string description) =>
        new("NAME") { Description = description, HelpName = "NAME" };

    public static Argument<string[]> Names(string description) =>
        new("NAME") { Description = description, HelpName = "NAME", Arity = ArgumentArity.OneOrMore };

    public static Option<string> Text(string name, string description, string helpName) =>
        new(name) { Description = description, HelpName = helpName };

    public static Option<bool> Flag(string name, string description) => new(name) { Description = description };

    public static Option<int> Mtu() =>
        Number("--mtu", "Bytes that the ports' interfaces carry; what the fabric carries when not given", 0, 65535);

    public static Option<T> Number<T>(string name, string description, T least, T most)
        where T : struct, INumberBase<T>, IComparable<T> =>
        new(name)
        {
            Description = description,
            HelpName = "NUMBER",
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (T.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var value)
                    && value.CompareTo(least) >= 0 && value.CompareTo(most) <= 0)
                    return value;
                result.AddError($"{name} {text}: must be a whole number from {least} to {most}");
                return default;
            },
        };

    public static Option<IPNetwork[]> Prefixes(string name, string description) =>
        Many<IPNetwork>(name, description, "PREFIX", TryParsePrefix, PrefixFault);

    public static Option<IPAddress[]> Addresses(string name, string description) =>
        Many<IPAddress>(name, description, "ADDRESS", TryParseAddress, _ => "must be an IPv4 or IPv6 address");

    public static Option<AddressRange[]> Ranges(string name, string description) =>
        Many<AddressRange>(
            name, description, "FIRST-LAST", TryParseRange,
            _ => "must be two addresses of one family such as 10.1.0.10-10.1.0.99");

    public static Option<IPAddress> Address(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "ADDRESS",
        CustomParser = result =>
        {
            if (TryParseAddress(result.Tokens[0].Value, out var address))
                return address;
            result.AddError($"{name} {result.Tokens[0].Value}: must be an IPv4 or IPv6 address");
            return null;
        },
    };

    public static Option<KeyValuePair<string, string>[]> Labels() =>
        Pairs("--label", "Label KEY=VALUE; may be repeated", "KEY=VALUE");

    public static Option<KeyValuePair<string, string>[]> Pairs(string name, string description, string helpName) =>
        Many<KeyValuePair<string, string>>(name, description, helpName, TryParsePair, _ => $"must be {helpName}");

    public static Option<(string Node, IPAddress Address)[]> EgressAddresses(string name, string description) =>
        Many<(string, IPAddress)>(name, description, "NODE=ADDRESS", TryParseEgress, _ => "must be a node and an address such as h1=203.0.113.9");

    public static Option<PortMapping[]> Mappings(string name, string description) => Many<PortMapping>(
        name, description, "PROTOCOL:PORTS[:PORT]", TryParseMapping,
        _ => "must be a protocol with a port or range, and the first port inside if it is another one: tcp:80, udp:5000-5010, tcp:80:8080");

    public static JsonArray ToJson(IEnumerable<PortMapping> mappings) =>
        new([.. mappings.Select(mapping => JsonSerializer.SerializeToNode(mapping, WeftJson.Default.PortMapping))]);

    public static Option<string[]> RemovedLabels() =>
        new("--remove-label") { Description = "Label to take away; may be repeated", HelpName = "KEY" };

    public static Option<string[]> Aliases() =>
        new("--alias")
        {
            Description = "One more name that resolves to the port in its network; may be repeated",
            HelpName = "NAME",
        };

    public static Option<MacAddress?> Mac() => new("--mac")
    {
        Description = "Ethernet address; chosen when not given",
        HelpName = "MAC",
        CustomParser = result =>
        {
            if (MacAddress.TryParse(result.Tokens[0].Value, null, out var mac) && mac.IsUnicast)
                return mac;
            result.AddError($"--mac {result.Tokens[0].Value}: must be a unicast MAC address such as 02:42:ac:11:00:02");
            return null;
        },
    };

    static Option<T[]> Many<T>(
        string name, string description, string helpName, TryParse<T> parse, Func<string, string> fault) => new(name)
    {
        Description = description,
        HelpName = helpName,
        Arity = ArgumentArity.OneOrMore,
        CustomParser = result => ParseAll(result, name, parse, fault),
    };

    static T[] ParseAll<T>(ArgumentResult result, string name, TryParse<T> parse, Func<string, string> fault)
    {
        var values = new List<T>();
        foreach (var token in result.Tokens)
        {
            if (parse(token.Value, out var value))
                values.Add(value);
            else
                result.AddError($"{name} {token.Value}: {fault(token.Value)}");
        }
        return [.. values];
    }

    static bool TryParseAddress(string text, out IPAddress address) => AddressMath.TryParse(text, out address);

    /// <summary>Host bits, which the framework clears in silence, are more often a mistake than meant.</summary>
    static bool TryParsePrefix(string text, out IPNetwork prefix) =>
        IPNetwork.TryParse(text, out prefix)
        && AddressMath.TryParse(text.Split('/')[0], out var address) && address.Equals(prefix.BaseAddress);

    static bool TryParseRange(string text, [MaybeNullWhen(false)] out AddressRange range)
    {
        range = null;
        if (text.Split('-') is [var first, var last]
            && TryParseAddress(first, out var start) && TryParseAddress(last, out var end)
            && start.AddressFamily == end.AddressFamily)
            range = new(start, end);
        return range is not null;
    }

    static bool TryParsePair(string text, out KeyValuePair<string, string> pair)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        pair = equals > 0 ? new(text[..equals], text[(equals + 1)..]) : default;
        return equals > 0;
    }

    static bool TryParseEgress(string text, out (string Node, IPAddress Address) egress)
    {
        egress = default;
        if (!TryParsePair(text, out var pair) || !TryParseAddress(pair.Value, out var address))
            return false;
        egress = (pair.Key, address);
        return true;
    }

    static bool TryParseMapping(string text, [MaybeNullWhen(false)] out PortMapping mapping)
    {
        mapping = null;
        var target = (ushort)0;
        if (text.Split(':') is not [var protocol, var outside, .. var inside] || inside.Length > 1
            || !IpProtocols.TryParse(protocol, out var number) || !IpProtocols.HasPorts(number) || !PortRange.TryParse(outside, out var ports)
            || inside is [var first] && !ushort.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out target))
            return false;
        mapping = new() { Protocol = protocol.ToLowerInvariant(), Ports = ports, TargetPort = target };
        return true;
    }

    static string PrefixFault(string text) =>
        AddressMath.TryParse(text.Split('/')[0], out _) && IPNetwork.TryParse(text, out var meant)
            ? $"has host bits; did you mean {meant}?"
            : "must be a prefix such as 10.1.0.0/24 or fd00:1::/64";
}
