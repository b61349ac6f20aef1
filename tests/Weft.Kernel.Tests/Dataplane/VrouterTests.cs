using System.Net;
using Weft.Dataplane;
using Weft.Dataplane.Abi;
using Weft.Linux;
using Weft.Linux.Interop;

namespace Weft.Kernel.Tests.Dataplane;

public sealed class VrouterTests : IDisposable
{
    const uint Vni = 7001;

    readonly VrouterHost _host = new("vrouter");

    public void Dispose() => _host.Dispose();

    [Theory]
    [InlineData(AttachMode.Tcx)]
    [InlineData(AttachMode.Clsact)]
    public void Two_containers_of_a_network_reach_each_other_until_one_is_taken_away(AttachMode mode)
    {
        var (one, two) = (_host.AddContainer(1, "10.9.0.1/24"), _host.AddContainer(2, "10.9.0.2/24"));
        using var vrouter = _host.Open(mode);
        foreach (var container in new[] { one, two })
        {
            VrouterHost.Want(vrouter, container, Vni);
            Assert.True(vrouter.Apply().IsClean);
            _host.Attach(vrouter, container);
        }
        vrouter.MarkInSync();

        Assert.True(one.Reaches(two.Address));

        vrouter.Ports.Remove((uint)two.Ifindex);
        vrouter.Routes.Remove(RouteKey.For(Vni, two.Address));
        Assert.Equal(2, vrouter.Apply().Applied);
        Assert.False(one.Reaches(two.Address));
        Assert.Contains(vrouter.ReadDrops(), d => d.Ifindex == one.Ifindex && d.Reason == DropReason.NoRoute);
        Assert.Equal(mode, vrouter.AttachMode);
    }

    [Theory]
    [InlineData(AttachMode.Tcx)]
    [InlineData(AttachMode.Clsact)]
    public void A_new_agent_takes_over_without_losing_a_packet_or_a_flow(AttachMode mode)
    {
        var (one, two) = (_host.AddContainer(1, "10.9.0.1/24"), _host.AddContainer(2, "10.9.0.2/24"));
        StartWith(mode, one, two).Dispose();
        using var pings = Pings.Start(one.Namespace, two.Address.ToString(), 150, "-i0.01");
        var flowsBefore = 0;
        for (var generation = 0; generation < 3; generation++)
        {
            using var next = StartWith(mode, one, two);
            next.MarkInSync();
            Assert.Equal(0, next.Apply().Applied);
            var flows = next.ReadFlows().Select(f => f.Value.StartedNs).Order().ToList();
            Assert.True(generation == 0 || flows.Count >= flowsBefore);
            flowsBefore = flows.Count;
        }

        pings.AssertNoneLost();
    }

    [Fact]
    public void Links_are_changed_over_and_not_made_anew()
    {
        var one = _host.AddContainer(1, "10.9.0.1/24");
        using (var first = StartWith(AttachMode.Tcx, one))
            Settle(first);
        var before = LinkOf(one);

        StartWith(AttachMode.Tcx, one).Dispose();

        var after = LinkOf(one);
        Assert.Equal(before.Link, after.Link);
        Assert.NotEqual(before.Program, after.Program);
    }

    [Fact]
    public void A_port_gets_its_link_when_it_is_quiet_without_losing_a_packet()
    {
        var (one, two) = (_host.AddContainer(1, "10.9.0.1/24"), _host.AddContainer(2, "10.9.0.2/24"));
        using var vrouter = StartWith(AttachMode.Tcx, one, two);
        Assert.Empty(Links());
        Assert.Contains("from_port", Filters(one), StringComparison.Ordinal);
        using var pings = Pings.Start(one.Namespace, two.Address.ToString(), 100, "-i0.01");

        Settle(vrouter);

        pings.AssertNoneLost();
        Assert.Equal(2, Links().Length);
        Assert.Equal("", Filters(one));
        Assert.DoesNotContain(vrouter.ReadDrops(), d => d.Reason != DropReason.Multicast);

        _host.Host.Ns.Run(() => vrouter.DetachPort(one.Ifindex));
        Eventually.True(() => !one.Reaches(two.Address));
    }

    [Fact]
    public void What_an_earlier_agent_left_stays_until_in_sync_and_then_goes()
    {
        var (one, two) = (_host.AddContainer(1, "10.9.0.1/24"), _host.AddContainer(2, "10.9.0.2/24"));
        StartWith(AttachMode.Auto, one, two).Dispose();
        using var vrouter = _host.Open();

        Assert.Equal(0, vrouter.Apply().Applied);
        Assert.True(one.Reaches(two.Address));
        Assert.True(vrouter.Ports.TryGetActual((uint)one.Ifindex, out var left));
        Assert.Equal(one.Mac, left.Mac.ToMacAddress());

        vrouter.MarkInSync();
        Assert.Equal(5, vrouter.Apply().Applied);
        Assert.False(one.Reaches(two.Address));
        Assert.Empty(vrouter.Ports.Actual());
    }

