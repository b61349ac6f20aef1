using Weft.Docker.Endpoints;
using Weft.Docker.Networks;
using Weft.Docker.Publishing;

namespace Weft.Docker.Plugin;

/// <summary>Every call of libnetwork's remote drivers, those that its document leaves out included.</summary>
sealed class PluginCalls(
    NetworkRegistrar networks, EndpointDriver endpoints, PortPublisher publisher, IpamDriver ipam, Action networksChanged)
{
    public void Map(PluginRoutes routes)
    {
        routes.Map("/Plugin.Activate", PluginJson.Default.ActivateResponse, () => new(["NetworkDriver", "IpamDriver"]));
        MapNetworks(routes);
        MapEndpoints(routes);
        MapSwarmAndPublishing(routes);
        MapIpam(routes);
    }

    void MapNetworks(PluginRoutes routes)
    {
        routes.Map(
            "/NetworkDriver.GetCapabilities", PluginJson.Default.CapabilitiesResponse,
            () => new() { Scope = "local", ConnectivityScope = "global" });
        routes.Map(
            "/NetworkDriver.CreateNetwork", PluginJson.Default.CreateNetworkRequest, PluginJson.Default.DriverResponse,
            async (request, cancellation) =>
            {
                await networks.CreateAsync(request, cancellation);
                return new();
            },
            Refuse);
        routes.Map(
            "/NetworkDriver.DeleteNetwork", PluginJson.Default.NetworkRequestBody, PluginJson.Default.DriverResponse,
            async (request, cancellation) =>
            {
                await networks.DeleteAsync(request.NetworkID, cancellation);
                networksChanged();
                return new();
            },
            Refuse);
        routes.Map(
            "/NetworkDriver.GwAllocCheck", PluginJson.Default.CreateNetworkRequest, PluginJson.Default.GwAllocCheckResponse,
            (_, _) => Task.FromResult(new GwAllocCheckResponse()), error => new() { Err = error });
    }

    void MapEndpoints(PluginRoutes routes)
    {
        routes.Map(
            "/NetworkDriver.CreateEndpoint", PluginJson.Default.CreateEndpointRequest,
            PluginJson.Default.CreateEndpointResponse, endpoints.CreateAsync, error => new() { Err = error });
        routes.Map(
            "/NetworkDriver.EndpointOperInfo", PluginJson.Default.EndpointRequest, PluginJson.Default.EndpointInfoResponse,
            (request, _) => Task.FromResult(endpoints.Info(request)), error => new() { Err = error });
        routes.Map(
            "/NetworkDriver.DeleteEndpoint", PluginJson.Default.EndpointRequest, PluginJson.Default.DriverResponse,
            async (request, cancellation) =>
            {
                await endpoints.DeleteAsync(request, cancellation);
                return new();
            },
            Refuse);
        routes.Map(
            "/NetworkDriver.Join", PluginJson.Default.JoinRequest, PluginJson.Default.JoinResponse,
            endpoints.JoinAsync, error => new() { Err = error });
        routes.Map(
            "/NetworkDriver.Leave", PluginJson.Default.EndpointRequest, PluginJson.Default.DriverResponse,
            (request, _) =>
            {
                endpoints.Leave(request);
                return Task.FromResult(new DriverResponse());
            },
            Refuse);
    }

    /// <summary>
    /// AllocateNetwork and FreeNetwork come from Swarm's managers, which need the global scope; the discovery of
    /// nodes is the server's.
    /// </summary>
    void MapSwarmAndPublishing(PluginRoutes routes)
    {
        routes.Map(
            "/NetworkDriver.AllocateNetwork", PluginJson.Default.CreateNetworkRequest,
            PluginJson.Default.AllocateNetworkResponse,
            (_, _) => Task.FromResult(new AllocateNetworkResponse { Options = [] }), error => new() { Err = error });
        routes.Map(
            "/NetworkDriver.FreeNetwork", PluginJson.Default.NetworkRequestBody, PluginJson.Default.DriverResponse,
            (_, _) => Task.FromResult(new DriverResponse()), Refuse);
        foreach (var method in (string[])["DiscoverNew", "DiscoverDelete"])
            routes.Map("/NetworkDriver." + method, PluginJson.Default.DriverResponse, () => new());
        routes.Map(
            "/NetworkDriver.ProgramExternalConnectivity", PluginJson.Default.ExternalConnectivityRequest,
            PluginJson.Default.DriverResponse,
            async (request, cancellation) =>
            {
                await publisher.PublishAsync(request.EndpointID, request.Bindings, cancellation);
                return new();
            },
            Refuse);
        routes.Map(
            "/NetworkDriver.RevokeExternalConnectivity", PluginJson.Default.EndpointRequest,
            PluginJson.Default.DriverResponse,
            async (request, cancellation) =>
            {
                await publisher.WithdrawAsync(request.EndpointID, cancellation);
                return new();
            },
            Refuse);
    }

    void MapIpam(PluginRoutes routes)
    {
        routes.Map("/IpamDriver.GetCapabilities", PluginJson.Default.IpamCapabilitiesResponse, () => new());
        routes.Map(
            "/IpamDriver.GetDefaultAddressSpaces", PluginJson.Default.AddressSpacesResponse,
            () => new()
            {
                LocalDefaultAddressSpace = IpamDriver.AddressSpace,
                GlobalDefaultAddressSpace = IpamDriver.AddressSpace,
            });
        routes.Map(
            "/IpamDriver.RequestPool", PluginJson.Default.RequestPoolRequest, PluginJson.Default.RequestPoolResponse,
            ipam.RequestPoolAsync, error => new() { Error = error });
        routes.Map(
            "/IpamDriver.ReleasePool", PluginJson.Default.ReleasePoolRequest, PluginJson.Default.IpamResponse,
            (request, _) =>
            {
                ipam.ReleasePool(request);
                return Task.FromResult(new IpamResponse());
            },
            RefuseAddress);
        routes.Map(
            "/IpamDriver.RequestAddress", PluginJson.Default.RequestAddressRequest,
            PluginJson.Default.RequestAddressResponse, ipam.RequestAddressAsync, error => new() { Error = error });
        routes.Map(
            "/IpamDriver.ReleaseAddress", PluginJson.Default.ReleaseAddressRequest, PluginJson.Default.IpamResponse,
            async (request, cancellation) =>
            {
                await ipam.ReleaseAddressAsync(request, cancellation);
                return new();
            },
            RefuseAddress);
    }

    static DriverResponse Refuse(string error) => new() { Err = error };

    static IpamResponse RefuseAddress(string error) => new() { Error = error };
}
