using System.CommandLine;
using System.Text.Json.Nodes;
using Weft.Model.Addressing;
using Weft.Model.Rules;

namespace Weft.Cli.Commands;

/// <summary>Options that say which connection a question is about.</summary>
sealed class ConnectionOptions(CommandContext context)
{
    readonly Option<string> _from = Side(context, "--from", "Who opens the connection");
    readonly Option<string> _to = Side(context, "--to", "Who is to accept it");
    readonly Option<string> _fromNetwork = Network(context, "--from-network");
    readonly Option<string> _toNetwork = Network(context, "--to-network");
    readonly Option<string> _fromExternal = External(context, "--from-external");
    readonly Option<string> _toExternal = External(context, "--to-external");
    readonly Option<string> _protocol = Words("--protocol", "Name or number [default: tcp]", "PROTOCOL", IpProtocols.Names);
    readonly Option<int> _port = FieldOptions.Number("--port", "Destination port; needed for protocols that have ports", 1, 65535);
    readonly Option<int> _sourcePort = FieldOptions.Number("--source-port", "Source port; any when not given", 1, 65535);
    readonly Option<string> _type = Words(
        "--icmp-type", "Name or number, for icmp and icmpv6 [default: echo-request]", "TYPE",
        IcmpTypes.Names(IpProtocols.Icmp).Union(IcmpTypes.Names(IpProtocols.IcmpV6)));

    public Option[] All => [_from, _to, _fromNetwork, _toNetwork, _fromExternal, _toExternal, _protocol, _port, _sourcePort, _type];

    /// <summary>As the server takes it.</summary>
    public JsonObject Question(Session session) => new()
    {
        ["project"] = session.Project,
        ["from"] = SideOf(session.Value(_from)!, session.Value(_fromNetwork), session.Value(_fromExternal)),
        ["to"] = SideOf(session.Value(_to)!, session.Value(_toNetwork), session.Value(_toExternal)),
        ["protocol"] = session.Value(_protocol) ?? "tcp",
        ["port"] = session.IsGiven(_port) ? session.Value(_port) : null,
        ["sourcePort"] = session.IsGiven(_sourcePort) ? session.Value(_sourcePort) : null,
        ["icmpType"] = session.Value(_type),
    };

    static Option<string> Words(string name, string what, string helpName, IEnumerable<string> words)
    {
        var option = FieldOptions.Text(name, what, helpName);
        option.CompletionSources.Add([.. words]);
        return option;
    }

    static Option<string> Side(CommandContext context, string name, string what) => new Option<string>(name)
    {
        Description = $"{what}: a port, PROJECT/PORT of another project, or an address",
        HelpName = "PORT",
        Required = true,
    }.Completes(context, Kinds.Port);

    static Option<string> Network(CommandContext context, string name) => new Option<string>(name)
    {
        Description = "Network of the address, or PROJECT/NETWORK; found by its prefix when not given",
        HelpName = "NETWORK",
    }.Completes(context, Kinds.Network);

    static Option<string> External(CommandContext context, string name) => new Option<string>(name)
    {
        Description = "The address is outside, in this external network",
        HelpName = "EXTERNAL",
    }.Completes(context, Kinds.ExternalNetwork);

    static JsonObject SideOf(string text, string? network, string? external)
    {
        var isAddress = AddressMath.TryParse(text, out _);
        return new() { [isAddress ? "address" : "port"] = text, ["network"] = network, ["externalNetwork"] = external };
    }
}
