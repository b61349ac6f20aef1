using System.Security.Cryptography;
using System.Threading.Channels;
using Weft.Protocol.V1;

namespace Weft.Server.Sync;

/// <summary>Brings those who want a packet traced and the nodes' streams together.</summary>
public sealed class TraceBoard
{
    /// <summary>A packet is at two nodes at most; more reports are somebody's mistake.</summary>
    const int MostReports = 16;

    readonly Lock _lock = new();
    readonly Dictionary<string, Action<TraceRequest>> _nodes = [];
    readonly Dictionary<uint, Channel<TraceAnswer>> _runs = [];

    /// <summary>A node's stream has begun; an earlier one's end changes nothing any more.</summary>
    /// <param name="send">Puts the request into the stream; never waits.</param>
    internal IDisposable Connect(string node, Action<TraceRequest> send)
    {
        lock (_lock)
            _nodes[node] = send;
        return new Undo(() =>
        {
            lock (_lock)
            {
                if (_nodes.TryGetValue(node, out var current) && current == send)
                    _nodes.Remove(node);
            }
        });
    }

    /// <summary>Asks a node for a trace.</summary>
    /// <returns>Null: the node has no stream.</returns>
    internal TraceRun? Begin(string node, TraceRequest request)
    {
        var answers = Channel.CreateBounded<TraceAnswer>(
            new BoundedChannelOptions(MostReports) { FullMode = BoundedChannelFullMode.DropWrite });
        Action<TraceRequest>? send;
        lock (_lock)
        {
            if (!_nodes.TryGetValue(node, out send))
                return null;
            do
                request.Id = BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(sizeof(uint)));
            while (request.Id == 0 || !_runs.TryAdd(request.Id, answers));
        }
        send(request);
        return new(answers.Reader, () =>
        {
            lock (_lock)
                _runs.Remove(request.Id);
        });
    }

    /// <summary>A node tells of a trace; of one that nobody waits for any more it is forgotten.</summary>
    internal void Report(string node, TraceReport report)
    {
        lock (_lock)
            _runs.GetValueOrDefault(report.Id)?.Writer.TryWrite(new(node, report));
    }

    sealed class Undo(Action action) : IDisposable
    {
        public void Dispose() => action();
    }
}

/// <summary>What a node told of a trace.</summary>
sealed record TraceAnswer(string Node, TraceReport Report);

/// <summary>A trace that is under way, until disposed.</summary>
sealed class TraceRun(ChannelReader<TraceAnswer> answers, Action end) : IDisposable
{
    internal ChannelReader<TraceAnswer> Answers => answers;

    public void Dispose() => end();
}
