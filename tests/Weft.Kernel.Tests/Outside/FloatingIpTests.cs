using System.Net;
using System.Net.Sockets;
using Weft.Dataplane.Abi;
using Weft.Model.State;

namespace Weft.Kernel.Tests.Outside;

public sealed class FloatingIpTests : IAsyncLifetime
{
    const string V4 = "198.51.100.50", V6 = "2001:db8:51::50";

    OutsideSite _site = null!;

    public async ValueTask InitializeAsync() => _site = await OutsideSite.StartAsync();

    public ValueTask DisposeAsync() => _site.DisposeAsync();

    static IPEndPoint At(string address, int port) => new(IPAddress.Parse(address), port);

    IPEndPoint Inside(string member, string like, int port) =>
        new(_site.Members[member].Address(IPAddress.Parse(like).AddressFamily), port);

    static IPAddress ClientLike(string address) =>
        IPAddress.Parse(address).AddressFamily == AddressFamily.InterNetwork ? OutsideSite.ClientV4 : OutsideSite.ClientV6;

    Task<Conversation> FromOutside(string address, int port, string member) =>
        Conversation.OpenAsync(_site.Client, At(address, port), _site.Members[member].Container, Inside(member, address, port));

    void Float(string member)
    {
        _site.Float(V4, member);
        _site.Float(V6, member);
    }

