using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Weft.Agent.State;
using Weft.Docker.Engine;
using Weft.Docker.Networks;
using Weft.Docker.State;
using Weft.Model.State;

namespace Weft.Docker.Endpoints;

/// <summary>Sends a container's questions for names to Weft where Docker's resolver would ask around it.</summary>
/// <remarks>
/// Docker's resolver at 127.0.0.11 answers for containers of its own host and asks others on. Up to Docker 27
/// it asks from within the container, and the vrouter takes such questions to the agent. But it asks from the
/// host: always from Docker 28 on, and before where the host's resolver is on the loopback; and it does not
/// ask at all in internal networks, from 26 on. There the container's resolv.conf gets the gateway, at which
/// the agent answers for everything. Containers that were given resolvers by hand, or that are in networks of
/// other drivers as well, whose names only Docker knows, are left alone.
/// </remarks>
sealed partial class ContainerResolver(
    IDockerEngine engine, Latest<AgentState> agent, DockerOptions options, TimeProvider time,
    ILogger<ContainerResolver> log)
{
    const int FirstToAskFromHost = 28;
    const string Embedded = "127.0.0.11";
    const string Marker = "# Names are asked at the gateway of Weft's network; they were at " + Embedded + ".";
    static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(5);
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Waits for Docker to have written the file: it does so after the driver's part.</summary>
    public async Task TakeOverAsync(EndpointRecord endpoint, CancellationToken cancellation)
    {
        if (endpoint.Container is not { } container
            || !agent.Value.State.Networks.TryGetValue(endpoint.Network, out var network)
            || GatewayOf(endpoint) is not { } gateway
            || !await IsNeededAsync(network, gateway, cancellation).ConfigureAwait(false))
            return;
        var folder = await FolderAsync(container, cancellation).ConfigureAwait(false);
        if (HasOwnResolvers(folder))
            return;
        for (var start = time.GetTimestamp(); time.GetElapsedTime(start) < Patience;)
        {
            if (Replace(folder, Embedded, gateway.ToString()))
                return;
            await Task.Delay(Wait, time, cancellation).ConfigureAwait(false);
        }
    }

    /// <param name="container">Id.</param>
    /// <param name="other">Another endpoint of it in a network of ours.</param>
    public void GiveBack(string container, EndpointRecord? other)
    {
        if (_root is null)
            return; // nothing was taken over by this agent; a restart of the container makes the file anew
        var next = other is null ? null : GatewayOf(other);
        Replace(Path.Combine(_root, "containers", container), null, next?.ToString() ?? Embedded);
    }

    string? _root;
    int _version;

    async Task<bool> IsNeededAsync(NodeNetwork network, IPAddress gateway, CancellationToken cancellation)
    {
        if (network.Internal || gateway.AddressFamily == AddressFamily.InterNetworkV6 || AsksLoopback())
            return true;
        if (_version == 0)
            _version = await engine.VersionAsync(cancellation).ConfigureAwait(false);
        return _version >= FirstToAskFromHost;
    }

    async Task<string> FolderAsync(string container, CancellationToken cancellation)
    {
        _root ??= await engine.RootDirectoryAsync(cancellation).ConfigureAwait(false);
        return Path.Combine(_root, "containers", container);
    }

    /// <summary>The gateway of its IPv4 subnet if there is one.</summary>
    IPAddress? GatewayOf(EndpointRecord endpoint) =>
        agent.Value.State.Networks.TryGetValue(endpoint.Network, out var network)
            ? endpoint.Addresses.OrderBy(address => address.AddressFamily != AddressFamily.InterNetwork)
                .Select(address => Addresses.SubnetOf(network, address)).OfType<Model.Resources.Subnet>()
                .Select(Addresses.GatewayOf).FirstOrDefault()
            : null;

    bool AsksLoopback()
    {
        try
        {
            return File.ReadLines(options.ResolvConf).Select(Nameserver).OfType<IPAddress>().Any(IPAddress.IsLoopback);
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>From <c>--dns</c>.</summary>
    static bool HasOwnResolvers(string folder)
    {
        try
        {
            using var host = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "hostconfig.json")));
            return host.RootElement.TryGetProperty("Dns", out var servers)
                && servers.ValueKind == JsonValueKind.Array && servers.GetArrayLength() > 0;
        }
        catch (Exception exception) when (exception is IOException or JsonException)
        {
            return true; // gone, or not as we know it: hands off
        }
    }

    /// <summary>In place: the file is bound into the container by its inode.</summary>
    /// <param name="folder">Of the container.</param>
    /// <param name="from">The resolver that must be there; null: whatever we wrote before.</param>
    /// <param name="to">The resolver that will be there.</param>
    bool Replace(string folder, string? from, string to)
    {
        try
        {
            var file = Path.Combine(folder, "resolv.conf");
            var lines = File.ReadAllLines(file);
            var isOurs = lines.Contains(Marker);
            if (from is null ? !isOurs : isOurs || !lines.Any(line => Nameserver(line)?.ToString() == from))
                return isOurs;
            var kept = lines.Where(line => line != Marker && Nameserver(line) is null).ToList();
            if (to != Embedded)
                kept.Insert(0, Marker);
            kept.Insert(to == Embedded ? 0 : 1, "nameserver " + to);
            File.WriteAllLines(file, kept);
            return true;
        }
        catch (IOException exception)
        {
            NotReplaced(folder, exception.Message);
            return from is not null && !Directory.Exists(folder);
        }
    }

    static IPAddress? Nameserver(string line) =>
        line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries) is ["nameserver", var text, ..]
        && IPAddress.TryParse(text, out var address)
            ? address
            : null;

    [LoggerMessage(LogLevel.Warning, "resolv.conf in {Folder} is left as it is: {Reason}")]
    partial void NotReplaced(string folder, string reason);
}
