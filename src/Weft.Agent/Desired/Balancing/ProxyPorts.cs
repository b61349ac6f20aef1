using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Model.Validation;

namespace Weft.Agent.Desired;

/// <summary>The ports that proxies of load balancers listen at, found by network and name.</summary>
sealed class ProxyPorts
{
    readonly Dictionary<(Guid Network, string Name), NodePort> _ports = [];

    /// <summary>The port is one that the server has made for a load balancer's proxy.</summary>
    internal static bool IsOne(NodePort port) => port.Owner == LoadBalancer.KindName;

    internal static (Guid Network, string Name) NameOf(NodePort port) => (port.Network, port.Name);

    internal static (Guid Network, string Name) NameFor(NodeBalancer balancer) =>
        (balancer.Network, LoadBalancerRules.ProxyPortOf(balancer.Name));

    /// <summary>The load balancer's, wherever it is; null: it has none, or that is on no node.</summary>
    internal NodePort? Of(NodeBalancer balancer) =>
        _ports.GetValueOrDefault(NameFor(balancer)) is { NodeNumber: not 0 } port ? port : null;

    /// <param name="before">The state before.</param>
    /// <param name="next">The state.</param>
    /// <param name="changed">Uids of ports that differ.</param>
    /// <returns>Networks in which such a port has changed.</returns>
    internal HashSet<Guid> Update(NodeState before, NodeState next, IEnumerable<Guid> changed)
    {
        var networks = new HashSet<Guid>();
        // All go before any comes: one may have another's name by now.
        foreach (var port in changed.Select(before.Ports.GetValueOrDefault).OfType<NodePort>().Where(IsOne))
        {
            _ports.Remove(NameOf(port));
            networks.Add(port.Network);
        }
        foreach (var port in changed.Select(next.Ports.GetValueOrDefault).OfType<NodePort>().Where(IsOne))
        {
            _ports[NameOf(port)] = port;
            networks.Add(port.Network);
        }
        return networks;
    }
}
