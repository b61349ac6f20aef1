using System.CommandLine;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Weft.Cli.Documents;
using Weft.Cli.Output;
using Weft.Model.Json;
using Weft.Model.Resources;

namespace Weft.Cli.Commands;

static class FloatingIpCommands
{
    const string OpenDescription = "What it maps, or its load balancer listens to, is let in unless a policy denies it";

    public static CliCommand Create(CommandContext context) => ResourceCommands.Group(
        Kinds.FloatingIp, "Floating IPs: addresses outside that lead to a port or a load balancer",
        CreateFloating(context),
        ResourceCommands.List(context, Kinds.FloatingIp),
        ResourceCommands.Show(context, Kinds.FloatingIp),
        Associate(context),
        Disassociate(context),
        Update(context),
        ResourceCommands.Delete(context, Kinds.FloatingIp));

    static CliCommand CreateFloating(CommandContext context)
    {
        var name = FieldOptions.Name("Name of the floating IP, a DNS label; after its address when not given");
        name.Arity = ArgumentArity.ZeroOrOne;
        var external = FieldOptions.Text("--external-network", "Where the address is from; the default one when not given", "EXTERNAL")
            .Completes(context, Kinds.ExternalNetwork);
        var address = FieldOptions.Address("--address", "Address of a pool; chosen when not given");
        var target = new TargetOptions(context);
        var mappings = Mappings();
        var open = FieldOptions.Flag("--open", OpenDescription);
        var labels = FieldOptions.Labels();
        return new CliCommand("create", "Take an address; it leads somewhere at once, or later", """
            weft floating-ip create web --external-network internet
            weft floating-ip create --external-network internet --port web1 --map tcp:80:8080
            weft floating-ip create dns --address 203.0.113.53 --load-balancer dns
            """)
            .With(name, external, address, target.Port, target.Balancer, target.Address, mappings, open, labels)
            .Runs(context, (session, cancel) =>
            {
                var floating = new FloatingIp
                {
                    Name = session.Value(name) ?? "",
                    Project = session.Project,
                    ExternalNetwork = session.Value(external),
                    Address = session.Value(address),
                    Port = session.Value(target.Port),
                    LoadBalancer = session.Value(target.Balancer),
                    TargetAddress = session.Value(target.Address),
                    PortMappings = session.Value(mappings) is { Length: > 0 } given ? given : null,
                    Open = session.Value(open),
                    Labels = ResourceCommands.Labels(session.Value(labels)),
                };
                var document = (JsonObject)JsonSerializer.SerializeToNode(floating, WeftJson.Default.FloatingIp)!;
                return ResourceCommands.CreateAsync(session, Kinds.FloatingIp, document.AsNew(), cancel);
            });
    }

    static CliCommand Associate(CommandContext context)
    {
        var name = FieldOptions.Name("Name of the floating IP").Completes(context, Kinds.FloatingIp);
        var target = new TargetOptions(context);
        var move = FieldOptions.Flag("--move", "Also when it leads somewhere else now");
        return new CliCommand("associate", "Let a floating IP lead to a port or a load balancer", """
            weft floating-ip associate web --port web1
            weft floating-ip associate web --port web2 --move
            """)
            .With(name, target.Port, target.Balancer, target.Address, move)
            .Runs(context, (session, cancel) =>
                ResourceCommands.UpdateAsync(session, Kinds.FloatingIp, session.Value(name)!, document =>
                {
                    var before = TargetOf(document);
                    target.Write(session, document);
                    if (before.Length > 0 && before != TargetOf(document) && !session.Value(move))
                        throw new CliException(
                            ExitCodes.Conflict, $"floating-ip {document.Text("name")} leads to {before}; --move takes it from there");
                }, cancel));
    }

    static CliCommand Disassociate(CommandContext context)
    {
        var name = FieldOptions.Name("Name of the floating IP").Completes(context, Kinds.FloatingIp);
        return new CliCommand("disassociate", "Let a floating IP lead nowhere; it stays the project's", "weft floating-ip disassociate web")
            .With(name)
            .Runs(context, (session, cancel) =>
                ResourceCommands.UpdateAsync(session, Kinds.FloatingIp, session.Value(name)!, TargetOptions.Remove, cancel));
    }

    static CliCommand Update(CommandContext context)
    {
        var name = FieldOptions.Name("Name of the floating IP").Completes(context, Kinds.FloatingIp);
        var mappings = Mappings();
        mappings.Description += "; all are replaced";
        var noMappings = FieldOptions.Flag("--no-maps", "It leads there with all ports");
        var open = new Option<bool?>("--open") { Description = $"{OpenDescription}: true or false", HelpName = "BOOL" };
        var labels = FieldOptions.Labels();
        var removed = FieldOptions.RemovedLabels();
        return new CliCommand("update", "Change a floating IP", """
            weft floating-ip update web --map tcp:80:8080 --map tcp:443:8443 --open true
            weft floating-ip update web --no-maps --open false
            """)
            .With(name, mappings, noMappings, open, labels, removed)
            .Runs(context, (session, cancel) =>
                ResourceCommands.UpdateAsync(session, Kinds.FloatingIp, session.Value(name)!, document =>
                {
                    if (session.Value(noMappings) && session.IsGiven(mappings))
                        throw CliException.Usage("--map and --no-maps do not go together");
                    if (session.Value(noMappings))
                        document.Remove("portMappings");
                    else if (session.IsGiven(mappings))
                        document["portMappings"] = FieldOptions.ToJson(session.Value(mappings)!);
                    if (session.Value(open) is { } value)
                        document["open"] = value;
                    ResourceCommands.ChangeLabels(document, session.Value(labels), session.Value(removed));
                }, cancel));
    }

    static Option<PortMapping[]> Mappings() =>
        FieldOptions.Mappings("--map", "Nothing but these ports, each to the same or another one inside; may be repeated");

    /// <summary>What it leads to now, in words; empty: nowhere.</summary>
    static string TargetOf(JsonObject document) =>
        document.Text("port") is { Length: > 0 } port ? $"port {port}"
        : document.Text("loadBalancer") is { Length: > 0 } balancer ? $"load balancer {balancer}"
        : "";

    sealed class TargetOptions(CommandContext context)
    {
        public Option<string> Port { get; } = FieldOptions.Text("--port", "Port that it leads to", "PORT").Completes(context, Kinds.Port);

        public Option<string> Balancer { get; } =
            FieldOptions.Text("--load-balancer", "Load balancer that it leads to", "LOAD-BALANCER").Completes(context, Kinds.LoadBalancer);

        public Option<IPAddress> Address { get; } =
            FieldOptions.Address("--target-address", "Which address of it; its first one of the family when not given");

        public void Write(Session session, JsonObject document)
        {
            if (session.IsGiven(Port) == session.IsGiven(Balancer))
                throw CliException.Usage("give --port or --load-balancer: what it shall lead to");
            Remove(document);
            if (session.Value(Port) is { } port)
                document["port"] = port;
            if (session.Value(Balancer) is { } balancer)
                document["loadBalancer"] = balancer;
            if (session.Value(Address) is { } address)
                document["targetAddress"] = address.ToString();
        }

        public static void Remove(JsonObject document)
        {
            foreach (var field in (ReadOnlySpan<string>)["port", "loadBalancer", "targetAddress"])
                document.Remove(field);
        }
    }
}
