using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Weft.Linux;

namespace Weft.Agent.Fabric;

/// <summary>Asks peers on the fabric whether they are there, all the time, and tells when one falls silent or comes back.</summary>
/// <remarks>
/// The peer's kernel answers, not its agent: an agent that is down while its vrouter forwards makes no node dead. One task
/// does it all; whatever waits to be read is read before anybody is judged, so a stall of this process is nobody's silence.
/// </remarks>
/// <param name="ns">Of the host.</param>
/// <param name="identifier">Of echoes: none that containers' pings are translated to.</param>
/// <param name="changed">Rung when <see cref="Sights"/> are others.</param>
sealed partial class PeerWatcher(NetNs ns, ushort identifier, Action changed, TimeProvider time, ILogger logger)
{
    static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(20);
    static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(100);

    /// <summary>After the socket could not be opened.</summary>
    static readonly TimeSpan OpenPause = TimeSpan.FromSeconds(5);

    readonly Lock _lock = new();
    readonly FabricWatch _watch = new();
    readonly EchoMessage _message = new(RandomNumberGenerator.GetBytes(32), identifier);
    readonly long _start = time.GetTimestamp();
    readonly Channel<bool> _wanted = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    Dictionary<IPAddress, uint> _numbers = [];
    IPAddress? _own;
    PeerSights _sights = PeerSights.None;

    /// <summary>As of now; may be read by any thread.</summary>
    internal PeerSights Sights => Volatile.Read(ref _sights);

    TimeSpan Now => time.GetElapsedTime(_start);

    /// <summary>These are watched from now on, and no others.</summary>
    /// <param name="own">Fabric address of this node.</param>
    /// <param name="peers">Number by fabric address.</param>
    /// <param name="witness">Somebody else on the fabric, no node; null: nobody.</param>
    internal void Follow(IPAddress own, Dictionary<IPAddress, uint> peers, IPAddress? witness)
    {
        lock (_lock)
        {
            _own = own;
            _numbers = peers;
            var targets = peers.Keys.ToHashSet();
            if (witness is not null && targets.Count > 0 && witness.AddressFamily == own.AddressFamily && !witness.Equals(own))
                targets.Add(witness);
            _watch.Follow(targets, Now, Random.Shared.NextDouble);
            Look_NeedsLock();
            if (targets.Count > 0)
                _wanted.Writer.TryWrite(true);
        }
    }

    /// <summary>Works until cancelled; idle while nobody is watched.</summary>
    internal async Task RunAsync(CancellationToken cancellation)
    {
        EchoSocket? socket = null;
        IPAddress? bound = null;
        try
        {
            while (true)
            {
                var (own, next) = State();
                if (own is null || next is null)
                {
                    await _wanted.Reader.ReadAsync(cancellation).ConfigureAwait(false);
                    continue;
                }
                if (!own.Equals(bound))
                {
                    socket?.Dispose();
                    (socket, bound) = (TryOpen(own), own);
                }
                if (socket is null)
                {
                    bound = null;
                    await Task.Delay(OpenPause, time, cancellation).ConfigureAwait(false);
                    continue;
                }
                if (Step(socket))
                    changed();
                await Task.Delay(PauseUntil(State().Next), time, cancellation).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The agent stops; what was found goes with it.
        }
        finally
        {
            socket?.Dispose();
        }
    }

    (IPAddress? Own, TimeSpan? Next) State()
    {
        lock (_lock)
            return (_own, _watch.Next);
    }

    TimeSpan PauseUntil(TimeSpan? next)
    {
        var pause = (next ?? TimeSpan.Zero) - Now;
        return pause < ShortestPause ? ShortestPause : pause > LongestPause ? LongestPause : pause;
    }

    /// <returns>Whether the sights are others.</returns>
    bool Step(EchoSocket socket)
    {
        lock (_lock)
        {
            var isNews = false;
            while (socket.Take() is { } answer)
                isNews |= _watch.Answer(answer.From, answer.Asked);
            isNews |= _watch.Judge(Now) || _watch.IsAlone(Now) != _sights.IsAlone;
            foreach (var address in _watch.Ask(Now))
                socket.Ask(address, Now);
            return isNews && Look_NeedsLock();
        }
    }

    /// <returns>Whether they are others.</returns>
    bool Look_NeedsLock()
    {
        var now = (Wall: time.GetUtcNow(), Own: Now);
        var silent = ImmutableSortedDictionary.CreateBuilder<uint, DateTimeOffset>();
        foreach (var (address, since) in _watch.Silent)
            if (_numbers.TryGetValue(address, out var number))
                silent[number] = _sights.Silent.TryGetValue(number, out var known) ? known : now.Wall - (now.Own - since);
        var (answering, unheard, isAlone) = (Numbers(_watch.Answering), Numbers(_watch.Unheard), _watch.IsAlone(now.Own));
        var before = _sights;
        if (answering.SetEquals(before.Answering) && unheard.SetEquals(before.Unheard) && silent.Keys.SequenceEqual(before.Silent.Keys)
            && isAlone == before.IsAlone)
            return false;
        Tell(before.Silent.Keys.ToHashSet(), silent.Keys.ToHashSet());
        Volatile.Write(ref _sights, new(answering, silent.ToImmutable(), unheard) { IsAlone = isAlone });
        return true;
    }

    ImmutableSortedSet<uint> Numbers(IEnumerable<IPAddress> addresses) =>
        [.. addresses.Where(_numbers.ContainsKey).Select(address => _numbers[address])];

    void Tell(HashSet<uint> before, HashSet<uint> now)
    {
        foreach (var number in now.Except(before))
            LogSilent(number, AddressOf(number));
        foreach (var number in before.Except(now).Where(_numbers.ContainsValue))
            LogBack(number, AddressOf(number));
    }

    IPAddress AddressOf(uint number) => _numbers.First(peer => peer.Value == number).Key;

    EchoSocket? TryOpen(IPAddress own)
    {
        try
        {
            return EchoSocket.Open(ns, own, _message);
        }
        catch (Exception failure) when (failure is IOException or SocketException)
        {
            LogNotOpened(failure.Message);
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Node {Number} does not answer on the fabric, at {Address}: its members get no new connections")]
    partial void LogSilent(uint number, IPAddress address);

    [LoggerMessage(Level = LogLevel.Information, Message = "Node {Number} answers on the fabric again, at {Address}")]
    partial void LogBack(uint number, IPAddress address);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Peers are not watched on the fabric: {Reason}")]
    partial void LogNotOpened(string reason);
}
