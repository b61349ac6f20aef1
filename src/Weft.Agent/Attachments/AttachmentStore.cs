using System.Collections.Immutable;
using System.Text.Json;

namespace Weft.Agent.Attachments;

/// <summary>The attachments of this node, in memory and one file each on disk.</summary>
/// <remarks>
/// A record is on disk before anything of it is in the kernel, whole or not at all (written beside and renamed),
/// so <c>kill -9</c> leaves nothing that nobody knows of. No flush to the medium: when the machine loses power
/// the interfaces are gone too, and a record without an interface is dropped.
/// </remarks>
sealed class AttachmentStore
{
    const string Extension = ".json";

    readonly string _directory;
    ImmutableDictionary<Guid, PortAttachment> _all;

    /// <exception cref="IOException">The directory can neither be read nor made.</exception>
    internal AttachmentStore(string stateDirectory)
    {
        _directory = Path.Combine(stateDirectory, "attachments");
        Directory.CreateDirectory(_directory);
        _all = Directory.EnumerateFiles(_directory, "*" + Extension)
            .Select(Read)
            .OfType<PortAttachment>()
            .ToImmutableDictionary(attachment => attachment.Port);
    }

    internal ImmutableDictionary<Guid, PortAttachment> All => Volatile.Read(ref _all);

    internal void Put(PortAttachment attachment)
    {
        var file = FileOf(attachment.Port);
        var beside = file + ".new";
        File.WriteAllBytes(beside, JsonSerializer.SerializeToUtf8Bytes(attachment, AttachmentJson.Default.PortAttachment));
        File.Move(beside, file, overwrite: true);
        ImmutableInterlocked.AddOrUpdate(ref _all, attachment.Port, attachment, (_, _) => attachment);
    }

    internal void Remove(Guid port)
    {
        File.Delete(FileOf(port));
        ImmutableInterlocked.TryRemove(ref _all, port, out _);
    }

    string FileOf(Guid port) => Path.Combine(_directory, port.ToString("D") + Extension);

    static PortAttachment? Read(string file)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(file), AttachmentJson.Default.PortAttachment);
        }
        catch (JsonException)
        {
            return null; // its interface, if there is one, is found again by its alias
        }
    }
}
