namespace Weft.Agent.Sync;

/// <summary>Files that only their owner may read, written whole or not at all.</summary>
static class AtomicFile
{
    /// <exception cref="IOException">The directory cannot be written, or is full.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        var temporary = path + ".new";
        File.Delete(temporary);
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            BufferSize = 1 << 16,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        using (var stream = new FileStream(temporary, options))
        {
            write(stream);
            stream.Flush(flushToDisk: true);
        }
        File.Move(temporary, path, overwrite: true);
    }
}
