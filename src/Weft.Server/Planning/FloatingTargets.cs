using System.Net;
using System.Net.Sockets;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Model.Validation;

namespace Weft.Server.Planning;

/// <summary>What a floating IP leads to, as it is now.</summary>
/// <param name="Key">Of the port or the load balancer.</param>
/// <param name="Network">Of the target's network.</param>
/// <param name="Addresses">The target's.</param>
sealed record FloatingTarget(ResourceKey Key, ResourceKey Network, IReadOnlyList<IPAddress> Addresses)
{
    public bool Has(AddressFamily family) => Addresses.Any(address => address.AddressFamily == family);

    /// <summary>The address that <paramref name="floating"/> is translated to; null: there is none.</summary>
    public IPAddress? AddressOf(FloatingIp floating) => floating.TargetAddress is { } given
        ? Addresses.FirstOrDefault(given.Equals)
        : Addresses.FirstOrDefault(address => address.AddressFamily == floating.Address?.AddressFamily);
}

/// <summary>Whether a floating IP may lead to what it names.</summary>
static class FloatingTargets
{
    /// <summary>
    /// The target. One that was there when it was bound may be gone for a while, as a container's port is while the container
    /// is replaced: then the address leads nowhere until something of that name is there again.
    /// </summary>
    /// <returns>Null when there is none, with a fault when there has to be one.</returns>
    public static FloatingTarget? Find(FloatingIp floating, FloatingIp? existing, Workbench bench, Faults faults)
    {
        var target = Of(floating, bench.Snapshot);
        var field = floating.LoadBalancer is null ? "port" : "loadBalancer";
        var name = floating.LoadBalancer ?? floating.Port;
        var wasNamed = existing is not null && existing.Port == floating.Port && existing.LoadBalancer == floating.LoadBalancer;
        if (target is null && name is not null && !wasNamed && NameRules.IsDnsLabel(name))
            faults.Add(field, $"there is no {(field == "port" ? "port" : "load balancer")} '{name}' in project {floating.Project}");
        if (target is not null && bench.Snapshot.Find<Network>(target.Network) is { Internal: true })
            faults.Add(field, $"{name} is in network {target.Network.Name}, which is internal: it has no way in or out");
        return target;
    }

    /// <summary>What the document names; null: nothing that is there.</summary>
    public static FloatingTarget? Of(FloatingIp floating, Snapshot snapshot)
    {
        if (floating.LoadBalancer is { } name)
            return snapshot.Find<LoadBalancer>(ResourceKey.LoadBalancer(floating.Project, name)) is { } balancer
                ? new(ResourceKey.Of(balancer), ResourceKey.Network(balancer.Project, balancer.Network), balancer.Addresses ?? [])
                : null;
        return floating.Port is { } bound && snapshot.Find<Port>(ResourceKey.Port(floating.Project, bound)) is { } port
            ? new(ResourceKey.Of(port), ResourceKey.Network(port.Project, port.Network), port.Addresses ?? [])
            : null;
    }

    /// <summary>A fault when the target has no address that fits.</summary>
    public static void CheckAddress(FloatingIp floating, FloatingTarget? target, Faults faults)
    {
        if (target is null || target.AddressOf(floating) is not null)
            return;
        var what = $"{target.Key.Kind} {target.Key.Name}";
        if (floating.TargetAddress is { } given)
            faults.Add("targetAddress", $"{given} is no address of {what} ({string.Join(", ", target.Addresses)})");
        else
            faults.Add(target.Key.Kind == Port.KindName ? "port" : "loadBalancer",
                $"{what} has no {(floating.Address!.AddressFamily == AddressFamily.InterNetwork ? "IPv4" : "IPv6")} address for {floating.Address} to lead to");
    }

    /// <summary>
    /// An address inside is one address outside: a second floating IP of it in the same external network must name the ports
    /// that it is for.
    /// </summary>
    public static void CheckAlone(FloatingIp floating, FloatingTarget? target, Workbench bench, Faults conflicts)
    {
        if (target is null || target.Key.Kind != Port.KindName || floating.PortMappings is not null || target.AddressOf(floating) is not { } inside)
            return;
        var others = bench.References.To(target.Key).Select(key => bench.Snapshot.Find<FloatingIp>(key)).OfType<FloatingIp>()
            .Where(other => other.Name != floating.Name && other.ExternalNetwork == floating.ExternalNetwork
                && other.PortMappings is null && inside.Equals(target.AddressOf(other)));
        foreach (var other in others.OrderBy(other => other.Name, StringComparer.Ordinal).Take(1))
            conflicts.Add("port", $"{target.Key.Name} has floating IP {other.Name} ({other.Address}) in external network {other.ExternalNetwork} already; "
                + "release that one, or give port mappings");
    }
}
