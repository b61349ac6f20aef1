using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Server.Commits;
using Weft.Store.Sqlite;

namespace Weft.Tests.Server;

/// <summary>A cluster on a real store in a folder of its own.</summary>
sealed class TestCluster : IAsyncDisposable
{
    readonly TemporaryFolder folder = new();
    SqliteStore store;

    TestCluster()
    {
        store = SqliteStore.Open(new() { Path = folder["weft.db"] });
        Cluster = new(store, new(), TimeProvider.System, NullLogger<Cluster>.Instance);
    }

    public Cluster Cluster { get; private set; }

    public SqliteStore Store => store;

    public Snapshot Snapshot => Cluster.Current;

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<TestCluster> StartAsync()
    {
        var test = new TestCluster();
        try
        {
            await test.Cluster.StartAsync(Token);
            return test;
        }
        catch
        {
            await test.DisposeAsync();
            throw;
        }
    }

    public async Task RestartAsync()
    {
        await Cluster.DisposeAsync();
        await store.DisposeAsync();
        store = SqliteStore.Open(new() { Path = folder["weft.db"] });
        Cluster = new(store, new(), TimeProvider.System, NullLogger<Cluster>.Instance);
        await Cluster.StartAsync(Token);
    }

    public Task<Outcome> Put(Resource document, PutMode mode = PutMode.CreateOrReplace) =>
        Cluster.ApplyAsync(new Write.Put(document) { Mode = mode }, Token);

    public Task<Outcome> Delete(ResourceKey key) => Cluster.ApplyAsync(new Write.Delete(key), Token);

    public async Task<T> Made<T>(T document) where T : Resource
    {
        var outcome = await Put(document, PutMode.Create);
        Assert.True(outcome is Outcome.Committed, outcome.Describe());
        return (T)((Outcome.Committed)outcome).Resource;
    }

    public Task<Network> MadeNetwork(string name, params string[] prefixes) => Made(new Network
    {
        Name = name,
        Subnets = [.. prefixes.Select(prefix => new Subnet { Prefix = IPNetwork.Parse(prefix) })],
    });

    public Task<Node> MadeNode(string name, string address) =>
        Made(new Node { Name = name, FabricAddress = IPAddress.Parse(address), FabricMtu = 1500 });

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        await store.DisposeAsync();
        folder.Dispose();
    }
}
