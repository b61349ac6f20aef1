using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Weft.Agent.Attachments;
using Weft.Agent.Desired;
using Weft.Agent.State;
using Weft.Model.Proxying;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Agent.Proxying;

/// <summary>From a node's state to what its proxy is told.</summary>
static class ProxyConfigurations
{
    /// <summary>Between a pool and the listener's port that its members have no other port than; in no name of a pool.</summary>
    internal const char PortMark = '@';

    /// <summary>Between the uid of a member's port and its port number in the document.</summary>
    const char IdMark = '-';

    /// <summary>Load balancers that have listeners for the proxy of this node, and their ports here.</summary>
    internal static IReadOnlyList<(NodeBalancer Balancer, NodePort Port)> Own(AgentState agent)
    {
        var balancers = agent.NodeNumber == 0 ? [] : agent.State.Balancers.Values
            .Where(balancer => balancer.NodeNumber == agent.NodeNumber && balancer.Listeners.Any(listener => listener.IsHttp())).ToList();
        if (balancers.Count == 0)
            return [];
        var ports = agent.State.Ports.Values.Where(port => port.NodeNumber == agent.NodeNumber && ProxyPorts.IsOne(port))
            .ToDictionary(ProxyPorts.NameOf);
        return
        [
            .. balancers.Select(balancer => (balancer, Port: ports.GetValueOrDefault(ProxyPorts.NameFor(balancer))))
                .Where(pair => pair.Port is not null).Select(pair => (pair.balancer, pair.Port!)),
        ];
    }

    internal static ProxyConfiguration Of(
        NodeBalancer balancer, NodePort port, NodeState state, Func<NodeMemberKey, bool> isWell, Func<uint, bool> isSilent, string @namespace)
    {
        var listeners = balancer.Listeners.Where(listener => listener.IsHttp()).ToList();
        var pools = new Dictionary<string, ProxyPool>();
        return new()
        {
            Uid = balancer.Uid,
            Project = balancer.Project,
            Name = balancer.Name,
            Namespace = @namespace,
            Addresses = state.Networks.TryGetValue(balancer.Network, out var network)
                ? [.. PortShape.Addresses(port, network).Select(address => address.Address)]
                : [],
            Listeners = [.. listeners.Select(Listener)],
            Pools = [.. pools.Values.OrderBy(pool => pool.Name, StringComparer.Ordinal)],
        };

        ProxyListener Listener(Listener listener) => new()
        {
            Name = listener.Name,
            Protocol = listener.Protocol,
            Port = listener.Ports.First,
            Pool = Pool(listener.Pool, listener.Ports.First),
            MaxConnections = 0, // the vrouter has counted before
            Http = listener.Http is { } http
                ? http with { Routes = http.Routes?.Select(route => route with { Pool = Pool(route.Pool, listener.Ports.First) }).ToArray() }
                : null,
            Certificates = CertificatesOf(listener, balancer, state),
        };

        string? Pool(string? name, ushort listenerPort)
        {
            if (name is null || balancer.Pools.FirstOrDefault(pool => pool.Name == name) is not { } pool)
                return null;
            var known = pool.Members.Any(member => member.TargetPort == 0)
                ? string.Create(CultureInfo.InvariantCulture, $"{name}{PortMark}{listenerPort}") : name;
            pools.TryAdd(known, PoolOf(
                known, pool, listenerPort, port, state, PoolStanding.Serving(pool, balancer.Uid, state.Ports.GetValueOrDefault, isWell, isSilent)));
            return known;
        }
    }

    /// <summary>
    /// What members did: requests where the vrouter counts connections. A member without a port number of its own is one, whatever
    /// listener its clients come by.
    /// </summary>
    internal static IEnumerable<(BalanceKey Member, BalanceTotals Totals)> CountsOf(Guid balancer, ProxyStatus? status)
    {
        foreach (var member in status?.Members ?? [])
        {
            if (member.Id.Split(IdMark) is [var port, var target] && Guid.TryParse(port, out var uid)
                && ushort.TryParse(target, CultureInfo.InvariantCulture, out var number))
                yield return (BalanceKey.Of(new(balancer, member.Pool.Split(PortMark)[0], uid, number)), new(
                    (ulong)member.Active, (ulong)member.Requests, 0, (ulong)member.BytesIn, (ulong)member.BytesOut));
        }
    }

    static ProxyPool PoolOf(
        string name, NodePool pool, ushort listenerPort, NodePort own, NodeState state, HashSet<NodeMember> serving)
    {
        var members = new List<ProxyMember>();
        foreach (var member in pool.Members)
        {
            if (!state.Ports.TryGetValue(member.Port, out var port) || port.NodeNumber == 0 || AddressOf(port, own) is not { } address)
                continue;
            members.Add(new()
            {
                Id = string.Create(CultureInfo.InvariantCulture, $"{member.Port:N}{IdMark}{member.TargetPort}"),
                Address = address,
                Port = member.TargetPort == 0 ? listenerPort : member.TargetPort,
                Weight = member.Weight,
                MaxConnections = member.MaxConnections,
                Healthy = serving.Contains(member),
            });
        }
        return new() { Name = name, Algorithm = pool.Algorithm, Http = pool.Http, Members = members };
    }

    /// <summary>Of a family that the proxy's port has too; IPv4 when there is a choice.</summary>
    static IPAddress? AddressOf(NodePort member, NodePort own) => member.Addresses
        .OrderBy(address => address.AddressFamily == AddressFamily.InterNetwork ? 0 : 1)
        .FirstOrDefault(address => own.Addresses.Any(known => known.AddressFamily == address.AddressFamily));

    static ProxyCertificate[]? CertificatesOf(Listener listener, NodeBalancer balancer, NodeState state)
    {
        var certificates = (listener.Http?.Certificates ?? [])
            .Select(name => state.Certificates.Values.FirstOrDefault(known => known.Project == balancer.Project && known.Name == name))
            .OfType<NodeCertificate>()
            .Select(known => new ProxyCertificate { Name = known.Name, Chain = known.Chain, PrivateKey = known.PrivateKey })
            .ToArray();
        return certificates.Length == 0 ? null : certificates;
    }
}
