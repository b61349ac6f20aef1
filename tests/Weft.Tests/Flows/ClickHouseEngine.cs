using System.Diagnostics;
using System.Text;
using System.Text.Json;
using ClickHouse.Driver;

namespace Weft.Tests.Flows;

/// <summary>
/// ClickHouse as a process of its own over a folder of its own: <c>Weft.ClickHouseServer</c>. Ends with this process, however
/// this one ends. As a fixture of <see cref="ClickHouseCollection"/> one serves many tests, each with its own database.
/// </summary>
public sealed class ClickHouseEngine : IAsyncLifetime
{
    const string FolderPrefix = "weft-clickhouse-";

    static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    readonly string folder = Directory.CreateTempSubdirectory($"{FolderPrefix}{Environment.ProcessId}-").FullName;
    readonly StringBuilder complaints = new();
    Process? process;

    /// <summary>The address of its HTTP interface; stays the same when it starts again.</summary>
    public Uri Url { get; private set; } = new("http://127.0.0.1:0");

    /// <summary>Environment variables beside those of the tests.</summary>
    public Dictionary<string, string> Variables { get; } = [];

    public Process Process => process ?? throw new InvalidOperationException("the engine was not started");

    public ValueTask InitializeAsync()
    {
        DeleteFoldersOfTheDead();
        return new(StartAsync());
    }

    /// <summary>Starts the engine over what is in its folder.</summary>
    public async Task StartAsync()
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Weft.ClickHouseServer"))
        {
            ArgumentList = { "--data", folder, "--port", $"{Url.Port}", "--until-stdin-closes" },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in Variables)
            start.Environment[name] = value;
        process = Process.Start(start)!;
        process.ErrorDataReceived += (_, line) =>
        {
            lock (complaints)
                complaints.AppendLine(line.Data);
        };
        process.BeginErrorReadLine();
        using var deadline = new CancellationTokenSource(StartLimit);
        if (await process.StandardOutput.ReadLineAsync(deadline.Token) is not { } ready)
        {
            await process.WaitForExitAsync(deadline.Token);
            lock (complaints)
                throw new IOException($"ClickHouse did not start: {complaints}");
        }
        using var words = JsonDocument.Parse(ready);
        Url = new(words.RootElement.GetProperty("url").GetString()!);
    }

    /// <summary>A client of ClickHouse.Driver.</summary>
    public ClickHouseClient Connect(string database = "default") =>
        new($"Host={Url.Host};Port={Url.Port};Username=default;Database={database}");

    /// <summary>A client in a new and empty database.</summary>
    public async Task<ClickHouseClient> ConnectToNewDatabaseAsync(CancellationToken cancellationToken)
    {
        var name = $"test_{Guid.NewGuid():N}";
        using var client = Connect();
        await client.ExecuteNonQueryAsync($"CREATE DATABASE {name}", cancellationToken: cancellationToken);
        return Connect(name);
    }

    /// <summary>As <c>kill -9</c>: the engine runs no further instruction.</summary>
    public void Kill()
    {
        Process.Kill();
        Process.WaitForExit();
        Process.Dispose();
        process = null;
    }

    public async Task RestartAsync()
    {
        Kill();
        await StartAsync();
    }

    public ValueTask DisposeAsync()
    {
        if (process is not null)
            Kill();
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    // A killed test process cannot delete its folder; the next one does.
    static void DeleteFoldersOfTheDead()
    {
        foreach (var left in Directory.EnumerateDirectories(Path.GetTempPath(), FolderPrefix + "*"))
            if (int.TryParse(Path.GetFileName(left)[FolderPrefix.Length..].Split('-')[0], out var owner) && !Directory.Exists($"/proc/{owner}"))
                Directory.Delete(left, recursive: true);
    }
}

/// <summary>The tests that share one engine; they run one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class ClickHouseCollection : ICollectionFixture<ClickHouseEngine>
{
    public const string Name = "ClickHouse";
}
