using System.Collections.Concurrent;
using System.Globalization;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Server.Balancing;

namespace Weft.Server.Status;

/// <summary>
/// What nodes last told of themselves and their ports. Kept in memory only: after a restart of the
/// server every node tells all of it again.
/// </summary>
public sealed class StatusBoard
{
    static readonly PortStatus Down = new("down");
    static readonly NodeStatus Away = new() { Connected = false };

    readonly ConcurrentDictionary<string, NodeStatus> nodes = new(StringComparer.Ordinal);
    readonly ConcurrentDictionary<Guid, PortStatus> ports = new();

    public BalanceBoard Balancing { get; } = new();

    public PeerBoard Peers { get; } = new();

    public NodeStatus NodeOf(string name) => nodes.GetValueOrDefault(name, Away);

    public PortStatus PortOf(Guid uid) => ports.GetValueOrDefault(uid, Down);

    public void SetNode(string name, NodeStatus status) => nodes[name] = status;

    public void SetPort(Guid uid, PortStatus status) => ports[uid] = status;

    /// <summary>The resource is no more.</summary>
    public void Forget(Resource resource)
    {
        if (resource is Node)
        {
            nodes.TryRemove(resource.Name, out _);
            Balancing.ForgetCounts(resource.Name);
            Peers.Forget(resource.Name);
        }
        else if (resource is LoadBalancer)
            Balancing.ForgetBalancer(resource.Uid);
        else
            ports.TryRemove(resource.Uid, out _);
    }

    /// <summary>The resource with its status, as it is shown.</summary>
    /// <param name="resource">What is shown.</param>
    /// <param name="snapshot">Where what it leads to is looked up.</param>
    public Resource Shown(Resource resource, Snapshot snapshot) => resource switch
    {
        LoadBalancer balancer => balancer with { Status = BalancerStatuses.Of(balancer, snapshot, Balancing) },
        Port port => port with { Status = PortOf(port.Uid) },
        Node node => node with { Status = Seen(node) },
        FloatingIp floating => floating with { Status = FloatingStatuses.Of(floating, snapshot, this) },
        Certificate certificate => certificate.WithoutKey(),
        Token token => token with { SecretHash = null },
        _ => resource,
    };

    /// <summary>With what other nodes say of it.</summary>
    NodeStatus Seen(Node node)
    {
        var status = NodeOf(node.Name);
        return Peers.On(node.Number) is { Silent: { Count: > 0 } to } sights
            ? status with { Faults = [.. status.Faults ?? [], string.Create(
                CultureInfo.InvariantCulture, $"does not answer {string.Join(", ", to)} on the fabric since {sights.Since:u}")] }
            : status;
    }
}
