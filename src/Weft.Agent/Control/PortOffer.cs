using System.Collections.Immutable;
using System.Net;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Agent.Control;

/// <summary>What is asked for besides a port itself: a way to it from outside, a place among those who serve.</summary>
public sealed record PortOffer(FloatingOffer? FloatingIp, BalancerOffer? LoadBalancer);

/// <param name="ExternalNetwork">Null: the default one.</param>
/// <param name="Address">Null: the server chooses.</param>
/// <param name="Open">Ports that are let in without another rule; empty: all ports, as rules allow.</param>
public sealed record FloatingOffer(string? ExternalNetwork, IPAddress? Address, ImmutableArray<NodePortMapping> Open);

/// <param name="Name">In the project of the port; made when it is not there, with what follows.</param>
/// <param name="MemberPort">0: the listener's.</param>
/// <param name="Weight">Null: 1.</param>
/// <param name="FloatingIp">Of the load balancer.</param>
public sealed record BalancerOffer(
    string Name, ImmutableArray<Listener> Listeners, ushort MemberPort, int? Weight, string? Algorithm, int AffinitySeconds,
    HealthMonitor? HealthMonitor, FloatingOffer? FloatingIp);
