using System.Collections.Immutable;
using System.Diagnostics;
using Weft.Agent.Desired;
using Weft.Agent.Names;
using Weft.Agent.State;
using Weft.Model.State;

namespace Weft.Tests.Agent.Desired;

/// <summary>What one change costs on a full node. Figures are printed; only gross failure fails.</summary>
public sealed class DesiredFigures
{
    const int Networks = 2000;
    const int Ports = 10_000;
    const int Changes = 200;

    [Fact]
    public void A_change_on_a_full_node_is_cheap()
    {
        var networks = Enumerable.Range(0, Networks).Select(i => States.Network($"n{i}", 1000 + (uint)i)).ToArray();
        var ports = Enumerable.Range(0, Ports).Select(i =>
            States.Port(networks[i % Networks], $"p{i}", [$"10.1.{i / 250 % 250}.{i % 250}"], node: i % 20 == 0 ? 1u : 2u)).ToArray();
        var input = new DesiredInput
        {
            Node = 1,
            State = States.Of(networks, ports),
            Locals = ports.Where(port => port.NodeNumber == 1).Select((port, i) => new LocalPort(port.Uid, (uint)i + 1, i + 10, 0))
                .ToImmutableDictionary(local => local.Uid),
            FabricMtu = 1500,
        };
        var (records, names) = (new DesiredRecords(), NameTable.Empty);
        var whole = Measure(() => Update(input));
        var times = new List<double>();
        for (var i = 0; i < Changes; i++)
        {
            var port = ports[i] with { NodeNumber = 3 };
            var delta = new NodeDelta(i + 2, [], [port], [], [], [], []);
            var next = input.State.With(delta);
            StateLineage.Record(input.State, next, delta);
            input = input with { State = next };
            times.Add(Measure(() => Update(input)));
        }
        times.Sort();
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{Networks} networks, {Ports} ports: whole {whole:F1} ms, one change {times[Changes / 2]:F2} ms at the median");
        Assert.InRange(times[Changes / 2], 0, 100);

        void Update(DesiredInput next)
        {
            records.Update(next);
            names = names.Next(records.Index);
        }
    }

    [Fact]
    public void A_changed_floating_IP_among_ten_thousand_is_cheap()
    {
        const int Floatings = 10_000;
        var external = new NodeExternal(Guid.NewGuid(), "lab", 900, [], "eth1", Default: true);
        var network = States.Network("web", 100) with { Gateways = [new(external.Uid, [])] };
        var ports = Enumerable.Range(0, Floatings).Select(i => States.Port(network, $"p{i}", [$"10.1.{i / 250}.{i % 250}"], node: i % 20 == 0 ? 1u : 2u)).ToArray();
        var floatings = ports.Select((port, i) => new NodeFloating(
            Guid.NewGuid(), "default", $"f{i}", external.Uid, new([198, 18, (byte)(i / 250), (byte)(i % 250)]), port.NodeNumber, port.Uid, null,
            network.Uid, port.Addresses[0], [])).ToArray();
        var input = new DesiredInput
        {
            Node = 1,
            State = States.Of([network], ports) with
            {
                Externals = ImmutableDictionary<Guid, NodeExternal>.Empty.Add(external.Uid, external),
                Floatings = floatings.ToImmutableDictionary(floating => floating.Uid),
            },
            Locals = ports.Where(port => port.NodeNumber == 1).Select((port, i) => new LocalPort(port.Uid, (uint)i + 1, i + 10, 0))
                .ToImmutableDictionary(local => local.Uid),
            FabricMtu = 1500,
            Outside = new(ImmutableDictionary<Guid, UplinkFacts>.Empty, new(1024, 2000), AnswersFloating: true),
        };
        var records = new DesiredRecords();
        var whole = Measure(() => records.Update(input));
        var times = new List<double>();
        for (var i = 0; i < Changes; i++)
        {
            var delta = NodeDelta.None(i + 2) with { Floatings = [floatings[i] with { NodeNumber = 3 }] };
            var next = input.State.With(delta);
            StateLineage.Record(input.State, next, delta);
            input = input with { State = next };
            times.Add(Measure(() => records.Update(input)));
        }
        times.Sort();
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{Floatings} floating IPs and ports: whole {whole:F1} ms, one change {times[Changes / 2]:F3} ms at the median");
        Assert.InRange(times[Changes / 2], 0, 20);
    }

    static double Measure(Action action)
    {
        var start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
