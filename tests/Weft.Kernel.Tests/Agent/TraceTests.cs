using System.Net;
using Weft.Model.Local;
using Weft.Protocol.Mapping;
using Weft.Protocol.V1;

namespace Weft.Kernel.Tests.Agent;

/// <summary>Traces between containers of two agents: real frames, the real vrouter, the real fabric.</summary>
public sealed class TraceTests : IAsyncLifetime
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    readonly Topology _topology = new();
    readonly TestCluster _cluster = new();
    TestAgent _a = null!;
    TestAgent _b = null!;

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _a = _cluster.Agent(_topology, _topology.Node("a"));
        _b = _cluster.Agent(_topology, _topology.Node("b"));
        _a.Start();
        _b.Start();
        _cluster.Network("frontend", 100, ["10.1.0.0/24", "fd00:1::/64"]);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        _topology.Dispose();
    }

    [Theory]
    [InlineData(0, 6u)]
    [InlineData(1, 6u)]
    [InlineData(0, 17u)]
    [InlineData(0, 1u)]
    [InlineData(1, 58u)]
    public async Task A_trace_crosses_the_fabric_and_both_nodes_tell_of_it(int family, uint protocol)
    {
        var (one, three) = (
            await _a.AttachAsync(_topology.Container("c1"), "frontend", "one"), await _b.AttachAsync(_topology.Container("c3"), "frontend", "three"));

        Ask(_a, one, three.Addresses[family].Address, id: 77, protocol, family);

        var (sent, arrived) = (await ToldAsync(_a), await ToldAsync(_b));
        Assert.Equal(
            (77u, "from-port", "remote", "", _b.Options.NodeName, "default/frontend"),
            (sent.Id, sent.Hook, sent.Action, sent.DropReason, sent.NextNode, sent.Network));
        Assert.Equal((77u, "from-overlay", "local", "default/three"), (arrived.Id, arrived.Hook, arrived.Action, arrived.Port));
        Assert.Equal(0, (await _a.Runtime.Opened).CountFlows().Entries + (await _b.Runtime.Opened).CountFlows().Entries);
    }

    [Fact]
    public async Task On_one_node_one_hop_tells_where_it_would_end()
    {
        var one = await _a.AttachAsync(_topology.Container("c1"), "frontend", "one");
        var two = await _a.AttachAsync(_topology.Container("c2"), "frontend", "two");

        Ask(_a, one, two.Addresses[0].Address, id: 1);

        Assert.Equal(("local", "default/two"), (await ToldAsync(_a)) is var told ? (told.Action, told.Port) : default);
    }

    [Fact]
    public async Task Where_nobody_is_there_is_no_route()
    {
        var one = await _a.AttachAsync(_topology.Container("c1"), "frontend", "one");

        Ask(_a, one, IPAddress.Parse("10.1.0.200"), id: 2);

        Assert.Equal(("drop", "no-route"), (await ToldAsync(_a)) is var told ? (told.Action, told.DropReason) : default);
    }

    [Fact]
    public async Task What_a_security_group_denies_is_told_by_the_node_of_the_receiver_too()
    {
        var one = await _a.AttachAsync(_topology.Container("c1"), "frontend", "one");
        var three = await _b.AttachAsync(_topology.Container("c3"), "frontend", "three");
        _cluster.ChangePort(three.Port, port => port with { Groups = [Guid.NewGuid()] });
        await _cluster.AppliedAsync(Cancellation);

        Ask(_a, one, three.Addresses[0].Address, id: 3);

        Assert.Equal(("drop", "group-denied"), (await ToldAsync(_a)) is var told ? (told.Action, told.DropReason) : default);
    }

    [Fact]
    public async Task A_port_that_is_not_here_cannot_be_sent_from()
    {
        var three = await _b.AttachAsync(_topology.Container("c3"), "frontend", "three");

        Ask(_a, three, three.Addresses[0].Address, id: 4);

        Assert.Equal((4u, "the port is not attached on this node"), (await ToldAsync(_a)) is var told ? (told.Id, told.Fault) : default);
    }

    static void Ask(TestAgent agent, Attachment from, IPAddress to, uint id, uint protocol = 6, int family = 0) =>
        Assert.True(agent.Runtime.Traces.Requests.Writer.TryWrite(new()
        {
            Id = id,
            PortUid = WireBytes.Of(from.Port),
            Source = WireBytes.Of(from.Addresses[family].Address),
            Destination = WireBytes.Of(to),
            Protocol = protocol,
            DestinationPort = protocol is 6 or 17 ? 22u : 0,
            IcmpType = protocol switch { 1 => 8, 58 => 128, _ => 0u },
        }));

    static async Task<TraceReport> ToldAsync(TestAgent agent) =>
        await agent.Runtime.Traces.Reports.Reader.ReadAsync(Cancellation).AsTask().WaitAsync(Limit, Cancellation);
}
