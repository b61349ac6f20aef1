using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Weft.Agent.Control;
using Weft.Docker.Networks;
using Weft.Docker.State;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Docker.Publishing;

/// <summary>What <c>docker run -p</c> asks for: ports of the host that lead to a container.</summary>
/// <remarks>
/// The vrouter takes what comes from outside; policies decide about it. The port number itself is taken from the host as long
/// as the container has it, so that nobody else can come to listen there without ever being reached.
/// </remarks>
sealed partial class PortPublisher(
    IControlPlane control, DockerState state, HostPorts ports, HostForwarder forwarder, ILogger<PortPublisher> log)
{
    /// <exception cref="DriverException">A port is taken, or cannot be published.</exception>
    public async Task PublishAsync(string endpointId, ImmutableArray<PortBinding> bindings, CancellationToken cancellation)
    {
        if (bindings.IsEmpty)
            return;
        var endpoint = state.Endpoints.Find(endpointId)
            ?? throw new DriverException($"Weft does not know endpoint {endpointId}; start the container again");
        if (bindings.FirstOrDefault(binding => !binding.IsOfAllAddresses) is { } narrow)
            throw new DriverException(
                $"-p {narrow}: Weft publishes on all addresses that the host has outside, not on {narrow.HostIP} alone; "
                + "leave the address out, and say who may come in a policy");
        try
        {
            // Docker 23 and newer give each port once for each family.
            var mappings = bindings.DistinctBy(binding => (binding.Proto, binding.Port, binding.HostPort, binding.HostPortEnd))
                .Select(binding => Take(endpoint, binding)).ToImmutableArray();
            await control.PublishAsync(endpoint.Port, mappings, cancellation).ConfigureAwait(false);
            state.Endpoints.Change(endpointId, known => known with { Published = mappings });
        }
        catch (ControlPlaneException answer)
        {
            ports.Release(endpointId);
            throw DriverException.From(answer);
        }
        catch
        {
            ports.Release(endpointId);
            throw;
        }
    }

    /// <summary>The container goes: its ports are the host's again. Does not fail.</summary>
    public async Task WithdrawAsync(string endpointId, CancellationToken cancellation)
    {
        ports.Release(endpointId);
        if (state.Endpoints.Find(endpointId) is not { Published.IsDefaultOrEmpty: false } endpoint)
            return;
        state.Endpoints.Change(endpointId, known => known with { Published = [] });
        try
        {
            await control.PublishAsync(endpoint.Port, [], cancellation).ConfigureAwait(false);
        }
        catch (ControlPlaneException)
        {
            // The port goes next, and what it publishes with it.
        }
    }

    /// <summary>Takes again what the endpoints on disk have: after a restart of the agent.</summary>
    public void TakeAgain()
    {
        foreach (var endpoint in state.Endpoints.All.Values.Where(one => !one.Published.IsDefaultOrEmpty))
            foreach (var mapping in endpoint.Published)
            {
                if (ports.TryTake(endpoint.EndpointId, mapping.Protocol, mapping.Ports.First) is { } port)
                    Forward(endpoint, port, mapping.TargetPort);
                else
                    NotTaken(mapping.Ports.First, endpoint.EndpointId);
            }
    }

    NodePortMapping Take(EndpointRecord endpoint, PortBinding binding)
    {
        var port = ports.Take(endpoint.EndpointId, binding);
        Forward(endpoint, port, binding.Port);
        return new(binding.Proto, new PortRange(port.Number, port.Number), binding.Port);
    }

    void Forward(EndpointRecord endpoint, HostPort port, ushort target)
    {
        var address = Addresses.OfFamily(endpoint.Addresses, AddressFamily.InterNetwork) ?? endpoint.Addresses.FirstOrDefault();
        if (address is null)
            return;
        foreach (var listener in port.Listeners)
            _ = forwarder.RunAsync(listener, endpoint.EndpointId, new IPEndPoint(address, target));
    }

    [LoggerMessage(LogLevel.Warning, "port {Port} of this host, published for endpoint {Endpoint}, is somebody else's by now; from outside it still leads to the container")]
    partial void NotTaken(ushort port, string endpoint);
}
