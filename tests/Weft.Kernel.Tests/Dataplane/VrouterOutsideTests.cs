using System.Net;
using Weft.Dataplane;
using Weft.Dataplane.Abi;

namespace Weft.Kernel.Tests.Dataplane;

public sealed class VrouterOutsideTests : IDisposable
{
    const uint External = 8000, Network = 7001;

    readonly VrouterHost _host = new("outside"), _other = new("other");

    public void Dispose()
    {
        _host.Dispose();
        _other.Dispose();
    }

    [Theory]
    [InlineData(AttachMode.Tcx)]
    [InlineData(AttachMode.Clsact)]
    public void An_interface_can_be_fabric_and_uplink_and_stays_the_hosts(AttachMode mode)
    {
        _host.Join(_other, "192.0.2.1/24", "192.0.2.2/24");
        using var vrouter = _host.Open(mode);
        vrouter.Uplinks.Set(VrouterHost.FabricIfindex, new() { Vni = External, Mtu = 1500 });
        vrouter.Routes.Set(RouteKey.For(External, IPAddress.Parse("192.0.2.1")), new() { Action = FlowAction.Host, Vni = External });
        Assert.True(vrouter.Apply().IsClean);

        _host.Host.Ns.Run(() => vrouter.AttachFabric(VrouterHost.FabricIfindex));
        _host.Host.Ns.Run(() => vrouter.AttachUplink(VrouterHost.FabricIfindex));

        Assert.Equal([Hook.Fabric, Hook.Uplink], vrouter.Attachments().Select(at => at.Hook).Order());
        Pings.Start(_other.Host, "192.0.2.1", 3, "-i0.05").AssertNoneLost();
        Pings.Start(_host.Host, "192.0.2.2", 3, "-i0.05").AssertNoneLost();

        _host.Host.Ns.Run(() => vrouter.DetachUplink(VrouterHost.FabricIfindex));
        Assert.Equal([Hook.Fabric], vrouter.Attachments().Select(at => at.Hook));
    }

    [Fact]
    public void What_is_outside_survives_the_agent()
    {
        var address = IPAddress.Parse("203.0.113.5");
        using (var first = _host.Open())
        {
            first.Slots.Write(100, [7, 8, 9]);
            first.Uplinks.Set(5, new() { Vni = External, Mtu = 1500 });
            first.Exits.Set(1, new() { Ifindex = 5, Mtu = 1500, Vni = External });
            first.Translations.Set(new() { Vni = Network, External = External }, new() { Address = address });
            first.Frontends.Set(new() { Vni = External, Address = address }, new() { Vni = Network });
            first.Pools.Set(3, new() { Offset = 100, Slots = 3 });
            first.Backends.Set(7, new() { Vni = Network, Weight = 1 });
            Assert.Equal(6, first.Apply().Applied);
        }

        using var next = _host.Open();

        Assert.Empty(next.ReplacedMaps);
        Assert.Equal(new Pool { Offset = 100, Slots = 3 }, next.Pools.Actual()[3]);
        Assert.Equal([7, 8, 9], next.Slots.Read(100, 3));
        next.MarkInSync();
        Assert.Equal(6, next.Apply().Applied);
        Assert.All(next.Status(), status => Assert.Equal((status.Name, 0), (status.Name, status.Actual)));
        Assert.Throws<ArgumentOutOfRangeException>(() => next.Slots.Write((uint)SlotMemory.Room - 1, [1, 2]));
    }

    [Fact]
    public void A_change_outside_is_a_change_for_all_that_it_leads_to()
    {
        using var vrouter = _host.Open();
        using var generations = new BpfMap<uint, uint>(
            "weft_generations", PinDirectory.TryOpen(Path.Combine(_host.Pins.Path, "maps", "weft_generations"))!);
        vrouter.MarkInSync();
        var floating = IPAddress.Parse("203.0.113.5");

        AssertRaises([External, Network], () => vrouter.Frontends.Set(new() { Vni = External, Address = floating }, new() { Vni = Network }));
        AssertRaises([External, Network], () => vrouter.Frontends.Set(new() { Vni = External, Address = floating }, new() { Vni = Network, Port = 1 }));
        AssertRaises([External, Network], () => vrouter.Backends.Set(1, new() { Vni = Network }));
        AssertRaises([External, Network], () => vrouter.Routes.Set(RouteKey.For(Network, floating), new() { Action = FlowAction.Local, Vni = Network }));
        AssertRaises([External, Network], () => vrouter.Backends.Remove(1));
        AssertRaises([External, Network], () => vrouter.Translations.Set(new() { Vni = Network, External = External }, new()));
        AssertRaises([External, Network], () => vrouter.Frontends.Remove(new() { Vni = External, Address = floating }));
        AssertRaises([Network], () => vrouter.Backends.Set(1, new() { Vni = Network }));
        AssertRaises([], () => vrouter.Backends.Set(1, new() { Vni = Network, Flags = (uint)BackendFlags.Keeps }));
        AssertRaises([], () => vrouter.Pools.Set(1, new() { Slots = 1 }));

        void AssertRaises(uint[] expected, Action change)
        {
            var before = generations.ReadAll().ToDictionary();
            change();
            Assert.True(vrouter.Apply().IsClean);
            Assert.Equal(
                expected.Select(vni => vni % AbiConstants.Generations).Order(),
                generations.ReadAll().Where(g => g.Value != before[g.Key]).Select(g => g.Key).Order());
        }
    }
}
