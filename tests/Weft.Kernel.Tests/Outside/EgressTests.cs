using System.Net;
using System.Net.Sockets;
using System.Text;
using Weft.Dataplane.Abi;
using Weft.Model.State;

namespace Weft.Kernel.Tests.Outside;

public sealed class EgressTests : IAsyncLifetime
{
    OutsideSite _site = null!;

    public async ValueTask InitializeAsync() => _site = await OutsideSite.StartAsync(farMtu: 1400);

    public ValueTask DisposeAsync() => _site.DisposeAsync();

    static readonly (IPAddress Client, IPAddress Far)[] s_families =
        [(OutsideSite.ClientV4, OutsideSite.FarV4), (OutsideSite.ClientV6, OutsideSite.FarV6)];

    Task<Conversation> Outwards(string member, IPAddress to, int port) => Conversation.OpenAsync(
        _site.Members[member].Container, new(to, port), to.Equals(OutsideSite.FarV4) || to.Equals(OutsideSite.FarV6) ? _site.Far : _site.Client, new(to, port));

    [Fact]
    public async Task Ports_share_their_nodes_address_and_the_host_keeps_its_own_connections()
    {
        await _site.SettledAsync();
        foreach (var (client, far) in s_families)
        {
            var own = _site.AddressOf(_site.A, client.AddressFamily);
            var host = _site.HostOf(_site.A);
            using var hosts = await Conversation.OpenAsync(host, new(client, 7001), _site.Client, new(client, 7001));
            using var toHost = await Conversation.OpenAsync(_site.Client, new(own, 22), host, new(own, 22));
            using var one = await Outwards("web", client, 7000);
            using var two = await Outwards("web2", client, 7000);
            using var beyond = await Outwards("app", far, 7000);
            foreach (var conversation in (Conversation[])[one, two, beyond])
            {
                await conversation.ExchangeAsync();
                Assert.Equal(own, conversation.Seen.Address);
                Assert.InRange(conversation.Seen.Port, 1024, 32767);
            }
            await hosts.ExchangeAsync();
            await toHost.ExchangeAsync();
            Assert.Equal(own, Question.Ask(_site.Members["web"].Container, new(client, 7002), _site.Client, new(client, 7002)).Address);
            Assert.Equal(own, Question.Ask(host, new(client, 7003), _site.Client, new(client, 7003)).Address);
            Command.Run(_site.Members["web"].Container, "ping", "-c2", "-i0.2", "-W30", client.ToString());
            Command.Run(host, "ping", "-c2", "-i0.2", "-W30", client.ToString());
            Command.Run(_site.Client, "ping", "-c2", "-i0.2", "-W30", own.ToString());
        }
    }

    [Fact]
    public async Task A_node_with_an_egress_address_uses_that_and_others_their_own()
    {
        _site.Egress("p/web", (1, "198.51.100.60"), (1, "2001:db8:51::60"));
        await _site.SettledAsync();
        foreach (var (client, far) in s_families)
        {
            var egress = IPAddress.Parse(client.AddressFamily == AddressFamily.InterNetwork ? "198.51.100.60" : "2001:db8:51::60");
            foreach (var (member, to, seen) in new[] { ("web", client, egress), ("web2", far, egress), ("back", client, _site.AddressOf(_site.B, client.AddressFamily)) })
            {
                using var conversation = await Outwards(member, to, 7000);
                await conversation.ExchangeAsync();
                Assert.Equal(seen, conversation.Seen.Address);
            }
        }
        // Nothing gets in by it.
        var before = _site.Drops(DropReason.NoListener);
        using var uninvited = _site.Client.Ns.OpenSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        uninvited.SendTo([1], new IPEndPoint(IPAddress.Parse("198.51.100.60"), 80));
        Eventually.True(() => _site.Drops(DropReason.NoListener) > before);
    }

