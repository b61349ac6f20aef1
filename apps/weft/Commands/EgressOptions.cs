using System.CommandLine;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Weft.Cli.Output;
using Weft.Model.Json;
using Weft.Model.Resources;

namespace Weft.Cli.Commands;

/// <summary>The way out of a network, and what its ports are outside.</summary>
sealed class EgressOptions(CommandContext context)
{
    public Option<string> Given { get; } = new Option<string>("--egress")
    {
        Description = "A way out by this external network, or by the default one: --egress, or --egress=EXTERNAL",
        HelpName = "EXTERNAL",
        Arity = ArgumentArity.ZeroOrOne,
    }.Completes(context, Kinds.ExternalNetwork);

    public Option<(string Node, IPAddress Address)[]> Addresses { get; } = AddressOption();

    /// <summary>Of networks and routers alike.</summary>
    public static Option<(string Node, IPAddress Address)[]> AddressOption() => FieldOptions.EgressAddresses(
        "--egress-address", "What ports on a node are outside; the node's own address when not given; may be repeated");

    /// <summary>Null: no way out was asked for.</summary>
    public ExternalGateway? Read(Session session) =>
        session.IsGiven(Given) ? Gateway(session.Value(Given), session.Value(Addresses))
        : session.IsGiven(Addresses) ? throw CliException.Usage("--egress-address needs --egress")
        : null;

    /// <summary>What was given takes the place of what the document has.</summary>
    public void Change(Session session, JsonObject document, bool remove)
    {
        if (remove && (session.IsGiven(Given) || session.IsGiven(Addresses)))
            throw CliException.Usage("--egress and --no-egress do not go together");
        if (remove)
            document.Remove("externalGateway");
        else
            Change(session.IsGiven(Given), session.Value(Given), session.Value(Addresses), document);
    }

    /// <summary>Writes a gateway, or what was given of one that is there.</summary>
    public static void Change(bool isGiven, string? external, (string Node, IPAddress Address)[]? addresses, JsonObject document)
    {
        var before = document["externalGateway"] as JsonObject;
        if (!isGiven && addresses is null or [])
            return;
        if (!isGiven && before is null)
            throw CliException.Usage("there is no way out that egress addresses could be of; give one too");
        var gateway = Gateway(isGiven ? external : before.Text("externalNetwork"), addresses);
        var after = (JsonObject)JsonSerializer.SerializeToNode(gateway, WeftJson.Default.ExternalGateway)!;
        // Other addresses of another external network would be nobody's.
        var sameNetwork = before.Text("externalNetwork") == after.Text("externalNetwork");
        if (addresses is null or [] && sameNetwork && before?["egressAddresses"] is { } kept)
            after["egressAddresses"] = kept.DeepClone();
        document["externalGateway"] = after;
    }

    public static ExternalGateway Gateway(string? external, (string Node, IPAddress Address)[]? addresses) => new()
    {
        ExternalNetwork = external is { Length: > 0 } ? external : null,
        EgressAddresses = addresses is { Length: > 0 }
            ? addresses.GroupBy(pair => pair.Node).ToDictionary(
                group => group.Key, group => (IReadOnlyList<IPAddress>)[.. group.Select(pair => pair.Address)])
            : null,
    };
}
