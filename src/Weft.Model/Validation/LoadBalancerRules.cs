using System.Net.Sockets;
using Weft.Model.Resources;

namespace Weft.Model.Validation;

/// <summary>What can be said about a load balancer from its own document, after <see cref="LoadBalancerDefaults"/>.</summary>
public static class LoadBalancerRules
{
    public const int MostListeners = 64;
    public const int MostPools = 16;

    /// <summary>Of one pool, those that its selector finds included: what is beyond gets no connections.</summary>
    public const int MostMembers = 256;

    public const int MostListenerPorts = 1024;
    public const int LargestWeight = 256;
    public const int LongestAffinitySeconds = 7 * 24 * 3600;
    const int MostSelectedLabels = 16;

    static readonly string[] Protocols = [Listener.Tcp, Listener.Udp, Listener.HttpProtocol, Listener.HttpsProtocol];

    static readonly string[] Algorithms = [Pool.RoundRobin, Pool.LeastConnections, Pool.SourceHash];

    /// <summary>Some listener ends in the proxy, be it enabled or not: addresses of ports do not come and go with that.</summary>
    public static bool HasHttp(LoadBalancer balancer) => (balancer.Listeners ?? []).Any(listener => listener?.IsHttp() == true);

    /// <summary>Name of the port of a load balancer's proxy.</summary>
    public static string ProxyPortOf(string balancer) => $"lb-{balancer}";

    public static void Check(LoadBalancer balancer, Faults faults)
    {
        NameRules.CheckName(balancer.Name, faults);
        if (HasHttp(balancer) && ProxyPortOf(balancer.Name).Length > NameRules.LongestLabel)
            faults.Add("name", $"is too long for a load balancer with HTTP: its port is called {ProxyPortOf("")}NAME, of {NameRules.LongestLabel} characters at most");
        NameRules.CheckLabels(balancer.Labels, faults);
        if (balancer.Network.Length == 0)
            faults.Add("network", "is required");
        CheckAddresses(balancer, faults);
        CheckPools(balancer, faults);
        CheckListeners(balancer, faults);
    }

    static void CheckAddresses(LoadBalancer balancer, Faults faults)
    {
        var families = new HashSet<AddressFamily>();
        for (var i = 0; i < (balancer.Addresses?.Count ?? 0); i++)
        {
            if (balancer.Addresses![i] is not { } address)
                faults.Add($"addresses[{i}]", "is null");
            else if (!families.Add(address.AddressFamily))
                faults.Add($"addresses[{i}]", $"{address} is the second of its family; one IPv4 and one IPv6 address are allowed");
        }
    }

    static void CheckListeners(LoadBalancer balancer, Faults faults)
    {
        var listeners = balancer.Listeners ?? [];
        if (listeners.Count > MostListeners)
            faults.Add("listeners", $"are {listeners.Count}; at most {MostListeners} are allowed");
        var names = new HashSet<string>();
        for (var i = 0; i < Math.Min(listeners.Count, MostListeners); i++)
        {
            var path = $"listeners[{i}]";
            if (listeners[i] is not { } listener)
            {
                faults.Add(path, "is null");
                continue;
            }
            CheckListener(listener, balancer, path, faults);
            if (listener.Name.Length > 0 && !names.Add(listener.Name))
                faults.Add($"{path}.name", $"'{NameRules.Shown(listener.Name)}' is given twice");
            if (listeners.Take(i).FirstOrDefault(other => other is not null && Overlap(other, listener)) is { } before)
                faults.Add($"{path}.ports", $"{listener.Ports} overlaps {before.Ports} of listener {NameRules.Shown(before.Name)}");
        }
    }

    static void CheckListener(Listener listener, LoadBalancer balancer, string path, Faults faults)
    {
        if (listener.Protocol.Length == 0)
            faults.Add($"{path}.protocol", $"is required: {string.Join(", ", Protocols)}");
        else if (!Protocols.Contains(listener.Protocol))
            faults.Add($"{path}.protocol", $"'{NameRules.Shown(listener.Protocol)}' is no protocol of listeners: {string.Join(", ", Protocols)}");
        else
            NameRules.CheckName(listener.Name, faults, $"{path}.name");
        CheckPorts(listener.Ports, $"{path}.ports", faults);
        CheckPoolOf(listener, balancer, path, faults);
        HttpRoutingRules.Check(listener, balancer, path, faults);
    }

