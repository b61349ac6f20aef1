using System.Text;
using Google.Protobuf;
using Weft.Model.State;
using Weft.Protocol.Mapping;
using Weft.Protocol.V1;

namespace Weft.Agent.Sync;

/// <summary>The last complete state of the node on disk: an agent without its server goes on with it.</summary>
/// <remarks>
/// A header line names the format, its version, the cluster and the node; then follow the same messages
/// as on the stream, each after its length. The last says in_sync: a file without it was cut off.
/// </remarks>
public sealed class StateFile(string directory)
{
    const string Format = "weft-node-state 1";
    const int RecordsPerMessage = 500;

    readonly string _path = Path.Combine(directory, "state.bin");

    /// <exception cref="IOException">The directory cannot be written, or is full.</exception>
    public void Save(NodeState state, NodeCredentials owner)
    {
        var full = new NodeDelta(
            state.Revision, [.. state.Networks.Values], [.. state.Ports.Values], [.. state.Peers.Values], [], [], [])
        {
            RuleSets = [.. state.RuleSets.Values],
            Rules = [.. state.Rules.Values],
            Externals = [.. state.Externals.Values],
            Floatings = [.. state.Floatings.Values],
            Balancers = [.. state.Balancers.Values],
            Health = [.. state.Health.Values],
        };
        AtomicFile.Write(_path, stream =>
        {
            stream.Write(Header(owner));
            foreach (var update in NodeUpdates.Split(full, RecordsPerMessage))
                update.WriteDelimitedTo(stream);
        });
    }

    /// <returns>Null when there is none of this format and node, or it is damaged: then only the server knows.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    public NodeState? Load(NodeCredentials owner)
    {
        if (!File.Exists(_path))
            return null;
        using var stream = new BufferedStream(File.OpenRead(_path), 1 << 16);
        var header = Header(owner);
        var found = new byte[header.Length];
        if (stream.ReadAtLeast(found, found.Length, throwOnEndOfStream: false) < found.Length || !header.AsSpan().SequenceEqual(found))
            return null;
        try
        {
            for (var state = NodeState.Empty; ;)
            {
                var update = NodeUpdate.Parser.ParseDelimitedFrom(stream);
                state = state.With(NodeUpdates.ToDelta(update));
                if (update.InSync)
                    return state;
            }
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or MalformedRecordException)
        {
            return null;
        }
    }

    static byte[] Header(NodeCredentials owner) =>
        Encoding.ASCII.GetBytes($"{Format} {owner.Fingerprint} {owner.NodeNumber}\n");
}