    [Fact]
    public async Task A_rule_keeps_in_and_the_rest_goes_out()
    {
        _site.Policy("out", ["p/web"], _site.To($"{OutsideSite.ClientV4}/32", RuleAction.Deny, 17, "7000"));
        await _site.SettledAsync();
        var before = _site.Drops(DropReason.PolicyDenied);
        using var kept = _site.Members["web"].Container.Ns.OpenSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        kept.SendTo([1], new IPEndPoint(OutsideSite.ClientV4, 7000));
        Eventually.True(() => _site.Drops(DropReason.PolicyDenied) > before);
        Question.Ask(_site.Members["web"].Container, new(OutsideSite.ClientV4, 7001), _site.Client, new(OutsideSite.ClientV4, 7001));
        Question.Ask(_site.Members["app"].Container, new(OutsideSite.ClientV4, 7000), _site.Client, new(OutsideSite.ClientV4, 7000));
    }

    [Fact]
    public async Task Published_ports_let_in_on_the_nodes_address_and_the_rest_stays_the_hosts()
    {
        _site.Publish("web", 6, 8080, 80);
        await _site.SettledAsync();
        foreach (var (client, _) in s_families)
        {
            var (own, host) = (_site.AddressOf(_site.A, client.AddressFamily), _site.HostOf(_site.A));
            using var conversation = await Conversation.OpenAsync(
                _site.Client, new(own, 8080), _site.Members["web"].Container, new(_site.Members["web"].Address(client.AddressFamily), 80));
            await conversation.ExchangeAsync();
            Assert.Equal(client, conversation.Seen.Address);
            using var toHost = await Conversation.OpenAsync(_site.Client, new(own, 8081), host, new(own, 8081));
            await toHost.ExchangeAsync();
            Assert.Equal(client, Question.Ask(_site.Client, new(own, 8080), host, new(own, 8080)).Address);
        }
        _site.Policy("in", ["p/web"], _site.From($"{OutsideSite.ClientV4}/32", RuleAction.Deny));
        await _site.SettledAsync();
        var before = _site.Drops(DropReason.PolicyDenied);
        using var denied = _site.Client.Ns.OpenSocket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var connecting = denied.ConnectAsync(_site.AddressOf(_site.A, AddressFamily.InterNetwork), 8080);
        Eventually.True(() => _site.Drops(DropReason.PolicyDenied) > before);
        Assert.False(connecting.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task The_path_MTU_is_found_and_errors_come_back()
    {
        _site.Float("198.51.100.50", "web");
        await _site.SettledAsync();
        foreach (var member in (string[])["web", "web2"]) // one to one, and shared
        {
            var container = _site.Members[member].Container;
            using var conversation = await Outwards(member, OutsideSite.FarV4, 7000);
            await conversation.ExchangeAsync(1_000_000);
            using var overV6 = await Outwards(member, OutsideSite.FarV6, 7000);
            await overV6.ExchangeAsync(1_000_000);
            foreach (var far in (IPAddress[])[OutsideSite.FarV4, OutsideSite.FarV6])
                Assert.Contains("mtu 1400", Command.Run(container, "ip", "route", "get", far.ToString()).Output, StringComparison.Ordinal);
            Assert.Contains("From 198.51.100.1", Command.Try(container, "ping", "-c1", "-t1", "-W30", OutsideSite.FarV4.ToString()).Output, StringComparison.Ordinal);
            using var udp = container.Ns.OpenSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            udp.ReceiveTimeout = 30_000;
            udp.Connect(OutsideSite.FarV4, 9);
            udp.Send([1]);
            Assert.Equal(SocketError.ConnectionRefused, Assert.Throws<SocketException>(() => udp.Receive(new byte[10])).SocketErrorCode);
        }
    }

    [Fact]
    public async Task Names_are_still_answered_whatever_server_is_asked()
    {
        await _site.SettledAsync();
        byte[] question = [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 4, .. Encoding.ASCII.GetBytes("web2"), 0, 0, 1, 0, 1];
        using var udp = _site.Members["web"].Container.Ns.OpenSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        udp.ReceiveTimeout = 30_000;
        udp.Connect(IPAddress.Parse("8.8.8.8"), 53);
        udp.Send(question);
        var answer = new byte[512];
        var length = udp.Receive(answer);
        Assert.Equal(_site.Members["web2"].V4.GetAddressBytes(), answer[(length - 4)..length]);
    }
}
