using System.Net;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Server.Balancing;
using Weft.Server.Commits;

namespace Weft.Tests.Server.Balancing;

/// <summary>The port of a load balancer's proxy comes, moves and goes with what it is for.</summary>
public sealed class ProxyPortTests : IAsyncLifetime
{
    static readonly ResourceKey Web = ResourceKey.LoadBalancer("default", "web");
    static readonly ResourceKey Key = ResourceKey.Port("default", "lb-web");

    TestCluster test = null!;

    public async ValueTask InitializeAsync()
    {
        test = await TestCluster.StartAsync();
        await test.MadeNetwork("front", "10.1.0.0/24", "fd00:1::/64");
        await test.Made(new Node { Name = "n1", FabricAddress = IPAddress.Parse("192.0.2.1") });
        await test.Made(new Node { Name = "n2", FabricAddress = IPAddress.Parse("192.0.2.2") });
    }

    public ValueTask DisposeAsync() => test.DisposeAsync();

    Port? Current => test.Snapshot.Find<Port>(Key);

    static LoadBalancer Balancer(string protocol = "http") => new()
    {
        Name = "web",
        Network = "front",
        Listeners = [new() { Protocol = protocol, Ports = new(80, 80) }],
        Pools = [new()],
    };

    /// <summary>As the server does it, until there is nothing left to do.</summary>
    async Task SettleAsync()
    {
        for (var steps = ProxyPorts.Steps(test.Snapshot); steps.Count > 0; steps = ProxyPorts.Steps(test.Snapshot))
        {
            foreach (var step in steps)
                Assert.IsType<Outcome.Committed>(await test.Cluster.ApplyAsync(step, TestCluster.Token));
        }
    }

    async Task MoveAsync(string? from, string to)
    {
        await test.Cluster.ApplyAsync(new Write.PlaceLoadBalancer(test.Snapshot.Find<LoadBalancer>(Web)!.Uid, from, to), TestCluster.Token);
        await SettleAsync();
    }

    [Fact]
    public async Task It_is_made_once_with_addresses_of_its_own_and_follows_its_load_balancer()
    {
        var balancer = await test.Made(Balancer());
        await SettleAsync();
        var made = Current!;
        Assert.Equal(("load-balancer", null, "front"), (made.Owner, made.Node, made.Network));
        Assert.Equal(2, made.Addresses!.Count);
        Assert.Empty(made.Addresses.Intersect(balancer.Addresses!));

        await MoveAsync(null, "n1");
        Assert.Equal("n1", Current!.Node);
        await MoveAsync("n1", "n2");
        Assert.Equal(("n2", made.Uid), (Current!.Node!, Current.Uid));
        Assert.Equal(made.Addresses, Current.Addresses!);
    }

    [Fact]
    public async Task It_goes_with_the_last_http_listener()
    {
        await test.Made(Balancer());
        await SettleAsync();
        Assert.IsType<Outcome.Committed>(await test.Put(Balancer("tcp")));
        await SettleAsync();

        Assert.Null(Current);
    }

    [Fact]
    public async Task It_goes_with_its_load_balancer_and_is_in_nobodys_way()
    {
        await test.Made(Balancer());
        await SettleAsync();

        Assert.Contains("is the one of load balancer web", Assert.IsType<Outcome.InUse>(await test.Delete(Key)).Message, StringComparison.Ordinal);
        Assert.IsType<Outcome.Committed>(await test.Delete(Web));
        Assert.Null(Current);
        Assert.IsType<Outcome.Committed>(await test.Delete(ResourceKey.Network("default", "front")));
    }

    [Fact]
    public async Task A_port_of_its_name_that_is_somebody_elses_is_told()
    {
        await test.Made(new Port { Name = "lb-web", Network = "front" });

        var conflict = Assert.IsType<Outcome.Conflict>(await test.Put(Balancer()));
        Assert.Contains("port lb-web is somebody else's", Assert.Single(conflict.Faults).Message, StringComparison.Ordinal);
        await test.Made(Balancer("tcp"));
    }
}
