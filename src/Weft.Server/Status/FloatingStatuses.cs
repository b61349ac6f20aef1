using Weft.Compiler;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Server.Planning;

namespace Weft.Server.Status;

/// <summary>Where a floating IP is answered for, and why it is not, in words.</summary>
static class FloatingStatuses
{
    public static FloatingIpStatus Of(FloatingIp floating, Snapshot snapshot, StatusBoard board)
    {
        if (floating is { Port: null, LoadBalancer: null })
            return new("down");
        var target = floating.Port is { } port ? $"port {port}" : $"load balancer {floating.LoadBalancer}";
        if (OutsideSpecs.Of(floating, snapshot) is not { } record)
            return WhyNowhere(floating, target, snapshot);
        if (OutsideSpecs.NodeOf(floating, snapshot) is not { } name || snapshot.Find<Node>(ResourceKey.Node(name)) is not { } node)
            return new("down", Message: $"{target} is on no node");
        if (snapshot.Find<ExternalNetwork>(record.External) is { } external && OutsideSpecs.Of(external, node.Name).Uplink is null)
            return new("error", node.Name, $"node {node.Name} has no uplink to {external.Name}");
        return board.NodeOf(node.Name).Connected ? OfTarget(record, node, target, board) : new("down", node.Name, $"node {node.Name} is away");
    }

    static FloatingIpStatus OfTarget(NodeFloating record, Node node, string target, StatusBoard board)
    {
        if (record.Port is not { } uid)
            return new("active", node.Name);
        var port = board.PortOf(uid);
        return port.State == "active" ? new("active", node.Name) : new(port.State, node.Name, port.Message ?? $"{target} is {port.State}");
    }

    /// <summary>What it waits for may have come back other than it was.</summary>
    static FloatingIpStatus WhyNowhere(FloatingIp floating, string target, Snapshot snapshot) =>
        FloatingTargets.Of(floating, snapshot) is not { } found ? new("down", Message: $"{target} is not there")
        : snapshot.Find<Network>(found.Network) is { Internal: true } ? new("error", Message: $"{target} is in network {found.Network.Name}, which is internal")
        : new("error", Message: $"{target} has no address that {floating.Address} could lead to");
}
