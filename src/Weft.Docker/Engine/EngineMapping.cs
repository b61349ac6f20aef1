using System.Collections.Immutable;
using System.Net;
using Docker.DotNet.Models;

namespace Weft.Docker.Engine;

/// <summary>Docker's documents as records of ours, and back.</summary>
static class EngineMapping
{
    public static EngineNetwork Network(NetworkResponse network) => new(
        network.ID,
        network.Name,
        network.Driver ?? "",
        network.IPAM?.Driver ?? "",
        (network.Options ?? ImmutableDictionary<string, string>.Empty).ToImmutableDictionary(),
        [.. (network.IPAM?.Config ?? []).Select(Pool).OfType<EnginePool>()],
        network.Internal,
        [.. (network.Containers ?? ImmutableDictionary<string, EndpointResource>.Empty).Select(Endpoint)]);

    public static EngineContainer Container(ContainerInspectResponse container) => new(
        container.ID,
        container.Name.TrimStart('/'),
        (container.Config?.Labels ?? ImmutableDictionary<string, string>.Empty).ToImmutableDictionary(),
        (container.NetworkSettings?.Networks ?? ImmutableDictionary<string, EndpointSettings>.Empty)
            .ToImmutableDictionary(
                pair => pair.Key,
                pair => new EngineAttachment(pair.Value.NetworkID, pair.Value.EndpointID, [.. pair.Value.Aliases ?? []])));

    public static NetworksCreateParameters Parameters(NewEngineNetwork network) => new()
    {
        Name = network.Name,
        CheckDuplicate = true,
        Driver = network.Driver,
        Internal = network.Internal,
        EnableIPv6 = network.Pools.Any(pool => pool.Prefix.BaseAddress.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6),
        Options = network.Options.ToDictionary(),
        IPAM = new()
        {
            Driver = network.Driver,
            Options = network.Options.ToDictionary(),
            Config = [.. network.Pools.Select(pool => new IPAMConfig
            {
                Subnet = pool.Prefix.ToString(),
                Gateway = pool.Gateway?.ToString(),
            })],
        },
    };

    public static ContainerEventsParameters EventFilter() => new()
    {
        Filters = new Dictionary<string, IDictionary<string, bool>>
        {
            ["type"] = new Dictionary<string, bool> { ["network"] = true, ["container"] = true },
            ["event"] = new Dictionary<string, bool>
            {
                ["create"] = true, ["destroy"] = true, ["connect"] = true, ["disconnect"] = true, ["rename"] = true,
            },
        },
    };

    /// <returns>Null: nothing that concerns us.</returns>
    public static EngineEvent? Event(Message message) => (message.Type, message.Action) switch
    {
        ("network", "create") => new(EngineEventKind.NetworkCreated, message.Actor.ID),
        ("network", "destroy") => new(EngineEventKind.NetworkRemoved, message.Actor.ID),
        ("network", "connect") => new(EngineEventKind.EndpointConnected, message.Actor.ID),
        ("network", "disconnect") => new(EngineEventKind.EndpointDisconnected, message.Actor.ID),
        ("container", "rename") => new(EngineEventKind.ContainerRenamed, message.Actor.ID),
        _ => null,
    };

    static EnginePool? Pool(IPAMConfig config) => IPNetwork.TryParse(config.Subnet ?? "", out var prefix)
        ? new(
            prefix,
            IPNetwork.TryParse(config.IPRange ?? "", out var range) ? range : null,
            IPAddress.TryParse(config.Gateway ?? "", out var gateway) ? gateway : null)
        : null;

    static EngineEndpoint Endpoint(KeyValuePair<string, EndpointResource> container) => new(
        container.Value.EndpointID,
        // While Docker is joining them, it shows endpoints without a container under a name of this form.
        container.Key.StartsWith("ep-", StringComparison.Ordinal) ? null : container.Key,
        container.Value.Name,
        [.. new[] { container.Value.IPv4Address, container.Value.IPv6Address }
            .Where(address => !string.IsNullOrEmpty(address))
            .Select(address => IPAddress.Parse(address.Split('/')[0]))]);
}
