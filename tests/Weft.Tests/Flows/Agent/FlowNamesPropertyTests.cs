using System.Collections.Immutable;
using System.Net;
using Microsoft.Extensions.Time.Testing;
using Weft.Agent.Desired;
using Weft.Agent.Flows;
using Weft.Agent.State;
using Weft.Model.State;
using Weft.Tests.Agent;

namespace Weft.Tests.Flows.Agent;

public sealed class FlowNamesPropertyTests
{
    const int Steps = 400;

    /// <summary>Names that were kept up step by step are those that the last state alone gives, once what has gone is forgotten.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Step_by_step_or_at_once_names_are_the_same(int seed)
    {
        var (random, time) = (new Random(seed), new FakeTimeProvider());
        var external = new NodeExternal(Guid.NewGuid(), "outside", 9000, [], "", true);
        var networks = Enumerable.Range(0, 3).Select(i => States.Network($"net{i}", (uint)(100 + i), [$"10.{i}.0.0/24"])).ToList();
        var state = States.Of(networks, []) with { Externals = ImmutableDictionary<Guid, NodeExternal>.Empty.Add(external.Uid, external) };
        var names = new FlowNames("one", time);
        var scene = FlowScene.Empty;
        for (var step = 0; step < Steps; step++)
        {
            var next = Change(state, random, external);
            scene = Scene(scene, state, next, random);
            state = next;
            names.Update(scene, NumberOf);
            time.Advance(TimeSpan.FromSeconds(random.Next(20)));
        }
        time.Advance(TimeSpan.FromMinutes(2));
        names.Update(scene with { Locals = scene.Locals }, NumberOf);
        var fresh = new FlowNames("one", time);
        fresh.Update(scene with { Index = StateIndex.Empty.Next(1, state, StateLineage.Between(NodeState.Empty, state)) }, NumberOf);

        var found = 0;
        foreach (var vni in (uint[])[100, 101, 102, 9000])
        {
            Assert.Equal(fresh.NetworkOf(vni)?.Name, names.NetworkOf(vni)?.Name);
            for (var host = 0; host < 256; host++)
            {
                var address = FlowNames.Number(IPAddress.Parse($"10.{vni % 100}.0.{host}"));
                Assert.Equal(fresh.PortOf(vni, address), names.PortOf(vni, address));
                Assert.Equal(fresh.FloatingAt(vni, address), names.FloatingAt(vni, address));
                found += fresh.PortOf(vni, address) is null ? 0 : 1;
            }
        }
        for (uint @interface = 0; @interface < 64; @interface++)
            Assert.Equal(fresh.PortAt(@interface), names.PortAt(@interface));
        Assert.True(found > 5, $"{found} addresses");
    }

    static uint NumberOf(Guid balancer, string listener) => 1;

    static NodeState Change(NodeState state, Random random, NodeExternal external)
    {
        var networks = state.Networks.Values.OrderBy(network => network.Vni).ToList();
        var network = networks[random.Next(networks.Count)];
        var ports = state.Ports.Values.OrderBy(port => port.Uid).ToList();
        var port = ports.Count > 0 ? ports[random.Next(ports.Count)] : null;
        switch (random.Next(8))
        {
            case 0 when port is not null:
                return state with { Ports = state.Ports.Remove(port.Uid) };
            case 1 when port is not null:
                return Put(state, port with { Addresses = [Free(state, state.Networks[port.Network], random)] });
            case 2 when port is not null:
                return Put(state, port with { Name = $"n{random.Next(1000)}", NodeNumber = (uint)random.Next(1, 3) });
            case 3:
                return state with { Networks = state.Networks.SetItem(network.Uid, network with { Name = $"net{random.Next(1000)}" }) };
            case 4 when port is not null:
                var floating = new NodeFloating(
                    Guid.NewGuid(), "default", $"f{random.Next(1000)}", external.Uid, IPAddress.Parse($"10.0.0.{random.Next(256)}"), 1, port.Uid, null,
                    port.Network, port.Addresses[0], []);
                return state.Floatings.Values.Any(known => known.Address.Equals(floating.Address)) ? state
                    : state with { Floatings = state.Floatings.Add(floating.Uid, floating) };
            case 5 when state.Floatings.Count > 0:
                return state with { Floatings = state.Floatings.Remove(state.Floatings.Keys.Order().First()) };
            default:
                return Put(state, States.Port(network, $"p{random.Next(1000)}", [Free(state, network, random).ToString()], (uint)random.Next(1, 3)));
        }
    }

    static NodeState Put(NodeState state, NodePort port) => state with { Ports = state.Ports.SetItem(port.Uid, port) };

    /// <summary>Of one network, no two ports have one address.</summary>
    static IPAddress Free(NodeState state, NodeNetwork network, Random random)
    {
        while (true)
        {
            var address = IPAddress.Parse($"10.{network.Vni % 100}.0.{random.Next(2, 255)}");
            if (!state.Ports.Values.Any(port => port.Network == network.Uid && port.Addresses.Contains(address)))
                return address;
        }
    }

    static FlowScene Scene(FlowScene before, NodeState state, NodeState next, Random random)
    {
        var locals = before.Locals.RemoveRange(before.Locals.Keys.Where(uid => random.Next(50) == 0 || !next.Ports.ContainsKey(uid) && random.Next(3) == 0));
        foreach (var port in next.Ports.Values.Where(port => port.NodeNumber == 1 && random.Next(3) == 0 && !locals.ContainsKey(port.Uid)).ToList())
        {
            var ifindex = random.Next(1, 64);
            if (!locals.Values.Any(local => local.Ifindex == ifindex))
                locals = locals.Add(port.Uid, new LocalPort(port.Uid, 1, ifindex, 0));
        }
        return before with { Index = before.Index.Next(1, next, StateLineage.Between(state, next)), Locals = locals };
    }
}
