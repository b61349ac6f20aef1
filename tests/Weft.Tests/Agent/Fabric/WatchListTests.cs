using System.Net;
using Weft.Agent.Fabric;
using Weft.Model.State;

namespace Weft.Tests.Agent.Fabric;

public sealed class WatchListTests
{
    static readonly NodeNetwork Network = States.Network("n", 100);
    static readonly IPAddress Own = Address(1);

    static IPAddress Address(uint node) => new([192, 0, 2, (byte)node]);

    static NodePeer Peer(uint number) => new(number, $"h{number}", Address(number), 1500);

    /// <summary>Node 1 is the own one; there are nodes 2 to 9.</summary>
    static List<uint> Watched(uint balancerNode, params uint[] memberNodes)
    {
        NodePort[] ports = [.. memberNodes.Select((node, i) => States.Port(Network, $"p{i}", [$"10.0.0.{i + 2}"], node))];
        var balancer = new NodeBalancer(
            Guid.NewGuid(), "default", "web", Network.Uid, [IPAddress.Parse("10.0.0.99")], balancerNode, [],
            [new("default", "round-robin", 0, null, [.. ports.Select(port => new NodeMember(port.Uid, 80, 1, 0))])]);
        var state = States.Of([Network], ports);
        state = state with
        {
            Balancers = state.Balancers.Add(balancer.Uid, balancer),
            Peers = state.Peers.SetItems(Enumerable.Range(2, 8).Select(number => KeyValuePair.Create((uint)number, Peer((uint)number)))),
        };
        return [.. WatchList.Of(state, 1, Own).Values.Order()];
    }

    [Fact]
    public void Nodes_of_members_and_those_that_have_load_balancers_are_watched() => Assert.Equal([5, 7, 8, 9], Watched(9, 5, 7, 8, 1));

    [Fact]
    public void Few_of_them_have_witnesses() => Assert.Equal([2, 3, 9], Watched(1, 9, 9));

    [Fact]
    public void Where_nothing_depends_on_others_nobody_is_watched() => Assert.Empty(Watched(1, 1, 1, 0));

    [Fact]
    public void Without_load_balancers_nobody_is_watched() =>
        Assert.Empty(WatchList.Of(States.Of([Network], [States.Port(Network, "p", ["10.0.0.2"], 2)]), 1, Own));

    [Fact]
    public void A_peer_of_the_other_family_is_not() =>
        Assert.Empty(WatchList.Of(States.Of([Network], []) with { Peers = States.Of([Network], []).Peers.Add(2, Peer(2)) }, 1, IPAddress.IPv6Loopback));
}
