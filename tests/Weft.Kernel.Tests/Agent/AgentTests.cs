using System.Net;
using System.Net.Sockets;
using System.Text;
using Weft.Agent.Attachments;
using Weft.Agent.State;
using Weft.Linux;
using Weft.Model.Local;

namespace Weft.Kernel.Tests.Agent;

/// <summary>Agents on hosts of a topology, with the real vrouter; containers are namespaces.</summary>
public sealed class AgentTests : IAsyncLifetime
{
    static readonly string[] Prefixes = ["10.1.0.0/24", "fd00:1::/64"];

    readonly Topology _topology = new();
    readonly TestCluster _cluster = new();
    TestNode _hostA = null!;
    TestAgent _a = null!;
    TestAgent _b = null!;

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _a = _cluster.Agent(_topology, _hostA = _topology.Node("a"));
        _b = _cluster.Agent(_topology, _topology.Node("b"));
        _a.Start();
        _b.Start();
        _cluster.Network("frontend", 100, Prefixes);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        _topology.Dispose();
    }

    static string V4(Attachment attachment) => attachment.Addresses[0].Address.ToString();

    static string V6(Attachment attachment) => attachment.Addresses[1].Address.ToString();

    static void Ping(TestNamespace from, string address, params string[] options) =>
        Command.Run(from, "ping", ["-c2", "-i0.2", "-W30", .. options, address]);

    static bool CanPing(TestNamespace from, string address) =>
        Command.Try(from, "ping", "-c1", "-W1", address).ExitCode == 0;

    [Fact]
    public async Task Containers_reach_each_other_on_one_host_and_across_hosts()
    {
        var (c1, c2, c3) = (_topology.Container("c1"), _topology.Container("c2"), _topology.Container("c3"));
        await _a.AttachAsync(c1, "frontend", "one");
        var two = await _a.AttachAsync(c2, "frontend", "two");
        var three = await _b.AttachAsync(c3, "frontend", "three");
        foreach (var other in (Attachment[])[two, three])
        {
            Ping(c1, V4(other));
            Ping(c1, V6(other));
            Ping(c1, V4(other), "-s", "64000");
        }
        Ping(c1, three.Addresses[0].Gateway!.ToString());
        Ping(c1, three.Addresses[1].Gateway!.ToString());
    }

    [Fact]
    public async Task The_same_addresses_in_another_network_are_other_machines()
    {
        _cluster.Network("frontend", 200, Prefixes, project: "other");
        var (mine, theirs, alone) = (_topology.Container("mine"), _topology.Container("theirs"), _topology.Container("alone"));
        var one = await _a.AttachAsync(mine, "frontend", "one");
        Attachment two;
        _cluster.CreatePort(new() { Network = Id("other"), Addresses = [.. one.Addresses.Select(a => a.Address)], Name = "one" }, 0);
        two = await _b.AttachAsync(theirs, "frontend", "one", project: "other");
        Assert.Equal(V4(one), V4(two));
        var three = await _a.AttachAsync(alone, "frontend", "three", project: "other");
        Ping(alone, V4(two));
        Ping(theirs, V4(three));
        Assert.False(CanPing(mine, V4(three)));
        await _b.Attacher.DetachAsync(two.Port, Cancellation);
        Assert.False(CanPing(alone, V4(one)));
    }

    Guid Id(string project) => _cluster.State.Networks.Values.Single(network => network.Project == project).Uid;

    [Fact]
    public async Task Names_are_answered_to_containers_whatever_server_they_ask()
    {
        var (c1, c2) = (_topology.Container("c1"), _topology.Container("c2"));
        var one = await _a.AttachAsync(c1, "frontend", "one");
        var two = await _b.AttachAsync(c2, "frontend", "two", aliases: ["web"]);
        foreach (var server in (string[])["8.8.8.8", one.Addresses[0].Gateway!.ToString(), "2001:4860:4860::8888", one.Addresses[1].Gateway!.ToString()])
        {
            Assert.Contains(V4(two), Ask(c1, server, "two", 1));
            Assert.Contains(V6(two), Ask(c1, server, "web", 28));
        }
        Assert.Contains(V4(one), Ask(c2, "9.9.9.9", "one.frontend", 1));
    }

    /// <summary>Addresses in the answer that a stub resolver in the container gets over UDP and over TCP.</summary>
    static List<string> Ask(TestNamespace container, string server, string name, byte type)
    {
        byte[] question =
        [
            0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0,
            .. name.Split('.').SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]), 0, 0, type, 0, 1,
        ];
        var end = new IPEndPoint(IPAddress.Parse(server), 53);
        var answer = new byte[600];
        using var udp = container.Ns.OpenSocket(end.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        udp.ReceiveTimeout = 30_000;
        udp.Connect(end);
        udp.Send(question);
        var overUdp = Addresses(answer.AsSpan(0, udp.Receive(answer)), question.Length, type);
        using var tcp = container.Ns.OpenSocket(end.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        tcp.ReceiveTimeout = 30_000;
        tcp.Connect(end);
        tcp.Send((byte[])[0, (byte)question.Length, .. question]);
        var length = tcp.Receive(answer);
        Assert.Equal(overUdp, Addresses(answer.AsSpan(2, length - 2), question.Length, type));
        return overUdp;
    }

    static List<string> Addresses(ReadOnlySpan<byte> answer, int questionLength, byte type)
    {
        var size = type == 1 ? 4 : 16;
        var addresses = new List<string>();
        for (var at = questionLength; at + 12 + size <= answer.Length; at += 12 + size)
            addresses.Add(new IPAddress(answer.Slice(at + 12, size)).ToString());
        return addresses;
    }

    [Fact]
    public async Task A_stream_flows_on_while_agents_are_killed_and_started_again()
    {
        var (c1, c2) = (_topology.Container("c1"), _topology.Container("c2"));
        await _a.AttachAsync(c1, "frontend", "one");
        var two = await _b.AttachAsync(c2, "frontend", "two");
        using var listener = c2.Ns.ListenTcp(new(IPAddress.Any, 7000));
        using var client = c1.Ns.OpenSocket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(IPAddress.Parse(V4(two)), 7000, Cancellation);
        using var server = await listener.AcceptAsync(Cancellation);

        await ExchangeAsync(client, server);
        await _a.KillAsync();
        await _b.KillAsync();
        await ExchangeAsync(client, server);
        _a.Start();
        _b.Start();
        await ActiveAsync(_a, 1);
        await ActiveAsync(_b, 1);
        await ExchangeAsync(client, server);
        Ping(c1, V4(two));
    }

    [Fact]
    public async Task No_packet_is_lost_while_agents_are_killed_and_started_again()
    {
        var (c1, c2, c3) = (_topology.Container("c1"), _topology.Container("c2"), _topology.Container("c3"));
        var one = await _a.AttachAsync(c1, "frontend", "one");
        await _a.AttachAsync(c2, "frontend", "two");
        await _b.AttachAsync(c3, "frontend", "three");
        using var near = Pings.Start(c2, V4(one), 1000, "-i0.01");
        using var far = Pings.Start(c3, V6(one), 1000, "-i0.01");
        for (var i = 0; i < 2; i++)
        {
            await _a.KillAsync();
            await _b.KillAsync();
            _a.Start();
            _b.Start();
            await ActiveAsync(_a, 2);
            await ActiveAsync(_b, 1);
        }
        near.AssertNoneLost();
        far.AssertNoneLost();
    }

    static async Task ExchangeAsync(Socket client, Socket server)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        var (sent, received) = (new byte[200_000], new byte[200_000]);
        Random.Shared.NextBytes(sent);
        for (var from = client; ; from = server)
        {
            var to = from == client ? server : client;
            var sending = from.SendAsync(sent, limit.Token).AsTask();
            for (var at = 0; at < received.Length;)
                at += await to.ReceiveAsync(received.AsMemory(at), limit.Token);
            await sending;
            Assert.Equal(sent, received);
            if (from == server)
                return;
        }
    }

    static async Task ActiveAsync(TestAgent agent, int count)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        await agent.Status.WaitForAsync(
            status => status.Ports.Values.Count(port => port.State == LocalPortState.Active) == count, limit.Token);
    }

    [Fact]
    public async Task Nothing_is_deleted_before_the_server_has_confirmed()
    {
        var (c1, c2) = (_topology.Container("c1"), _topology.Container("c2"));
        var one = await _a.AttachAsync(c1, "frontend", "one");
        var two = await _a.AttachAsync(c2, "frontend", "two");
        await _a.KillAsync();
        _cluster.ChangePort(one.Port, _ => null);
        _a.Confirmed = false;
        _a.Start();
        await ActiveAsync(_a, 1);
        Ping(c2, V4(one)); // the state, as old as it may be, lacks the port: it stays until that is sure

        _a.Confirmed = true;
        _a.Tell();
        Eventually.True(() => !CanPing(c2, V4(one)));
        Eventually.True(() => c1.Netlink.FindLink(one.Interface) is null);
        Ping(c2, two.Addresses[0].Gateway!.ToString());
    }

    [Fact]
    public async Task When_its_namespace_is_gone_so_is_a_port_that_was_made_for_it()
    {
        _cluster.CreatePort(new() { Network = Id("default"), Name = "kept" }, 0);
        var made = new TestNamespace("made");
        var kept = new TestNamespace("kept");
        var one = await _a.AttachAsync(made, "frontend", "made");
        var two = await _a.AttachAsync(kept, "frontend", "kept");
        made.Dispose();
        kept.Dispose();
        Eventually.True(() => !_cluster.State.Ports.ContainsKey(one.Port));
        Eventually.True(() => _a.Status.Value.Ports.GetValueOrDefault(two.Port)?.State == LocalPortState.Down);
        Assert.True(_cluster.State.Ports.ContainsKey(two.Port));
        Eventually.True(() => _a.Attacher.List().Count == 0);
    }

    [Fact]
    public async Task Detaching_gives_the_port_back_and_leaves_nothing()
    {
        _cluster.CreatePort(new() { Network = Id("default"), Name = "kept" }, 0);
        var c1 = _topology.Container("c1");
        var own = await _a.AttachAsync(c1, "frontend");
        var kept = await _a.AttachAsync(c1, "frontend", "kept");
        Assert.Equal(("eth0", "eth1"), (own.Interface, kept.Interface));
        Assert.True(await _a.Attacher.DetachAsync(own.Port, Cancellation));
        Assert.True(await _a.Attacher.DetachAsync(kept.Port, Cancellation));
        Assert.False(await _a.Attacher.DetachAsync(kept.Port, Cancellation));
        Assert.False(_cluster.State.Ports.ContainsKey(own.Port));
        Assert.Equal(0u, _cluster.State.Ports[kept.Port].NodeNumber);
        Assert.Equal(["lo"], c1.Netlink.ListLinks().Select(link => link.Name));
        Assert.Empty(_a.Registry.Store.All);
    }

    [Fact]
    public async Task A_failed_attach_leaves_nothing()
    {
        var c1 = _topology.Container("c1");
        c1.Netlink.CreateLink(new BridgeSpec { Name = "net0" });
        var request = new AttachPortRequest { Network = "frontend", Netns = c1.Path, Interface = "net0" };
        await Assert.ThrowsAsync<AttachException>(() => _a.Attacher.AttachAsync(request, Cancellation));
        Assert.Empty(_cluster.State.Ports);
        Assert.Empty(_a.Registry.Store.All);
        Assert.Equal(["lo", "net0"], c1.Netlink.ListLinks().Select(link => link.Name));
    }

    [Fact]
    public async Task What_Docker_shall_move_waits_in_the_host()
    {
        var (c1, c2) = (_topology.Container("c1"), _topology.Container("c2"));
        var other = await _b.AttachAsync(c2, "frontend", "other");
        var port = _cluster.CreatePort(new() { Network = Id("default"), Name = "web", Owner = "docker" }, 1);
        var prepared = await _a.Attacher.PrepareEndpointAsync(port.Uid, "endpoint", Cancellation);
        var again = await _a.Attacher.PrepareEndpointAsync(port.Uid, "endpoint", Cancellation);
        Assert.Equal((prepared.Interface, prepared.HostInterface), (again.Interface, again.HostInterface));

        // What libnetwork does with it.
        var host = _hostA.Netlink;
        host.UpdateLink(prepared.Interface, new LinkUpdate { Namespace = c1.Ns });
        var link = c1.Netlink.GetLink(prepared.Interface);
        Assert.Equal((prepared.MacAddress, prepared.Mtu), (link.Mac!.Value, link.Mtu));
        c1.Netlink.UpdateLink(link.Index, new LinkUpdate { Name = "eth0" });
        foreach (var address in prepared.Addresses)
            c1.Netlink.SetAddress(new() { LinkIndex = link.Index, Address = address.Address, PrefixLength = address.PrefixLength, NoDuplicateDetection = true });
        c1.Netlink.SetUp(link.Index);
        await _cluster.AppliedAsync(Cancellation);
        Ping(c1, V4(other));

        _a.Attacher.RemoveEndpoint(port.Uid);
        Assert.Null(c1.Netlink.FindLink("eth0"));
        Assert.True(_cluster.State.Ports.ContainsKey(port.Uid));
    }

    [Fact]
    public async Task Fifty_at_once_all_attach()
    {
        var containers = Enumerable.Range(0, 50).Select(i => _topology.Container($"c{i}")).ToList();
        var attached = await Task.WhenAll(containers.Select(container => _a.AttachAsync(container, "frontend")));
        Assert.Equal(50, attached.Select(V4).Distinct().Count());
        Ping(containers[0], V4(attached[49]));
        Ping(containers[49], V6(attached[0]));
        TestContext.Current.SendDiagnosticMessage($"agent's part, 50 at once: {string.Join(' ', attached.Select(a => a.Timing!.Agent.ToString("F1")).Order())}");
    }
}
