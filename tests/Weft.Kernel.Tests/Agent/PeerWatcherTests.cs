using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Weft.Agent.Fabric;

namespace Weft.Kernel.Tests.Agent;

/// <summary>Echoes on a real link, of both families: the peers' kernels answer.</summary>
public sealed class PeerWatcherTests : IAsyncLifetime
{
    readonly Topology _topology = new();
    readonly TestNode[] _nodes;
    readonly CancellationTokenSource _stop = new();
    readonly PeerWatcher _watcher;
    Task _running = Task.CompletedTask;
    int _changes;

    public PeerWatcherTests()
    {
        _nodes = [.. Enumerable.Range(1, 3).Select(number => _topology.Node($"n{number}"))];
        _watcher = new(_nodes[0].Host.Ns, 4711, () => Interlocked.Increment(ref _changes), TimeProvider.System, NullLogger.Instance);
    }

    public ValueTask InitializeAsync()
    {
        _running = _watcher.RunAsync(_stop.Token);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        _topology.Dispose();
    }

    void Follow(AddressFamily family, params int[] nodes) => _watcher.Follow(
        AddressOf(_nodes[0], family), nodes.ToDictionary(node => AddressOf(_nodes[node - 1], family), node => (uint)node), witness: null);

    static IPAddress AddressOf(TestNode node, AddressFamily family) =>
        family == AddressFamily.InterNetwork ? node.IPv4 : node.IPv6;

    void Seen(string answering, string silent, string unheard = "") => Eventually.True(() => _watcher.Sights is var sights
        && (string.Join(' ', sights.Answering), string.Join(' ', sights.Silent.Keys), string.Join(' ', sights.Unheard)) == (answering, silent, unheard));

    [Theory]
    [InlineData(AddressFamily.InterNetwork)]
    [InlineData(AddressFamily.InterNetworkV6)]
    public void Who_is_cut_off_is_silent_until_it_is_back(AddressFamily family)
    {
        Follow(family, 2, 3);
        Seen("2 3", "");
        for (var i = 0; i < 2; i++)
        {
            _nodes[2].Unplug();
            var before = TimeProvider.System.GetUtcNow();
            Seen("2", "3");
            Assert.InRange(_watcher.Sights.Silent[3], before.AddSeconds(-1), TimeProvider.System.GetUtcNow());
            _nodes[2].Replug();
            Seen("2 3", "");
        }
        Assert.True(_changes >= 5);
    }

    [Fact]
    public async Task Nobody_is_silent_when_the_own_link_is_down()
    {
        Follow(AddressFamily.InterNetwork, 2, 3);
        Seen("2 3", "");
        _nodes[0].Unplug();
        await Task.Delay(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken); // that nothing happens can only be waited for
        Assert.Empty(_watcher.Sights.Silent);
        _nodes[0].Replug();
        _nodes[2].Unplug();
        Seen("2", "3");
    }

    [Fact]
    public void Who_has_never_answered_is_said_so_and_not_judged()
    {
        _nodes[2].Unplug();
        Follow(AddressFamily.InterNetwork, 2, 3);
        Seen("2", "", "3");
        _nodes[2].Replug();
        Seen("2 3", "");
    }

    [Fact]
    public void Who_is_followed_no_more_is_asked_no_more()
    {
        Follow(AddressFamily.InterNetwork, 2, 3);
        Seen("2 3", "");
        Follow(AddressFamily.InterNetwork, 2);
        Seen("2", "");
        Follow(AddressFamily.InterNetwork);
        Seen("", "");
    }
}
