using System.Net;
using Weft.Agent.Desired;
using Weft.Dataplane.Abi;
using Weft.Model.State;
using static Weft.Tests.Flows.Agent.FlowWorld;

namespace Weft.Tests.Flows.Agent;

/// <summary>Names follow the node's state, and outlive what they name by a minute.</summary>
public sealed class FlowNamesTests
{
    readonly FlowWorld _world = new(1);

    static FlowReport Entry => Report(FrontVni, "10.1.0.10", 40000, "10.1.0.20", 5432, FlowAction.Remote, FrontVni) with
    {
        Ifindex = WebInterface, Node = 2, Policy = 41, Listener = ShopHttp,
    };

    [Fact]
    public void What_has_just_gone_keeps_its_name_for_a_minute()
    {
        _world.Next(
            state => new NodeState { Revision = 2, Networks = state.Networks },
            scene => scene with { Locals = scene.Locals.Clear() });
        var record = _world.Name(Entry);
        Assert.Equal(("web", "db", "shop/to-data", "two", "shop"), (record.Source.Name, record.Destination.Name, record.Policy, record.Peer, record.LoadBalancer));
        _world.Time.Advance(TimeSpan.FromSeconds(61));
        _world.Next(state => state with { Revision = 3 });
        record = _world.Name(Entry);
        Assert.Equal(("", "", "#41", "#2", ""), (record.Source.Name, record.Destination.Name, record.Policy, record.Peer, record.LoadBalancer));
        Assert.Equal("frontend", record.Source.Network);
    }

    [Fact]
    public void An_address_that_moves_is_at_once_the_other_ports()
    {
        var heir = _world.Db with { Uid = Guid.NewGuid(), Name = "heir" };
        _world.Next(state => state with { Ports = state.Ports.Remove(_world.Db.Uid).Add(heir.Uid, heir) });
        Assert.Equal("heir", _world.Name(Entry).Destination.Name);
        _world.Time.Advance(TimeSpan.FromSeconds(61));
        _world.Next(state => state with { Revision = 3 });
        Assert.Equal("heir", _world.Name(Entry).Destination.Name);
    }

    [Fact]
    public void What_comes_back_within_the_minute_stays()
    {
        _world.Next(state => state with { Ports = state.Ports.Remove(_world.Db.Uid) });
        _world.Next(state => state with { Ports = state.Ports.Add(_world.Db.Uid, _world.Db) });
        _world.Time.Advance(TimeSpan.FromSeconds(61));
        _world.Next(state => state with { Revision = 3 });
        Assert.Equal("db", _world.Name(Entry).Destination.Name);
    }

    [Fact]
    public void A_port_that_is_named_otherwise_is_so_in_the_next_record()
    {
        var renamed = _world.Web with { Name = "store", Labels = [new("app", "store")], NodeNumber = 1 };
        _world.Next(state => state with { Ports = state.Ports.SetItem(renamed.Uid, renamed) });
        Assert.Equal(("store", "\napp=store\n"), (_world.Name(Entry).Source.Name, _world.Name(Entry).Source.Labels));
        var moved = _world.Db with { NodeNumber = 3 };
        _world.Next(state => state with { Ports = state.Ports.SetItem(moved.Uid, moved) });
        Assert.Equal("three", _world.Name(Entry).Destination.Node);
    }

    [Fact]
    public void A_network_that_is_named_otherwise_renames_its_ports()
    {
        var renamed = _world.FrontendNetwork with { Name = "edge" };
        _world.Next(state => state with { Networks = state.Networks.SetItem(renamed.Uid, renamed) });
        Assert.Equal(("edge", "edge"), (_world.Name(Entry).Source.Network, _world.Name(Entry).Destination.Network));
    }

    [Fact]
    public void An_interface_that_comes_before_its_port_is_named_with_it()
    {
        var late = _world.Db with { Uid = Guid.NewGuid(), Name = "late", NodeNumber = 1, Addresses = [IPAddress.Parse("10.1.0.77")] };
        _world.Next(state => state, scene => scene with { Locals = scene.Locals.Add(late.Uid, new LocalPort(late.Uid, 9, 77, 0)) });
        var report = Report(FrontVni, "10.1.0.99", 1, "10.1.0.20", 2, FlowAction.Remote, FrontVni) with { Ifindex = 77 };
        Assert.Equal("", _world.Name(report).Source.Name);
        _world.Next(state => state with { Ports = state.Ports.Add(late.Uid, late) });
        Assert.Equal("late", _world.Name(report).Source.Name); // by the interface: it may send from an additional address
    }

    [Fact]
    public void Networks_with_the_same_addresses_are_told_apart()
    {
        var twin = Weft.Tests.Agent.States.Network("twin", 300, ["10.1.0.0/24"], "other");
        var port = Weft.Tests.Agent.States.Port(twin, "impostor", ["10.1.0.10", "10.1.0.20"], 2);
        _world.Next(state => state with { Networks = state.Networks.Add(twin.Uid, twin), Ports = state.Ports.Add(port.Uid, port) });
        Assert.Equal(("web", "db"), (_world.Name(Entry).Source.Name, _world.Name(Entry).Destination.Name));
        // It is joined to nothing, so it is not who came over the fabric.
        var exit = Report(BackVni, "10.1.0.20", 1, "10.2.0.10", 2, FlowAction.Local, BackVni) with { FromNode = 2, FlowFlags = (byte)FlowFlags.FromOverlay };
        Assert.Equal("db", _world.Name(exit).Source.Name);
    }

    [Fact]
    public void Times_are_the_wall_clocks_corrected_by_what_was_measured_when_that_is_much()
    {
        var noon = _world.Time.GetUtcNow();
        Assert.Equal(noon.ToUnixTimeMilliseconds() * 1000, _world.Name(Entry with { TimeNs = Monotonic }).Time);
        Measure(TimeSpan.FromMilliseconds(60));
        Assert.Equal(0, _world.Name(Entry).ClockOffset);
        Measure(TimeSpan.FromSeconds(3));
        var record = _world.Name(Entry with { TimeNs = Monotonic, StartedNs = Monotonic - 5_000 });
        Assert.Equal((3000, noon.AddSeconds(3).ToUnixTimeMilliseconds() * 1000), (record.ClockOffset, record.Time));
        Assert.Equal(record.Time - 5, record.Start);
        Measure(TimeSpan.FromSeconds(3) + TimeSpan.FromMilliseconds(4)); // not worth moving what is recorded
        Assert.Equal(3000, _world.Name(Entry).ClockOffset);
        Measure(TimeSpan.FromMilliseconds(20));
        Assert.Equal(0, _world.Name(Entry).ClockOffset);

        void Measure(TimeSpan offset)
        {
            _world.Offset.Forget();
            _world.Offset.Add(noon, noon + offset, noon + offset, noon);
            _world.Clock.Look();
        }
    }

    ulong Monotonic => (ulong)(_world.Time.GetTimestamp() * (1e9 / _world.Time.TimestampFrequency));
}
