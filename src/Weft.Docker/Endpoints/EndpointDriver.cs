using System.Net;
using System.Net.Sockets;
using Weft.Agent.Control;
using Weft.Docker.Networks;
using Weft.Docker.Plugin;
using Weft.Docker.State;
using Weft.Model.Addressing;
using Weft.Model.State;

namespace Weft.Docker.Endpoints;

/// <summary>What Docker asks of the driver for the endpoints of containers.</summary>
sealed class EndpointDriver(
    NetworkLinker linker, IControlPlane control, EndpointRemover remover, IEndpointPlug plug, DockerState state,
    EndpointNamer namer, TimeProvider time)
{
    public async Task<CreateEndpointResponse> CreateAsync(CreateEndpointRequest request, CancellationToken cancellation)
    {
        var network = await linker.ResolveAsync(request.NetworkID, cancellation).ConfigureAwait(false);
        var asked = request.Interface ?? new();
        var wanted = PortOf(request, network, asked);
        await remover.RemoveStaleAsync(request.NetworkID, wanted.Addresses, wanted.Mac, cancellation).ConfigureAwait(false);
        var port = await control.CreatePortAsync(wanted, cancellation).ConfigureAwait(false);
        try
        {
            var name = await plug.PrepareAsync(network, port, cancellation).ConfigureAwait(false);
            state.Endpoints.Put(request.EndpointID, new()
            {
                EndpointId = request.EndpointID,
                DockerNetwork = request.NetworkID,
                Network = network.Uid,
                Port = port.Uid,
                Mac = port.Mac,
                Addresses = port.Addresses,
                Interface = name,
                Labels = wanted.Labels.IsEmpty ? null : wanted.Labels,
                HasGroups = wanted.SecurityGroups is not null,
                Created = time.GetUtcNow(),
            });
        }
        catch
        {
            await remover.RemoveAsync(port.Uid, request.NetworkID, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
        return new() { Interface = Chosen(network, port, asked) };
    }

    public JoinResponse Join(JoinRequest request, NodeNetwork network)
    {
        var endpoint = Known(request.EndpointID);
        namer.Name(request.EndpointID);
        var v4 = GatewayFor(network, endpoint, AddressFamily.InterNetwork);
        var v6 = GatewayFor(network, endpoint, AddressFamily.InterNetworkV6);
        return new()
        {
            InterfaceName = new(endpoint.Interface!, "eth"),
            // An internal network has no way out; another network of the container may be it.
            Gateway = network.Internal ? null : v4?.ToString(),
            GatewayIPv6 = network.Internal ? null : v6?.ToString(),
            StaticRoutes = network.Internal ? OtherSubnets(network, endpoint, v4, v6) : null,
            DisableGatewayService = true,
        };
    }

    public async Task<JoinResponse> JoinAsync(JoinRequest request, CancellationToken cancellation) =>
        Join(request, await linker.ResolveAsync(request.NetworkID, cancellation).ConfigureAwait(false));

    public void Leave(EndpointRequest request) => namer.Leave(request.EndpointID);

    public EndpointInfoResponse Info(EndpointRequest request)
    {
        var endpoint = state.Endpoints.Find(request.EndpointID);
        return new()
        {
            Value = endpoint is null ? [] : new() { ["weft.port"] = endpoint.Port.ToString() },
        };
    }

    public async Task DeleteAsync(EndpointRequest request, CancellationToken cancellation)
    {
        if (state.Endpoints.Find(request.EndpointID) is { } endpoint)
            await remover.RemoveAsync(endpoint, cancellation).ConfigureAwait(false);
    }

    EndpointRecord Known(string id) => state.Endpoints.Find(id)
        ?? throw new DriverException($"Weft does not know endpoint {id}; start the container again");

    /// <exception cref="DriverException">An option of ours is not understood.</exception>
    static PortRequest PortOf(CreateEndpointRequest request, NodeNetwork network, EndpointInterface asked)
    {
        var options = OptionsOf(request);
        return new()
        {
            Network = network.Uid,
            Owner = EndpointRemover.Owner,
            Device = $"endpoint {request.EndpointID[..12]}",
            Mac = string.IsNullOrEmpty(asked.MacAddress) ? null : MacAddress.Parse(asked.MacAddress),
            Addresses = [.. new[] { asked.Address, asked.AddressIPv6 }.Select(DockerSubnets.Address).OfType<IPAddress>()],
            Labels = options.Labels,
            SecurityGroups = options.Groups,
        };
    }

    /// <summary>Of <c>--network name=…,driver-opt=weft.…</c>; Docker's own options are objects or not ours.</summary>
    static PortOptions OptionsOf(CreateEndpointRequest request)
    {
        var options = PortOptions.Of((request.Options ?? [])
            .Where(option => option.Key.StartsWith("weft.", StringComparison.Ordinal))
            .Select(option => KeyValuePair.Create(option.Key, option.Value.ToString())));
        if (options.Offer is not null)
            throw new DriverException(
                $"driver-opt {OfferLabels.FloatingIp} and {OfferLabels.LoadBalancer} are labels of the container: docker run --label");
        return options.Fault is null ? options : throw new DriverException($"driver-opt {options.Fault}");
    }

    /// <summary>What Docker left open.</summary>
    static EndpointInterface Chosen(NodeNetwork network, NodePort port, EndpointInterface asked)
    {
        var open = string.IsNullOrEmpty(asked.Address) && string.IsNullOrEmpty(asked.AddressIPv6);
        return new()
        {
            MacAddress = string.IsNullOrEmpty(asked.MacAddress) ? port.Mac.ToString() : null,
            Address = open ? WithLength(network, port, AddressFamily.InterNetwork) : null,
            AddressIPv6 = open ? WithLength(network, port, AddressFamily.InterNetworkV6) : null,
        };
    }

    static string? WithLength(NodeNetwork network, NodePort port, AddressFamily family) =>
        Addresses.OfFamily(port.Addresses, family) is { } address && Addresses.SubnetOf(network, address) is { } subnet
            ? $"{address}/{subnet.Prefix.PrefixLength}"
            : null;

    static IPAddress? GatewayFor(NodeNetwork network, EndpointRecord endpoint, AddressFamily family) =>
        Addresses.OfFamily(endpoint.Addresses, family) is { } address && Addresses.SubnetOf(network, address) is { } subnet
            ? Addresses.GatewayOf(subnet)
            : null;

    static List<StaticRoute> OtherSubnets(NodeNetwork network, EndpointRecord endpoint, IPAddress? v4, IPAddress? v6) =>
        [.. network.Subnets
            .Where(subnet => !endpoint.Addresses.Any(subnet.Prefix.Contains))
            .Select(subnet => (subnet.Prefix, Hop: subnet.Prefix.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? v4 : v6))
            .Where(route => route.Hop is not null)
            .Select(route => new StaticRoute(route.Prefix.ToString(), 0, route.Hop!.ToString()))];
}
