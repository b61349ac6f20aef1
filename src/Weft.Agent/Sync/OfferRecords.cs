using Weft.Agent.Control;
using Weft.Protocol.Mapping;
using Weft.Protocol.V1;

namespace Weft.Agent.Sync;

/// <summary>Offers as they are on the wire.</summary>
static class OfferRecords
{
    public static OfferRequest Of(Guid port, PortOffer offer) => new()
    {
        PortUid = WireBytes.Of(port),
        FloatingIp = offer.FloatingIp is { } floating ? Of(floating) : null,
        LoadBalancer = offer.LoadBalancer is { } balancer ? Of(balancer) : null,
    };

    static Protocol.V1.FloatingOffer Of(Control.FloatingOffer floating)
    {
        var offer = new Protocol.V1.FloatingOffer
        {
            ExternalNetwork = floating.ExternalNetwork ?? "",
            Address = WireBytes.Of(floating.Address),
        };
        offer.Open.AddRange(floating.Open.Select(OutsideRecords.ToRecord));
        return offer;
    }

    static Protocol.V1.BalancerOffer Of(Control.BalancerOffer balancer)
    {
        var offer = new Protocol.V1.BalancerOffer
        {
            Name = balancer.Name,
            MemberPort = balancer.MemberPort,
            HasWeight = balancer.Weight is not null,
            Weight = (uint)(balancer.Weight ?? 0),
            Algorithm = balancer.Algorithm ?? "",
            AffinitySeconds = (uint)balancer.AffinitySeconds,
            HealthMonitor = balancer.HealthMonitor is { } monitor ? BalancerRecords.ToRecord(monitor) : null,
            FloatingIp = balancer.FloatingIp is { } floating ? Of(floating) : null,
        };
        offer.Listeners.AddRange(balancer.Listeners.Select(BalancerRecords.ToRecord));
        return offer;
    }
}