    /// <summary>A packet of the client is dropped for that reason, and nobody waits for it.</summary>
    void Refused(DropReason reason, string address, int port)
    {
        var before = _site.Drops(reason);
        using var client = _site.Client.Ns.OpenSocket(IPAddress.Parse(address).AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        client.SendTo([1], At(address, port));
        Eventually.True(() => _site.Drops(reason) > before);
    }

    [Fact]
    public async Task Nobody_gets_in_whom_no_rule_lets_in()
    {
        Float("web");
        await _site.SettledAsync();
        Refused(DropReason.PolicyNoRule, V4, 80);
        Refused(DropReason.PolicyNoRule, V6, 80);
        Assert.NotEqual(0, Command.Try(_site.Client, "ping", "-c1", "-W1", V4).ExitCode);
    }

    [Fact]
    public async Task A_rule_lets_in_what_it_names_and_the_container_sees_the_client()
    {
        Float("web");
        _site.Policy("in", ["p/web"], _site.From(null, protocol: 6, ports: "80"), _site.From(null, protocol: 17, ports: "53"), _site.From(null, protocol: 1), _site.From(null, protocol: 58));
        await _site.SettledAsync();
        foreach (var address in (string[])[V4, V6])
        {
            using var conversation = await FromOutside(address, 80, "web");
            await conversation.ExchangeAsync();
            Assert.Equal(ClientLike(address), conversation.Seen.Address);
            Assert.Equal(ClientLike(address), Question.Ask(_site.Client, At(address, 53), _site.Members["web"].Container, Inside("web", address, 53)).Address);
            Command.Run(_site.Client, "ping", "-c2", "-i0.2", "-W30", address);
            Refused(DropReason.PolicyNoRule, address, 81);
        }
    }

    [Fact]
    public async Task A_rule_is_about_the_clients_address_and_the_ports_own_number()
    {
        _site.Float(V4, "web", new NodePortMapping(6, new(8080, 8080), 80), new NodePortMapping(17, new(5300, 5300), 53));
        _site.Policy("in", ["p/web"], _site.From($"{OutsideSite.ClientV4}/32", RuleAction.Deny, 17), _site.From("198.51.100.128/25", protocol: 6, ports: "80"), _site.From(null, protocol: 17));
        await _site.SettledAsync();
        using var conversation = await Conversation.OpenAsync(_site.Client, At(V4, 8080), _site.Members["web"].Container, Inside("web", V4, 80));
        await conversation.ExchangeAsync();
        Refused(DropReason.PolicyDenied, V4, 5300);
        Refused(DropReason.NoListener, V4, 80);
    }

    [Fact]
    public async Task The_container_leaves_by_its_floating_IP_and_keeps_its_ports()
    {
        Float("web");
        await _site.SettledAsync();
        foreach (var (floating, client) in new[] { (V4, OutsideSite.ClientV4), (V6, OutsideSite.ClientV6) })
        {
            var web = _site.Members["web"].Container;
            using var conversation = await Conversation.OpenAsync(web, new(client, 7000), _site.Client, new(client, 7000));
            await conversation.ExchangeAsync();
            Assert.Equal(IPAddress.Parse(floating), conversation.Seen.Address);
            Assert.Equal(IPAddress.Parse(floating), Question.Ask(web, new(client, 7001), _site.Client, new(client, 7001)).Address);
            Command.Run(web, "ping", "-c2", "-i0.2", "-W30", client.ToString());
        }
        using var far = await Conversation.OpenAsync(_site.Members["web"].Container, new(OutsideSite.FarV4, 7000), _site.Far, new(OutsideSite.FarV4, 7000));
        await far.ExchangeAsync();
        Assert.Equal(IPAddress.Parse(V4), far.Seen.Address);
    }

    [Fact]
    public async Task Another_network_reaches_it_on_the_same_node_and_on_another()
    {
        Float("web");
        _site.Policy("in", ["p/web"], _site.From(null, protocol: 6, ports: "80"));
        await _site.SettledAsync();
        foreach (var address in (string[])[V4, V6])
        {
            foreach (var (name, agent) in new[] { ("app", _site.A), ("app2", _site.B), ("back", _site.B) })
            {
                using var conversation = await Conversation.OpenAsync(
                    _site.Members[name].Container, At(address, 80), _site.Members["web"].Container, Inside("web", address, 80));
                await conversation.ExchangeAsync();
                Assert.Equal(_site.AddressOf(agent, IPAddress.Parse(address).AddressFamily), conversation.Seen.Address);
            }
        }
    }

    [Fact]
    public async Task It_follows_its_port_to_another_host_and_the_neighbours_are_told()
    {
        Float("web");
        _site.Policy("in", ["p/web"], _site.From(null));
        await _site.SettledAsync();
        using (var before = await FromOutside(V4, 80, "web"))
            await before.ExchangeAsync();
        using (var before = await FromOutside(V6, 80, "web"))
            await before.ExchangeAsync();
        var (macA, macB) = (MacOf(_site.A), MacOf(_site.B));
        Assert.Equal((macA, macA), (Known(V4), Known(V6)));

        await _site.MoveAsync("web", _site.B);
        Float("web");
        await _site.SettledAsync();
        // Nothing of the client makes it ask again.
        Eventually.True(() => Known(V4) == macB && Known(V6) == macB);
        foreach (var address in (string[])[V4, V6])
        {
            using var after = await FromOutside(address, 80, "web");
            await after.ExchangeAsync();
            Assert.Equal(ClientLike(address), after.Seen.Address);
        }
    }

    string? MacOf(Agent.TestAgent agent) => _site.HostOf(agent).Netlink.GetLink(OutsideSite.UplinkName).Mac?.ToString();

    /// <summary>What the client takes for the address's hardware address.</summary>
    string? Known(string address) => _site.Client.Netlink.ListNeighbours()
        .FirstOrDefault(neighbour => neighbour.Address.Equals(IPAddress.Parse(address)))?.Mac?.ToString();

    [Fact]
    public async Task What_is_answered_for_and_used_can_be_looked_at()
    {
        _site.Float(V4, "web");
        _site.Float("198.51.100.51", "back");
        _site.Policy("in", ["p/web"], _site.From(null, protocol: 6, ports: "80"));
        await _site.SettledAsync();
        using var inwards = await FromOutside(V4, 80, "web");
        using var outwards = await Conversation.OpenAsync(
            _site.Members["web"].Container, new(OutsideSite.ClientV4, 7000), _site.Client, new(OutsideSite.ClientV4, 7000));
        using var shared = await Conversation.OpenAsync(
            _site.Members["web2"].Container, new(OutsideSite.ClientV4, 7000), _site.Client, new(OutsideSite.ClientV4, 7000));
        var looked = _site.A.Inspection.Outside();
        var floating = Assert.Single(looked.FloatingIps);
        Assert.Equal(("lab", "p/f", V4, $"port p/web {_site.Members["web"].V4}", 2), (floating.External, floating.Name, floating.Address, floating.LeadsTo, floating.Connections));
        Assert.Contains(new("p/web", null, "lab", "198.51.100.11", "1024-32767", 1), looked.Translations);
        Assert.Contains(new("p/web", _site.Members["web"].V4.ToString(), "lab", V4, null, 1), looked.Translations);
        var uplink = Assert.Single(_site.A.Inspection.Status().Uplinks);
        Assert.Equal(("lab", OutsideSite.UplinkName, 1), (uplink.External, uplink.Interface, uplink.FloatingIps));
        Assert.Equal(["198.51.100.11", "2001:db8:51::11"], uplink.Addresses);
    }

    [Fact]
    public async Task A_stream_flows_on_while_the_agent_is_killed_and_started_again()
    {
        Float("web");
        _site.Policy("in", ["p/web"], _site.From(null, protocol: 6, ports: "80"));
        await _site.SettledAsync();
        using var conversation = await FromOutside(V4, 80, "web");
        using var outwards = await Conversation.OpenAsync(
            _site.Members["web2"].Container, new(OutsideSite.ClientV4, 7000), _site.Client, new(OutsideSite.ClientV4, 7000));
        await conversation.ExchangeAsync();
        await _site.A.KillAsync();
        await conversation.ExchangeAsync();
        await outwards.ExchangeAsync();
        _site.A.Start();
        await _site.SettledAsync();
        await conversation.ExchangeAsync();
        await outwards.ExchangeAsync();
        using var another = await FromOutside(V4, 80, "web");
        await another.ExchangeAsync();
    }

    [Fact]
    public async Task A_rule_that_goes_ends_what_it_let_in()
    {
        Float("web");
        _site.Policy("in", ["p/web"], _site.From(null, protocol: 6, ports: "80"));
        await _site.SettledAsync();
        using var conversation = await FromOutside(V4, 80, "web");
        await conversation.ExchangeAsync();
        _site.Policy("in", ["p/web"]);
        await _site.SettledAsync();
        var before = _site.Drops(DropReason.PolicyNoRule);
        var exchange = conversation.ExchangeAsync();
        Eventually.True(() => _site.Drops(DropReason.PolicyNoRule) > before);
        Assert.False(exchange.IsCompletedSuccessfully);
        _site.Policy("in", ["p/web"], _site.From(null, protocol: 6, ports: "80"));
        await exchange; // TCP sends again what was lost
    }

    [Fact]
    public async Task One_that_is_taken_away_is_answered_for_no_more()
    {
        Float("web");
        _site.Policy("in", ["p/web"], _site.From(null));
        await _site.SettledAsync();
        Command.Run(_site.Client, "ping", "-c1", "-W30", V4);
        _site.Sink(V4);
        await _site.SettledAsync();
        Command.Run(_site.Client, "ip", "neigh", "flush", "all");
        Assert.NotEqual(0, Command.Try(_site.Client, "ping", "-c1", "-W2", V4).ExitCode);
        Command.Run(_site.Client, "ping", "-c1", "-W30", V6);
    }
}
