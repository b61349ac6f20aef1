using System.Runtime.CompilerServices;

namespace Weft.Tests.Repository;

static class RepositoryRoot
{
    public static string Path { get; } = Find();

    static string Find([CallerFilePath] string file = "")
    {
        for (var folder = new FileInfo(file).Directory; folder is not null; folder = folder.Parent)
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Weft.slnx")))
                return folder.FullName;
        // Deterministic builds map source paths; the test then runs from inside the tree.
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Weft.slnx")))
                return folder.FullName;
        throw new DirectoryNotFoundException("Weft.slnx was not found above the tests");
    }
}
