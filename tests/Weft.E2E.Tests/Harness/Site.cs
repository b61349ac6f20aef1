using System.Globalization;

namespace Weft.E2E.Tests.Harness;

/// <summary>Three hosts on this machine with Docker and Weft: the server on the first, an agent on each.</summary>
public class Site : IAsyncLifetime
{
    internal const string Image = "tools:1";
    const string Server = "172.30.0.1:7440";
    static int s_sites;

    string Folder => Path.Combine(Environment.GetEnvironmentVariable("WEFT_HOSTS") ?? "/var/tmp/weft-hosts", _name);

    // A name of its own for each site of each run; letters only, as a number follows.
    readonly string _name = "e" + Letters(Environment.ProcessId) + Letters(Interlocked.Increment(ref s_sites));

    internal List<TestHost> Hosts { get; } = [];

    internal TestHost First => Hosts[0];

    internal TestHost Second => Hosts[1];

    internal TestHost Third => Hosts[2];

    internal string Name => _name;

    /// <summary>What a kind of site has besides.</summary>
    protected virtual Task PrepareAsync() => Task.CompletedTask;

    /// <summary>Of the hosts.</summary>
    protected virtual string Resolver => "172.30.0.254";

    public async ValueTask InitializeAsync()
    {
        (await Shell.RunAsync([Repository.Hosts, "sweep"])).Checked();
        try
        {
            await UpAsync();
        }
        catch (Exception exception)
        {
            var logs = await LogsAsync();
            await DisposeAsync();
            throw new InvalidOperationException($"{exception.Message}\n{logs}", exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        (await Shell.RunAsync([Repository.Hosts, "down", _name])).Checked();
    }

    internal Task StartServerAsync() => First.StartDaemonAsync("server", "server", "--listen", Server);

    /// <summary>Joins when it has not.</summary>
    internal static Task StartAgentAsync(TestHost host, string? token = null) => host.StartDaemonAsync(
        "agent", token is null ? ["agent", "--server", $"https://{Server}"] : ["agent", "--server", $"https://{Server}", "--token", token]);

    internal Task WaitForServerAsync() => Shell.EventuallyAsync(
        "the server's answer", async () => (await First.TryAsync("weft", "node", "list")).Succeeded);

    /// <summary>It has its state from the server, and Docker can ask it.</summary>
    internal static async Task WaitForAgentAsync(TestHost host)
    {
        foreach (var sign in (string[])["has confirmed revision", "connected to Docker"])
            await Shell.EventuallyAsync($"{host.Name}: {sign}", () => host.HasSaidAsync("agent", sign));
    }

    /// <summary>A network of Weft, known to every Docker.</summary>
    /// <returns>Its name in Docker.</returns>
    internal async Task<string> CreateNetworkAsync(string name, string project, params string[] subnets)
    {
        await First.WeftAsync(["network", "create", name, "--project", project, .. subnets.SelectMany(subnet => new[] { "--subnet", subnet })]);
        var inDocker = project == "default" ? name : $"{project}.{name}";
        foreach (var host in Hosts)
            await host.WaitForNetworkAsync(inDocker);
        return inDocker;
    }

    /// <summary>What the daemons said last, for a test that failed.</summary>
    internal async Task<string> LogsAsync()
    {
        var logs = new List<string>();
        foreach (var host in Hosts)
            logs.Add($"-- {host.Name}\n{await host.LogAsync("server")}{await host.LogAsync("agent")}");
        return string.Join('\n', logs);
    }

    async Task UpAsync()
    {
        var owner = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        (await Shell.RunAsync([Repository.Hosts, "up", _name, "3", "--owner", owner, "--dns", Resolver])).Checked();
        var image = Path.Combine(Folder, "tools.tar"); // goes with the site
        (await Shell.RunAsync([Path.Combine(Repository.Root, "eng", "image.sh"), image, "iperf3", "socat", "ping", "getent", "perl"])).Checked();
        for (var number = 1; number <= 3; number++)
        {
            var host = new TestHost($"{_name}{number}", number);
            Hosts.Add(host);
            (await Shell.RunAsync([Repository.Hosts, "load", host.Name, Image, image])).Checked();
        }
        await StartServerAsync();
        await WaitForServerAsync();
        foreach (var host in Hosts)
            await StartAgentAsync(host, await First.WeftAsync("token", "create", host.Name, "--role", "join"));
        foreach (var host in Hosts)
            await WaitForAgentAsync(host);
        await PrepareAsync();
    }

    static string Letters(int number)
    {
        var text = "";
        for (; number > 0; number /= 26)
            text += (char)('a' + number % 26);
        return text;
    }
}
