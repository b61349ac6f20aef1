using System.Globalization;

namespace Weft.Agent.Flows;

/// <summary>Names of the spool's files: numbers, so that their order is that of the batches.</summary>
sealed class SpoolFolder(string path)
{
    internal const string Suffix = ".flows";
    internal const string Unfinished = ".new";

    internal string Path => path;

    internal string LossesPath => System.IO.Path.Combine(path, "losses");

    internal string FileOf(ulong number) => System.IO.Path.Combine(path, number.ToString("D20", CultureInfo.InvariantCulture) + Suffix);

    /// <summary>Batches by number; removes what was never finished.</summary>
    internal IReadOnlyList<(ulong Number, string File)> Files()
    {
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var unfinished in Directory.EnumerateFiles(path, "*" + Unfinished))
            SpoolFile.Try(() => File.Delete(unfinished));
        return
        [
            .. Directory.EnumerateFiles(path, "*" + Suffix)
                .Select(file => (IsNumber: ulong.TryParse(
                    System.IO.Path.GetFileNameWithoutExtension(file), NumberStyles.None, CultureInfo.InvariantCulture, out var number), number, file))
                .Where(found => found.IsNumber)
                .Select(found => (found.number, found.file))
                .OrderBy(found => found.number),
        ];
    }
}
