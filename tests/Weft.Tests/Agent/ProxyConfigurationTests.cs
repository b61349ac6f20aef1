using System.Collections.Immutable;
using System.Net;
using Weft.Agent.Proxying;
using Weft.Agent.State;
using Weft.Model.Addressing;
using Weft.Model.Proxying;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Tests.Agent;

/// <summary>What the proxy of a node is told of a load balancer.</summary>
public sealed class ProxyConfigurationTests
{
    static readonly Guid Network = Guid.NewGuid();
    static readonly Guid Web = Guid.NewGuid();
    static readonly Guid Own = Guid.NewGuid();
    static readonly Guid Balancer = Guid.NewGuid();

    static NodePort Port(Guid uid, string name, string address, uint node, string? owner = null) => new(
        uid, "shop", name, Network, new MacAddress(0x02_00_00_00_00_01), [IPAddress.Parse(address)], node, [], null, owner, 1);

    static NodeBalancer Document(params Listener[] listeners) => new(
        Balancer, "shop", "web", Network, [IPAddress.Parse("10.0.0.5")], 1, [.. listeners],
        [
            new("fixed", Pool.RoundRobin, 0, null, [new(Web, 8080, 3, 7)]),
            new("same", Pool.SourceHash, 0, new() { Type = "tcp" }, [new(Web, 0, 1, 0), new(Guid.NewGuid(), 0, 1, 0)]),
        ]);

    static NodeState State(NodeBalancer balancer) => NodeState.Empty with
    {
        Networks = ImmutableDictionary<Guid, NodeNetwork>.Empty.Add(
            Network, new(Network, "shop", "front", 1, [new Subnet { Prefix = IPNetwork.Parse("10.0.0.0/24") }], false, 0, 1)),
        Ports = new[] { Port(Web, "web1", "10.0.0.9", 2), Port(Own, "lb-web", "10.0.0.6", 1, "load-balancer") }.ToImmutableDictionary(port => port.Uid),
        Balancers = ImmutableDictionary<Guid, NodeBalancer>.Empty.Add(Balancer, balancer),
        Certificates = new[]
        {
            new NodeCertificate(Guid.NewGuid(), "shop", "tls", "chain", "key"), new NodeCertificate(Guid.NewGuid(), "other", "tls", "x", "y"),
        }.ToImmutableDictionary(certificate => certificate.Uid),
    };

    static Listener Http(ushort port, string? pool, HttpHandling? http = null, string protocol = "http") =>
        new() { Name = $"l{port}", Protocol = protocol, Ports = new(port, port), Pool = pool, Http = http };

    static ProxyConfiguration Of(NodeBalancer balancer, Func<NodeMemberKey, bool>? isWell = null)
    {
        var state = State(balancer);
        return ProxyConfigurations.Of(balancer, state.Ports[Own], state, isWell ?? (_ => true), _ => false, "ns");
    }

    [Fact]
    public void It_listens_at_the_proxys_port_and_leads_to_members_where_they_are()
    {
        var told = Of(Document(Http(80, "fixed"), new() { Name = "t", Protocol = "tcp", Ports = new(22, 22), Pool = "fixed" }));

        Assert.Equal([IPAddress.Parse("10.0.0.6")], told.Addresses);
        Assert.Equal(("l80", (ushort)80, "fixed"), (told.Listeners.Single().Name, told.Listeners.Single().Port, told.Listeners.Single().Pool!));
        var member = Assert.Single(Assert.Single(told.Pools).Members);
        Assert.Equal(
            ($"{Web:N}-8080", IPAddress.Parse("10.0.0.9"), (ushort)8080, 3, 7u, true),
            (member.Id, member.Address, member.Port, member.Weight, member.MaxConnections, member.Healthy));
    }

    [Fact]
    public void Members_without_a_port_number_have_the_one_of_each_listener()
    {
        var told = Of(Document(Http(80, "same"), Http(81, null, new() { Routes = [new() { Pool = "same" }] })));

        Assert.Equal("same@80", told.Listeners[0].Pool);
        Assert.Equal("same@81", told.Listeners[1].Http!.Routes![0].Pool);
        Assert.Equal([("same@80", (ushort)80), ("same@81", (ushort)81)], told.Pools.Select(pool => (pool.Name, pool.Members.Single().Port)));
    }

    [Fact]
    public void What_members_did_is_counted_by_how_the_document_names_them()
    {
        var status = new ProxyStatus
        {
            Uid = Balancer,
            State = ProxyStatus.Active,
            Listeners = [],
            Members =
            [
                new("same@80", $"{Web:N}-0", IPAddress.Loopback, 80, 5, 1, 0, 0, 10, 20),
                new("fixed", $"{Web:N}-8080", IPAddress.Loopback, 8080, 7, 0, 0, 0, 30, 40),
            ],
        };

        Assert.Equal(
            [
                (BalanceKey.Of(new(Balancer, "same", Web, 0)), new BalanceTotals(1, 5, 0, 10, 20)),
                (BalanceKey.Of(new(Balancer, "fixed", Web, 8080)), new BalanceTotals(0, 7, 0, 30, 40)),
            ],
            ProxyConfigurations.CountsOf(Balancer, status));
    }

    [Fact]
    public void Who_is_asked_and_has_not_said_anything_yet_gets_nothing()
    {
        Assert.False(Of(Document(Http(80, "same")), _ => false).Pools.Single().Members.Single().Healthy);
        Assert.True(Of(Document(Http(80, "fixed")), _ => false).Pools.Single().Members.Single().Healthy);
    }

    [Fact]
    public void Certificates_are_those_of_its_project()
    {
        var told = Of(Document(Http(443, "fixed", new() { Certificates = ["tls", "none"] }, "https")));

        Assert.Equal(["key"], told.Listeners.Single().Certificates!.Select(certificate => certificate.PrivateKey));
    }

    [Fact]
    public void It_is_for_the_node_alone_that_has_the_load_balancer_and_its_port()
    {
        var state = State(Document(Http(80, "fixed")));

        Assert.Equal(Balancer, Assert.Single(ProxyConfigurations.Own(new(1, state, true, true))).Balancer.Uid);
        Assert.Empty(ProxyConfigurations.Own(new(2, state, true, true)));
        Assert.Empty(ProxyConfigurations.Own(new(1, State(Document()), true, true)));
        var moving = state.Ports.SetItem(Own, Port(Own, "lb-web", "10.0.0.6", 2, "load-balancer"));
        Assert.Empty(ProxyConfigurations.Own(new(1, state with { Ports = moving }, true, true)));
    }
}
