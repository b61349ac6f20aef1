using System.Collections.Immutable;
using System.Text.Json;
using Weft.Docker.Publishing;

namespace Weft.Docker.Plugin;

// What libnetwork's remote network driver sends and wants back; the names are the wire's. Fields that Weft
// does not read are left out.

sealed record ActivateResponse(IReadOnlyList<string> Implements);

/// <summary>An answer with nothing but, perhaps, a reason why not.</summary>
record DriverResponse
{
    public string? Err { get; init; }
}

sealed record CapabilitiesResponse : DriverResponse
{
    /// <summary><c>local</c>: each Docker keeps its own networks. <c>global</c> would need Swarm.</summary>
    public required string Scope { get; init; }

    public required string ConnectivityScope { get; init; }

    /// <summary>Docker 28 and newer: whether <c>GwAllocCheck</c> shall be called.</summary>
    public bool GwAllocChecker { get; init; }
}

sealed record IpamData
{
    public string? AddressSpace { get; init; }

    public string? Pool { get; init; }

    public string? Gateway { get; init; }

    public Dictionary<string, string?>? AuxAddresses { get; init; }
}

sealed record CreateNetworkRequest
{
    public required string NetworkID { get; init; }

    public Dictionary<string, JsonElement>? Options { get; init; }

    public List<IpamData>? IPv4Data { get; init; }

    public List<IpamData>? IPv6Data { get; init; }
}

/// <summary>Of calls that name a network only: DeleteNetwork, FreeNetwork.</summary>
sealed record NetworkRequestBody
{
    public required string NetworkID { get; init; }
}

/// <summary>Of calls that name an endpoint only: EndpointOperInfo, DeleteEndpoint, Leave and so on.</summary>
sealed record EndpointRequest
{
    public required string NetworkID { get; init; }

    public required string EndpointID { get; init; }
}

sealed record EndpointInterface
{
    /// <summary>With prefix length.</summary>
    public string? Address { get; init; }

    public string? AddressIPv6 { get; init; }

    public string? MacAddress { get; init; }
}

sealed record CreateEndpointRequest
{
    public required string NetworkID { get; init; }

    public required string EndpointID { get; init; }

    public EndpointInterface? Interface { get; init; }

    public Dictionary<string, JsonElement>? Options { get; init; }
}

sealed record CreateEndpointResponse : DriverResponse
{
    /// <summary>Only what the request left open: Docker takes a given field for a change, and refuses it.</summary>
    public EndpointInterface? Interface { get; init; }
}

sealed record EndpointInfoResponse : DriverResponse
{
    public Dictionary<string, string>? Value { get; init; }
}

sealed record JoinRequest
{
    public required string NetworkID { get; init; }

    public required string EndpointID { get; init; }

    public string? SandboxKey { get; init; }
}

sealed record ExternalConnectivityRequest
{
    const string PortMap = "com.docker.network.portmap";

    public required string NetworkID { get; init; }

    public required string EndpointID { get; init; }

    public Dictionary<string, JsonElement>? Options { get; init; }

    /// <summary>Of <c>docker run -p</c>.</summary>
    public ImmutableArray<PortBinding> Bindings =>
        Options is not null && Options.TryGetValue(PortMap, out var ports) && ports.ValueKind == JsonValueKind.Array
            ? [.. ports.Deserialize(PluginJson.Default.ListPortBinding) ?? []]
            : [];
}

sealed record InterfaceName(string SrcName, string DstPrefix);

/// <param name="RouteType">0: by <paramref name="NextHop"/>; 1: on the link.</param>
sealed record StaticRoute(string Destination, int RouteType, string NextHop);

sealed record JoinResponse : DriverResponse
{
    public InterfaceName? InterfaceName { get; init; }

    public string? Gateway { get; init; }

    public string? GatewayIPv6 { get; init; }

    public IReadOnlyList<StaticRoute>? StaticRoutes { get; init; }

    /// <summary>No second interface in <c>docker_gwbridge</c>, please.</summary>
    public bool DisableGatewayService { get; init; }
}

sealed record AllocateNetworkResponse : DriverResponse
{
    public Dictionary<string, string>? Options { get; init; }
}

sealed record GwAllocCheckResponse : DriverResponse
{
    public bool SkipIPv4 { get; init; }

    public bool SkipIPv6 { get; init; }
}