    [Fact]
    public void Links_of_interfaces_that_are_gone_are_forgotten()
    {
        var (one, two) = (_host.AddContainer(1, "10.9.0.1/24"), _host.AddContainer(2, "10.9.0.2/24"));
        using var vrouter = StartWith(AttachMode.Tcx, one, two);
        Assert.Equal(2, vrouter.Attachments().Count);
        Settle(vrouter);
        Assert.Equal(2, vrouter.Attachments().Count);

        Command.Run("ip", "-n", _host.Host.Name, "link", "del", "p1");

        Assert.Equal([new Attachment(Hook.Port, two.Ifindex)], vrouter.Attachments());
        Assert.Single(Links());
        _host.Host.Ns.Run(() => vrouter.DetachPort(two.Ifindex));
        Assert.Empty(vrouter.Attachments());
    }

    [Fact]
    public void Links_of_interfaces_that_went_while_no_agent_ran_are_forgotten_at_the_next_start()
    {
        var one = _host.AddContainer(1, "10.9.0.1/24");
        using (var first = StartWith(AttachMode.Tcx, one))
            Settle(first);
        Assert.Single(Links());
        Command.Run("ip", "-n", _host.Host.Name, "link", "del", "p1");

        using var next = _host.Open();

        Assert.Empty(Links());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_interface_number_that_is_used_again_is_attached_afresh(bool settled)
    {
        var one = _host.AddContainer(1, "10.9.0.1/24");
        using var vrouter = StartWith(AttachMode.Tcx, one);
        if (settled)
            Settle(vrouter);
        Command.Run("ip", "-n", _host.Host.Name, "link", "del", "p1");
        var again = _host.AddContainer(1, "10.9.0.1/24");

        _host.Attach(vrouter, again);

        Assert.Equal([new Attachment(Hook.Port, again.Ifindex)], vrouter.Attachments());
        Settle(vrouter);
        Assert.Equal([new Attachment(Hook.Port, again.Ifindex)], vrouter.Attachments());
        Assert.NotEqual("", LinkOf(again).Link);
    }

    [Fact]
    public void An_interface_that_is_not_there_is_an_error_that_names_it()
    {
        using var vrouter = _host.Open();

        var error = Assert.Throws<LinuxException>(() => _host.Host.Ns.Run(() => vrouter.AttachPort(4711)));

        Assert.Equal(Errno.ENODEV, error.Errno);
        Assert.Contains("4711", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pin_directory_has_one_owner()
    {
        using var first = _host.Open();

        Assert.Contains("another agent",
            Assert.Throws<InvalidOperationException>(() => _host.Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_privilege_the_error_says_what_is_missing()
    {
        var folder = Assert.Throws<LinuxException>(() => Unprivileged.Run(() => _host.Open().Dispose()));
        Assert.Contains("needs root, or CAP_BPF and CAP_NET_ADMIN", folder.Message, StringComparison.Ordinal);

        using var bpf = BpfObject.OpenEmbedded("sweep");
        var load = Assert.Throws<LinuxException>(() => Unprivileged.Run(bpf.Load));
        Assert.Contains("needs root, or CAP_BPF and CAP_NET_ADMIN", load.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pin_directory_outside_of_bpffs_is_refused()
    {
        var folder = Directory.CreateTempSubdirectory("weft-test-");
        try
        {
            var error = Assert.Throws<LinuxException>(
                () => Vrouter.Open(new() { Pins = new(Path.Combine(folder.FullName, "pins")) }));
            Assert.Contains("not on a bpf file system", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_table_of_another_size_is_made_anew_and_the_rest_is_kept()
    {
        var one = _host.AddContainer(1, "10.9.0.1/24");
        StartWith(AttachMode.Auto, one).Dispose();

        using var vrouter = _host.Open(routes: 2048);

        Assert.Equal(["weft_routes"], vrouter.ReplacedMaps.Keys);
        Assert.Empty(vrouter.Routes.Actual());
        Assert.Single(vrouter.Ports.Actual());
        vrouter.Dispose();
        using var again = _host.Open(routes: 2048);
        Assert.Empty(again.ReplacedMaps);
    }

    [Fact]
    public void What_others_change_is_repaired_by_a_resync()
    {
        var (one, two) = (_host.AddContainer(1, "10.9.0.1/24"), _host.AddContainer(2, "10.9.0.2/24"));
        using var vrouter = StartWith(AttachMode.Auto, one, two);
        vrouter.MarkInSync();
        using var ports = Pinned<uint, PortEntry>("weft_ports");
        ports.Remove((uint)one.Ifindex);
        ports.Set(9999, new() { Vni = 1 });

        Assert.Equal(0, vrouter.Apply().Applied);
        Assert.Equal(2, vrouter.Resync().Applied);

        Assert.Equal(vrouter.Ports.Actual(), ports.ReadAll().ToDictionary());
        Assert.True(one.Reaches(two.Address));
    }

    [Fact]
    public void A_change_of_routes_raises_the_generation_of_its_network_only()
    {
        using var vrouter = _host.Open();
        using var generations = Pinned<uint, uint>("weft_generations");

        vrouter.Routes.Set(RouteKey.For(5, IPAddress.Parse("10.0.0.1")), new() { Action = FlowAction.Remote, Node = 1 });
        vrouter.Routes.Set(RouteKey.For(4096 + 6, IPAddress.Parse("fd00::1")), new() { Action = FlowAction.Remote, Node = 1 });
        vrouter.Apply();

        Assert.Equal([5u, 6u], generations.ReadAll().Where(g => g.Value > 0).Select(g => g.Key));
        vrouter.Apply();
        Assert.Equal(2, generations.ReadAll().Sum(g => g.Value));
    }

    [Fact]
    public void A_full_table_fails_what_does_not_fit_and_nothing_else()
    {
        using var vrouter = _host.Open(routes: 1024);
        for (var i = 0; i < 1030; i++)
            vrouter.Routes.Set(RouteKey.For(5, new IPAddress([10, 0, (byte)(i >> 8), (byte)i])), new() { Action = FlowAction.Remote });
        vrouter.Nodes.Set(1, new() { Address = IPAddress.Parse("192.0.2.1") });

        var result = vrouter.Apply();

        Assert.Equal(1025, result.Applied);
        Assert.Equal(6, result.Failures.Count);
        Assert.All(result.Failures, f => Assert.Contains("full (1024 entries)", f.Error.Message, StringComparison.Ordinal));
        Assert.Equal((6, 6), (vrouter.Routes.Status.Pending, vrouter.Routes.Status.Failing));

        for (var i = 0; i < 6; i++)
            vrouter.Routes.Remove(RouteKey.For(5, new IPAddress([10, 0, 0, (byte)i])));
        vrouter.MarkInSync();
        vrouter.Apply();
        Assert.True(vrouter.Apply().IsClean);
        Assert.Equal(0, vrouter.Routes.Status.Pending);
    }

    [Fact]
    public void Drops_of_gone_interfaces_are_kept_as_one_sum()
    {
        var one = _host.AddContainer(1, "10.9.0.1/24");
        using var vrouter = StartWith(AttachMode.Tcx, one);
        Assert.False(one.Reaches(IPAddress.Parse("10.9.0.77")));
        var before = vrouter.ReadDrops().Single(d => d.Reason == DropReason.NoRoute);
        vrouter.Ports.Remove((uint)one.Ifindex);
        vrouter.MarkInSync();
        vrouter.Apply();
        Command.Run("ip", "-n", _host.Host.Name, "link", "del", "p1");
        _host.Host.Ns.Run(() => vrouter.DetachPort(one.Ifindex));

        vrouter.Sweep();

        Assert.Equal(before with { Ifindex = 0 }, vrouter.ReadDrops().Single(d => d.Reason == DropReason.NoRoute));
    }

    Vrouter StartWith(AttachMode mode, params Container[] containers)
    {
        var vrouter = _host.Open(mode);
        foreach (var container in containers)
            VrouterHost.Want(vrouter, container, Vni);
        Assert.True(vrouter.Apply().IsClean);
        foreach (var container in containers)
            _host.Attach(vrouter, container);
        return vrouter;
    }

    // The first sweep sees that ports came, the second that no more did.
    static void Settle(Vrouter vrouter)
    {
        vrouter.Sweep();
        vrouter.Sweep();
    }

    string[] Links() => Directory.GetFiles(Path.Combine(_host.Pins.Path, "links"));

    string Filters(Container container) => Command
        .Run(_host.Host, "tc", "filter", "show", "dev", $"p{container.Ifindex - 100}", "ingress").Output;

    BpfMap<TKey, TValue> Pinned<TKey, TValue>(string map) where TKey : unmanaged where TValue : unmanaged =>
        new(map, PinDirectory.TryOpen(Path.Combine(_host.Pins.Path, "maps", map))!);

    (string Link, string Program) LinkOf(Container container)
    {
        var text = Command.Run("bpftool", "link", "show", "pinned", $"{_host.Pins.Path}/links/port-{container.Ifindex}").Output;
        var words = text.Split([' ', '\n', ':'], StringSplitOptions.RemoveEmptyEntries);
        return (words[0], words[Array.IndexOf(words, "prog") + 1]);
    }
}
