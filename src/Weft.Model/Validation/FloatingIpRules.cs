using Weft.Model.Resources;

namespace Weft.Model.Validation;

/// <summary>What can be said about a floating IP from its own document.</summary>
public static class FloatingIpRules
{
    public static void Check(FloatingIp floating, Faults faults)
    {
        NameRules.CheckName(floating.Name, faults);
        NameRules.CheckLabels(floating.Labels, faults);
        if (floating.ExternalNetwork is { } external)
            NameRules.CheckName(external, faults, "externalNetwork");
        if (floating.Port is { } port)
            NameRules.CheckName(port, faults, "port");
        if (floating.LoadBalancer is { } balancer)
            NameRules.CheckName(balancer, faults, "loadBalancer");
        if (floating is { Port: not null, LoadBalancer: not null })
            faults.Add("loadBalancer", "is given together with a port: the address leads to one of them");
        CheckTarget(floating, faults);
        if (floating is { LoadBalancer: not null, PortMappings: not null })
            faults.Add("portMappings", "are for ports: what a load balancer listens to is said by its listeners");
        if (floating is { Open: true, LoadBalancer: null } && floating.PortMappings is not { Count: > 0 })
            faults.Add("open", "needs port mappings or a load balancer: a whole port is opened by a policy");
        PortMappingRules.Check(floating.PortMappings, "portMappings", faults);
    }

    static void CheckTarget(FloatingIp floating, Faults faults)
    {
        if (floating.TargetAddress is not { } target)
            return;
        if (floating is { Port: null, LoadBalancer: null })
            faults.Add("targetAddress", "needs a port or a load balancer whose address it is");
        if (floating.Address is { } address && address.AddressFamily != target.AddressFamily)
            faults.Add("targetAddress", $"{target} is not of the family of {address}");
    }
}
