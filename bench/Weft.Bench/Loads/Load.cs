namespace Weft.Bench.Loads;

/// <summary>One kind of traffic and the figure it yields.</summary>
abstract class Load(string name, string unit, bool higherIsBetter = true)
{
    /// <summary>All ports that loads use: what is published, forwarded or balanced is said by them.</summary>
    public static readonly int[] Ports = [5201, 5208, 5300, 5400];

    public string Name => name;

    public string Unit => unit;

    public bool HigherIsBetter => higherIsBetter;

    /// <summary>Starts what must run at the server's end; disposed after the whole run.</summary>
    public abstract IDisposable Serve(Setups.Ends ends);

    /// <summary>One measurement.</summary>
    public abstract double Measure(Setups.Ends ends, int seconds);

    protected static string In(string netns, string command) => $"nsenter --net={netns} {command}";
}

sealed class Served(System.Diagnostics.Process process, string? folder = null) : IDisposable
{
    public void Dispose()
    {
        process.Kill(entireProcessTree: true);
        process.WaitForExit(5000);
        process.Dispose();
        if (folder is not null)
            Directory.Delete(folder, recursive: true);
    }
}
