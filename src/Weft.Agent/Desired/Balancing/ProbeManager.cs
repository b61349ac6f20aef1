using System.Net;
using System.Net.Sockets;
using Weft.Agent.Balancing;
using Weft.Dataplane.Abi;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Agent.Desired;

/// <summary>How members of this node are asked.</summary>
static class ProbeManager
{
    static readonly AddressFamily[] Families = [AddressFamily.InterNetwork, AddressFamily.InterNetworkV6];

    /// <summary>The first address of each family, asked as if by its subnet's gateway.</summary>
    internal static IEnumerable<KeyValuePair<Address, Probe>> Of(NodePort port, NodeNetwork network, LocalPort local)
    {
        foreach (var family in Families)
        {
            if (port.Addresses.FirstOrDefault(address => address.AddressFamily == family) is { } address && GatewayOf(network, address) is { } gateway)
                yield return new(ServiceAddresses.ProbeOf(local.Id, family), new()
                {
                    Address = address,
                    Source = gateway,
                    Vni = network.Vni,
                    Ifindex = (uint)local.Ifindex,
                });
        }
    }

    /// <summary>Of the load balancer's first family that the member has; null: it cannot be asked.</summary>
    internal static HealthCheck? CheckOf(NodeBalancer balancer, NodePool pool, NodeMember member, NodePort port, LocalPort local)
    {
        var families = balancer.Addresses.Select(address => address.AddressFamily);
        if (pool.HealthMonitor is not { } monitor
            || families.Select(family => port.Addresses.FirstOrDefault(address => address.AddressFamily == family)).FirstOrDefault(address => address is not null) is not { } asked)
            return null;
        var number = PortOf(balancer, pool, member, monitor);
        return number == 0 && monitor.Type != HealthMonitor.Ping
            ? null
            : new(monitor, new IPEndPoint(ServiceAddresses.ProbeOf(local.Id, asked.AddressFamily), number), asked, local.Ifindex);
    }

    /// <summary>0: nothing says which.</summary>
    static ushort PortOf(NodeBalancer balancer, NodePool pool, NodeMember member, HealthMonitor monitor) =>
        monitor.Port != 0 ? monitor.Port
        : member.TargetPort != 0 ? member.TargetPort
        : balancer.Listeners.Where(listener => listener.Pool == pool.Name).Select(listener => listener.Ports.First).FirstOrDefault();

    static IPAddress? GatewayOf(NodeNetwork network, IPAddress address) =>
        network.Subnets.FirstOrDefault(subnet => subnet.Prefix.BaseAddress.AddressFamily == address.AddressFamily && subnet.Prefix.Contains(address))?.Gateway;
}
