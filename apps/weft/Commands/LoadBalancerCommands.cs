using System.Text.Json;
using System.Text.Json.Nodes;
using Weft.Cli.Documents;
using Weft.Cli.Output;
using Weft.Model.Json;
using Weft.Model.Resources;
using Weft.Model.Validation;

namespace Weft.Cli.Commands;

static class LoadBalancerCommands
{
    public static CliCommand Create(CommandContext context) => ResourceCommands.Group(
        Kinds.LoadBalancer, "Load balancers: virtual IPs in networks, whose connections go to members",
        CreateBalancer(context),
        ResourceCommands.List(context, Kinds.LoadBalancer),
        ResourceCommands.Show(context, Kinds.LoadBalancer),
        Rates(context),
        Update(context),
        MemberCommands.Create(context),
        ResourceCommands.Delete(context, Kinds.LoadBalancer));

    static CliCommand CreateBalancer(CommandContext context)
    {
        var name = FieldOptions.Name("Name of the load balancer, a DNS label; it resolves to the virtual IP in its network");
        var network = FieldOptions.Text("--network", "Network of the virtual IP and of all members", "NETWORK").Completes(context, Kinds.Network);
        network.Required = true;
        var addresses = FieldOptions.Addresses("--address", "Virtual IP; one for each family of the network is chosen when not given");
        var options = new BalancerOptions();
        var members = BalancerOptions.Members();
        var labels = FieldOptions.Labels();
        return new CliCommand("create", "Create a load balancer with one pool; more of them by a document", """
            weft load-balancer create web --network backend --listener tcp:80 --member web1:8080 --member web2:8080,weight=2
            weft load-balancer create dns --network backend --listener udp:53 --selector role=dns --algorithm source-hash --monitor ping
            weft load-balancer create api --network backend --listener tcp:443 --selector role=api --member-port 8443 --monitor http:/healthz,interval=1s,port=8080
            """)
            .With([name, network, addresses, options.Listeners, members, .. options.ForPools, labels])
            .Runs(context, (session, cancel) =>
            {
                var balancer = new LoadBalancer
                {
                    Name = session.Value(name)!,
                    Project = session.Project,
                    Network = session.Value(network)!,
                    Addresses = session.Value(addresses) is { Length: > 0 } given ? given : null,
                    Labels = ResourceCommands.Labels(session.Value(labels)),
                };
                var document = ((JsonObject)JsonSerializer.SerializeToNode(balancer, WeftJson.Default.LoadBalancer)!).AsNew();
                var pool = new JsonObject { ["name"] = LoadBalancerDefaults.PoolName, ["members"] = BalancerOptions.ToJson(session.Value(members) ?? []) };
                options.Change(session, pool);
                document["listeners"] = BalancerOptions.ToJson(session.Value(options.Listeners) ?? []);
                document["pools"] = new JsonArray(pool);
                return ResourceCommands.CreateAsync(session, Kinds.LoadBalancer, document, cancel);
            });
    }

    static CliCommand Update(CommandContext context)
    {
        var name = FieldOptions.Name("Name of the load balancer").Completes(context, Kinds.LoadBalancer);
        var options = new BalancerOptions();
        options.Listeners.Description += "; all are replaced";
        var pool = MemberCommands.PoolOption();
        var noMonitor = FieldOptions.Flag("--no-monitor", "Members are not asked: all are taken for well");
        var noSelector = FieldOptions.Flag("--no-selector", "Only ports that are named are members");
        var enable = FieldOptions.Flag("--enable", "Let clients in");
        var disable = FieldOptions.Flag("--disable", "Let nobody in: refuse at once");
        var labels = FieldOptions.Labels();
        var removed = FieldOptions.RemovedLabels();
        return new CliCommand("update", "Change a load balancer", """
            weft load-balancer update web --algorithm least-connections --monitor tcp,interval=500ms,fall=2
            weft load-balancer update web --disable
            """)
            .With([name, options.Listeners, pool, .. options.ForPools, noMonitor, noSelector, enable, disable, labels, removed])
            .Runs(context, (session, cancel) =>
                ResourceCommands.UpdateAsync(session, Kinds.LoadBalancer, session.Value(name)!, document =>
                {
                    if (session.Value(enable) && session.Value(disable))
                        throw CliException.Usage("--enable and --disable do not go together");
                    if (session.Value(options.Listeners) is { Length: > 0 } listeners)
                        document["listeners"] = BalancerOptions.ToJson(listeners);
                    if (options.ForPools.Any(session.IsGiven) || session.Value(noMonitor) || session.Value(noSelector))
                    {
                        var changed = MemberCommands.FindPool(document, session.Value(pool));
                        options.Change(session, changed);
                        if (session.Value(noMonitor))
                            changed.Remove("healthMonitor");
                        if (session.Value(noSelector))
                            changed.Remove("selector");
                    }
                    if (session.Value(enable))
                        document.Remove("enabled");
                    if (session.Value(disable))
                        document["enabled"] = false;
                    ResourceCommands.ChangeLabels(document, session.Value(labels), session.Value(removed));
                }, cancel));
    }

    static CliCommand Rates(CommandContext context)
    {
        var name = FieldOptions.Name("Name of the load balancer").Completes(context, Kinds.LoadBalancer);
        var seconds = FieldOptions.Number("--seconds", "How long to look; 10 when not given", 1, 3600);
        return new CliCommand("rates", "Show what listeners and members take in a second", "weft load-balancer rates web --seconds 5")
            .With(name, seconds)
            .Runs(context, async (session, cancel) =>
            {
                var length = TimeSpan.FromSeconds(session.IsGiven(seconds) ? session.Value(seconds) : 10);
                var (time, before) = (session.Terminal.Time.GetTimestamp(), await Get());
                await Task.Delay(length, session.Terminal.Time, cancel);
                BalancerWriter.Rates(session, before, await Get(), session.Terminal.Time.GetElapsedTime(time));

                Task<JsonObject> Get() => session.Server.GetAsync(
                    Kinds.LoadBalancer, ResourceCommands.ProjectOf(session, Kinds.LoadBalancer), session.Value(name)!, cancel);
            });
    }
}
