using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Model.Validation;
using Weft.Server.Commits;

namespace Weft.Server.Balancing;

/// <summary>
/// A load balancer with HTTP listeners has a port of its own in its network, on its node: there its proxy listens, and from
/// there it reaches the members.
/// </summary>
static class ProxyPorts
{
    /// <summary>What has to be made, moved and deleted for the ports to be where their load balancers are.</summary>
    public static List<Write> Steps(Snapshot snapshot)
    {
        var steps = new List<Write>();
        foreach (var balancer in snapshot.All<LoadBalancer>())
        {
            var key = ResourceKey.Port(balancer.Project, LoadBalancerRules.ProxyPortOf(balancer.Name));
            var port = snapshot.Find<Port>(key);
            var isOurs = port is not null && IsOf(port, balancer);
            if (LoadBalancerRules.HasHttp(balancer))
            {
                if (port is null || isOurs && port.Node != balancer.Node)
                    steps.Add(new Write.Put(Wanted(balancer, port)) { Mode = port is null ? PutMode.Create : PutMode.Replace });
            }
            else if (isOurs)
                steps.Add(new Write.Delete(key) { Uid = port!.Uid, Force = true });
        }
        return steps;
    }

    /// <summary>The port goes with its load balancer.</summary>
    public static Port? Of(LoadBalancer balancer, Snapshot snapshot) =>
        snapshot.Find<Port>(ResourceKey.Port(balancer.Project, LoadBalancerRules.ProxyPortOf(balancer.Name))) is { } port && IsOf(port, balancer)
            ? port
            : null;

    /// <summary>Whose port it is; null: it is no load balancer's.</summary>
    public static LoadBalancer? BalancerOf(Port port, Snapshot snapshot) => port.Owner == LoadBalancer.KindName
        ? snapshot.InProject<LoadBalancer>(port.Project).FirstOrDefault(balancer => IsOf(port, balancer))
        : null;

    static bool IsOf(Port port, LoadBalancer balancer) =>
        port.Owner == LoadBalancer.KindName && port.Network == balancer.Network
        && port.Name == LoadBalancerRules.ProxyPortOf(balancer.Name);

    /// <summary>No security group: what may open connections to it is said by the groups of those who do, and by policies.</summary>
    static Port Wanted(LoadBalancer balancer, Port? port) => (port ?? new()
    {
        Project = balancer.Project,
        Name = LoadBalancerRules.ProxyPortOf(balancer.Name),
        Network = balancer.Network,
        Owner = LoadBalancer.KindName,
        Device = $"{LoadBalancer.KindName}:{balancer.Name}",
        SecurityGroups = [],
    }) with
    { Node = balancer.Node };
}
