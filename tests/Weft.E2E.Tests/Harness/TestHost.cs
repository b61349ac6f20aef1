using System.Globalization;

namespace Weft.E2E.Tests.Harness;

/// <summary>One host: a network namespace with its own dockerd and daemons of Weft.</summary>
sealed class TestHost(string name, int number)
{
    // The inner shell becomes the daemon, so its number is the daemon's.
    const string StartScript =
        """
        name=$1; shift
        echo "== start" >> "/run/$name.log"
        setsid sh -c 'echo $$ > "$0.pid"; exec "$@"' "/run/$name" "$@" >> "/run/$name.log" 2>&1 < /dev/null &
        """;

    internal string Name { get; } = name;

    internal int Number { get; } = number;

    /// <summary>On the fabric.</summary>
    internal string Address => string.Create(CultureInfo.InvariantCulture, $"172.30.0.{Number}");

    /// <summary>As if typed there.</summary>
    internal Task<Outcome> TryAsync(params string[] command) => Shell.RunAsync([Repository.Hosts, "exec", Name, .. command]);

    internal async Task<string> RunAsync(params string[] command) => (await TryAsync(command)).Checked().Text;

    internal Task<string> DockerAsync(params string[] arguments) => RunAsync(["docker", .. arguments]);

    internal Task<Outcome> TryDockerAsync(params string[] arguments) => TryAsync(["docker", .. arguments]);

    internal Task<string> WeftAsync(params string[] arguments) => RunAsync(["weft", .. arguments]);

    /// <summary>A container that stays, of the image with tools.</summary>
    internal Task<string> StartContainerAsync(string network, string container, params string[] options) =>
        DockerAsync(["run", "-d", "--init", "--name", container, "--network", network, .. options, Site.Image, "sleep", "1000000"]);

    internal Task<string> InContainerAsync(string container, params string[] command) => DockerAsync(["exec", container, .. command]);

    internal Task<Outcome> TryInContainerAsync(string container, params string[] command) =>
        TryDockerAsync(["exec", container, .. command]);

    /// <summary>Of the container in its first network.</summary>
    internal Task<string> AddressOfAsync(string container) =>
        DockerAsync("inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", container);

    internal Task<string> AddressV6OfAsync(string container) =>
        DockerAsync("inspect", "-f", "{{range .NetworkSettings.Networks}}{{.GlobalIPv6Address}}{{end}}", container);

    internal async Task<bool> ReachesAsync(string container, string target, params string[] options) =>
        (await TryInContainerAsync(container, ["ping", "-c", "1", "-W", "3", .. options, target])).Succeeded;

    internal async Task WaitForNetworkAsync(string network) => await Shell.EventuallyAsync(
        $"network {network} in Docker of {Name}", async () => (await TryDockerAsync("network", "inspect", network)).Succeeded);

    internal async Task WaitForNoNetworkAsync(string network) => await Shell.EventuallyAsync(
        $"no network {network} in Docker of {Name}", async () => !(await TryDockerAsync("network", "inspect", network)).Succeeded);

    /// <summary>Starts <c>weftd</c>, and remembers it as <paramref name="daemon"/>.</summary>
    internal Task<string> StartDaemonAsync(string daemon, params string[] arguments) => RunAsync(
        ["sh", "-c", StartScript, "start", daemon, "weftd", .. arguments]);

    /// <summary>As a crash does it.</summary>
    internal async Task KillDaemonAsync(string daemon) =>
        await RunAsync("sh", "-c", "p=$(cat /run/$1.pid); kill -9 $p; while kill -0 $p 2>/dev/null; do :; done", "kill", daemon);

    /// <summary>Since its last start.</summary>
    internal async Task<bool> HasSaidAsync(string daemon, string text)
    {
        var log = (await TryAsync("cat", $"/run/{daemon}.log")).Output;
        return log.AsSpan(Math.Max(log.LastIndexOf("== start", StringComparison.Ordinal), 0)).Contains(text, StringComparison.Ordinal);
    }

    internal async Task<string> LogAsync(string daemon) => (await TryAsync("tail", "-n", "60", $"/run/{daemon}.log")).Output;

    internal async Task DockerdAsync(string action) =>
        (await Shell.RunAsync([Repository.Hosts, "docker", Name, action])).Checked();
}
