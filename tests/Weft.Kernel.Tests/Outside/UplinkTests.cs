using System.Net;
using System.Net.Sockets;

namespace Weft.Kernel.Tests.Outside;

/// <summary>What the agent does when uplinks come, go and change, and when it starts itself.</summary>
public sealed class UplinkTests : IAsyncLifetime
{
    const string Floating = "198.51.100.50";

    OutsideSite _site = null!;

    public async ValueTask InitializeAsync() => _site = await OutsideSite.StartAsync();

    public ValueTask DisposeAsync() => _site.DisposeAsync();

    Weft.Dataplane.Vrouter Vrouter => _site.A.Runtime.Opened.Result;

    async Task ReachableAsync(string member)
    {
        using var conversation = await Conversation.OpenAsync(
            _site.Members[member].Container, new(OutsideSite.ClientV4, 7000), _site.Client, new(OutsideSite.ClientV4, 7000));
        await conversation.ExchangeAsync();
    }

    bool IsAnswered() => Command.Try(_site.Client, "ping", "-c1", "-W1", Floating).ExitCode == 0;

    [Fact]
    public async Task An_uplink_that_is_gone_is_told_and_one_that_comes_back_is_used()
    {
        _site.Float(Floating, "web");
        _site.Policy("in", ["p/web"], _site.From(null));
        await _site.SettledAsync();
        await ReachableAsync("web2");
        var host = _site.HostOf(_site.A);
        host.Netlink.DeleteLink(OutsideSite.UplinkName);
        Eventually.True(() => _site.A.Status.Value.Faults.Contains("external network lab: its uplink on this node, uplink, is not there"));
        Assert.DoesNotContain(Vrouter.Uplinks.Actual(), uplink => uplink.Value.Vni == 900);

        _site.Lab.Plug(host, OutsideSite.UplinkName, 1500, "198.51.100.13/24");
        Eventually.True(() => !_site.A.Status.Value.Faults.Any(fault => fault.Contains("lab", StringComparison.Ordinal)));
        using var conversation = await Conversation.OpenAsync(
            _site.Members["web2"].Container, new(OutsideSite.ClientV4, 7001), _site.Client, new(OutsideSite.ClientV4, 7001));
        await conversation.ExchangeAsync();
        Assert.Equal(IPAddress.Parse("198.51.100.13"), conversation.Seen.Address);
        // Questions for IPv6 floating IPs come to groups that the host is not in.
        Assert.True(host.Netlink.GetLink(OutsideSite.UplinkName).AllMulticast);
        // It has another hardware address: the neighbours are told.
        Eventually.True(IsAnswered);
    }

    [Fact]
    public async Task Another_address_of_the_uplink_is_used_from_then_on()
    {
        await ReachableAsync("web");
        var host = _site.HostOf(_site.A);
        var link = host.Netlink.GetLink(OutsideSite.UplinkName).Index;
        Segment.Address(host, OutsideSite.UplinkName, "198.51.100.77/24");
        host.Netlink.DeleteAddress(host.Netlink.ListAddresses(link).Single(own => own.Address.Equals(_site.AddressOf(_site.A, AddressFamily.InterNetwork))));
        Segment.Address(host, OutsideSite.UplinkName, "198.51.100.77/24"); // it may have gone as a secondary one
        Eventually.True(() => Vrouter.Translations.Actual().Values.Any(translation => translation.Address == IPAddress.Parse("198.51.100.77")));
        using var conversation = await Conversation.OpenAsync(
            _site.Members["web"].Container, new(OutsideSite.ClientV4, 7001), _site.Client, new(OutsideSite.ClientV4, 7001));
        await conversation.ExchangeAsync();
        Assert.Equal(IPAddress.Parse("198.51.100.77"), conversation.Seen.Address);
    }

    [Fact]
    public async Task After_a_reboot_no_floating_IP_is_answered_for_before_the_server_has_confirmed()
    {
        _site.Float(Floating, "web");
        _site.Policy("in", ["p/web"], _site.From(null));
        await _site.SettledAsync();
        Eventually.True(IsAnswered);
        await _site.A.KillAsync();
        Assert.True(IsAnswered()); // its vrouter goes on

        Directory.Delete(_site.A.Options.PinDirectory, recursive: true);
        Command.Run(_site.Client, "ip", "neigh", "flush", "all");
        _site.A.Confirmed = false;
        _site.A.Start();
        await _site.SettledAsync();
        Assert.False(IsAnswered());
        _site.A.Confirmed = true;
        _site.A.Tell();
        Eventually.True(IsAnswered);
    }

    [Fact]
    public async Task An_agent_that_starts_again_over_its_vrouter_goes_on_answering()
    {
        _site.Float(Floating, "web");
        _site.Policy("in", ["p/web"], _site.From(null));
        await _site.SettledAsync();
        Command.Run(_site.Client, "ping", "-c1", "-W30", Floating);
        using var pings = Pings.Start(_site.Client, Floating, 500, "-i0.01");
        await _site.A.KillAsync();
        _site.A.Confirmed = false;
        _site.A.Start();
        await _site.SettledAsync();
        _site.A.Confirmed = true;
        _site.A.Tell();
        await _site.SettledAsync();
        pings.AssertNoneLost();
    }

    [Fact]
    public async Task An_external_network_that_goes_leaves_the_uplink_to_the_host()
    {
        await ReachableAsync("web");
        _site.Cluster.Change(state => state with { Externals = state.Externals.Clear() });
        await _site.SettledAsync();
        Eventually.True(() => Vrouter.Attachments().All(attached => attached.Hook != Weft.Dataplane.Hook.Uplink));
        Assert.Empty(Vrouter.Uplinks.Actual());
        var own = _site.AddressOf(_site.A, AddressFamily.InterNetwork);
        using var toHost = await Conversation.OpenAsync(_site.Client, new(own, 22), _site.HostOf(_site.A), new(own, 22));
        await toHost.ExchangeAsync();
    }
}
