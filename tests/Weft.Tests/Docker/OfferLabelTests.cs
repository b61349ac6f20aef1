using System.Net;
using Weft.Agent.Control;
using Weft.Docker.Endpoints;
using Weft.Model.Resources;

namespace Weft.Tests.Docker;

/// <summary>What the labels of a container ask for besides its port.</summary>
public sealed class OfferLabelTests
{
    [Fact]
    public void A_container_without_such_labels_asks_for_nothing() =>
        Assert.Null(Read("weft.label.tier=web", "weft.network=frontend", "other=x"));

    [Theory]
    [InlineData("auto", null, null)]
    [InlineData("203.0.113.7", null, "203.0.113.7")]
    [InlineData("internet/auto", "internet", null)]
    [InlineData("internet/2001:db8::7", "internet", "2001:db8::7")]
    public void A_floating_ip_is_any_or_one_of_the_default_external_network_or_of_a_named_one(string text, string? external, string? address)
    {
        var floating = Read($"weft.floating-ip={text}")!.FloatingIp!;
        Assert.Equal((external, address is null ? null : IPAddress.Parse(address)), (floating.ExternalNetwork, floating.Address));
        Assert.Empty(floating.Open);
    }

    [Fact]
    public void Its_open_ports_may_be_others_inside() =>
        Assert.Equal(
            [new(6, new(80, 80), 80), new(6, new(443, 443), 8443), new(17, new(5000, 5010), 5000)],
            Read("weft.floating-ip=auto", "weft.floating-ip.open=tcp:80, tcp:443:8443,udp:5000-5010")!.FloatingIp!.Open);

    [Fact]
    public void A_place_in_a_load_balancer_needs_no_more_than_its_name_and_the_port()
    {
        var balancer = Read("weft.load-balancer=web", "weft.load-balancer.port=8080")!.LoadBalancer!;
        Assert.Equal(("web", (ushort)8080, "tcp", new PortRange(8080, 8080)),
            (balancer.Name, balancer.MemberPort, Assert.Single(balancer.Listeners).Protocol, balancer.Listeners[0].Ports));
    }

    [Fact]
    public void Everything_of_a_load_balancer_can_be_said()
    {
        var balancer = Read(
            "weft.load-balancer=web", "weft.load-balancer.listen=tcp:80,udp:53", "weft.load-balancer.port=8080",
            "weft.load-balancer.weight=0", "weft.load-balancer.algorithm=source-hash", "weft.load-balancer.affinity=300",
            "weft.load-balancer.monitor=http:/health?a=b,interval=500ms,fall=3,rise=2", "weft.load-balancer.floating-ip=auto")!.LoadBalancer!;
        Assert.Equal(["tcp 80", "udp 53"], balancer.Listeners.Select(listener => $"{listener.Protocol} {listener.Ports}"));
        Assert.Equal((0, "source-hash", 300, true), (balancer.Weight, balancer.Algorithm, balancer.AffinitySeconds, balancer.FloatingIp is not null));
        Assert.Equal(
            new HealthMonitor { Type = "http", Path = "/health?a=b", IntervalMilliseconds = 500, Fall = 3, Rise = 2 }, balancer.HealthMonitor);
    }

    [Theory]
    [InlineData("weft.floating-ip=here", "auto, an address")]
    [InlineData("weft.floating-ip=/auto", "auto, an address")]
    [InlineData("weft.floating-ip.open=tcp:80", "says nothing without 'weft.floating-ip'")]
    [InlineData("weft.floating-ip=auto;weft.floating-ip.open=icmp:1", "PROTOCOL:PORT")]
    [InlineData("weft.load-balancer=web", "needs 'weft.load-balancer.port=PORT'")]
    [InlineData("weft.load-balancer.port=80", "says nothing without 'weft.load-balancer'")]
    [InlineData("weft.load-balancer=web;weft.load-balancer.port=0", "a number from 1 to 65535")]
    [InlineData("weft.load-balancer=web;weft.load-balancer.listen=80", "PROTOCOL:PORT")]
    [InlineData("weft.load-balancer=web;weft.load-balancer.port=80;weft.load-balancer.monitor=tcp:/x", "tcp, http:/PATH")]
    [InlineData("weft.load-balancer=web;weft.load-balancer.port=80;weft.load-balancer.monitor=tcp,interval=5", "a time")]
    public void What_is_not_understood_says_what_would_be(string labels, string expected) =>
        Assert.Contains(expected, Assert.Throws<FormatException>(() => Read(labels.Split(';'))).Message);

    static PortOffer? Read(params string[] labels) =>
        OfferLabels.Read(labels.Select(label => label.Split('=', 2)).Select(pair => KeyValuePair.Create(pair[0], pair[1])));
}