    static void CheckPorts(PortRange ports, string path, Faults faults)
    {
        if (ports == default)
            faults.Add(path, "is required: a port such as 80, or a range such as 8000-8100");
        else if (ports.First == 0)
            faults.Add(path, "0 is no port; from 1 to 65535 are");
        else if (ports.First > ports.Last)
            faults.Add(path, $"{ports} runs backwards; {ports.Last}-{ports.First} would be a range");
        else if (ports.Last - ports.First >= MostListenerPorts)
            faults.Add(path, $"{ports} are {ports.Last - ports.First + 1} ports; at most {MostListenerPorts} are allowed");
    }

    static void CheckPoolOf(Listener listener, LoadBalancer balancer, string path, Faults faults)
    {
        var pools = balancer.Pools ?? [];
        if (listener is { Pool: null, Http.Routes.Count: > 0 } && listener.IsHttp())
            return; // what no route fits is not found
        if (listener.Pool is null)
            faults.Add($"{path}.pool", pools.Count == 0
                ? "leads nowhere: give the load balancer a pool" : $"is required: there are {pools.Count} pools");
        else if (!pools.Any(pool => pool?.Name == listener.Pool))
            faults.Add($"{path}.pool", $"there is no pool '{NameRules.Shown(listener.Pool)}' here");
    }

    static void CheckPools(LoadBalancer balancer, Faults faults)
    {
        var pools = balancer.Pools ?? [];
        if (pools.Count > MostPools)
            faults.Add("pools", $"are {pools.Count}; at most {MostPools} are allowed");
        var names = new HashSet<string>();
        for (var i = 0; i < Math.Min(pools.Count, MostPools); i++)
        {
            var path = $"pools[{i}]";
            if (pools[i] is not { } pool)
            {
                faults.Add(path, "is null");
                continue;
            }
            NameRules.CheckName(pool.Name, faults, $"{path}.name");
            if (pool.Name.Length > 0 && !names.Add(pool.Name))
                faults.Add($"{path}.name", $"'{NameRules.Shown(pool.Name)}' is given twice");
            CheckPool(pool, path, faults);
            HttpRoutingRules.Check(pool, path, faults);
            HealthMonitorRules.Check(pool, balancer, $"{path}.healthMonitor", faults);
        }
    }

    static void CheckPool(Pool pool, string path, Faults faults)
    {
        if (pool.Algorithm is { } algorithm && !Algorithms.Contains(algorithm))
            faults.Add($"{path}.algorithm", $"'{NameRules.Shown(algorithm)}' is no algorithm: {string.Join(", ", Algorithms)}");
        if (pool.AffinitySeconds is < 0 or > LongestAffinitySeconds)
            faults.Add($"{path}.affinitySeconds", $"is {pool.AffinitySeconds}; from 1 to {LongestAffinitySeconds} are allowed, or 0 for none");
        if (pool.Selector is { Count: 0 })
            faults.Add($"{path}.selector", "is empty; leave it out for none");
        NameRules.CheckLabels(pool.Selector, faults, $"{path}.selector", MostSelectedLabels);
        CheckMembers(pool, path, faults);
    }

    static void CheckMembers(Pool pool, string path, Faults faults)
    {
        var members = pool.Members ?? [];
        if (members.Count > MostMembers)
            faults.Add($"{path}.members", $"are {members.Count}; at most {MostMembers} are allowed");
        var seen = new HashSet<(string, ushort)>();
        for (var i = 0; i < Math.Min(members.Count, MostMembers); i++)
        {
            var place = $"{path}.members[{i}]";
            if (members[i] is not { } member)
            {
                faults.Add(place, "is null");
                continue;
            }
            NameRules.CheckName(member.Port, faults, $"{place}.port");
            if (member.Weight is < 0 or > LargestWeight)
                faults.Add($"{place}.weight", $"is {member.Weight}; from 1 to {LargestWeight} are allowed, or 0 to drain it");
            var target = member.TargetPort == 0 ? pool.MemberPort : member.TargetPort;
            if (member.Port.Length > 0 && !seen.Add((member.Port, target)))
                faults.Add(place, $"port {NameRules.Shown(member.Port)}{(target == 0 ? "" : $":{target}")} is given twice");
        }
    }

    /// <summary>HTTP comes by TCP.</summary>
    static bool Overlap(Listener one, Listener other) =>
        one.Protocol == Listener.Udp == (other.Protocol == Listener.Udp)
        && one.Ports.First <= other.Ports.Last && other.Ports.First <= one.Ports.Last;
}
