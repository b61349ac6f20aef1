using Microsoft.Extensions.Logging;
using Weft.Agent.Control;
using Weft.Docker.Plugin;
using Weft.Docker.State;

namespace Weft.Docker.Networks;

/// <summary>What <c>docker network create</c> and <c>rm</c> ask of the driver.</summary>
sealed partial class NetworkRegistrar(
    IControlPlane control, DockerState state, NetworkLinker linker, PendingPools pools, DockerOptions options,
    ILogger<NetworkRegistrar> log)
{
    /// <summary>
    /// Takes note of the network. One whose Weft name is given is made here, so its faults are the command's; any
    /// other when its name can be asked.
    /// </summary>
    public async Task CreateAsync(CreateNetworkRequest request, CancellationToken cancellation)
    {
        var parsed = NetworkOptions.Parse(request.Options);
        var own = (request.IPv4Data ?? []).Concat(request.IPv6Data ?? [])
            .Any(data => data.AddressSpace == IpamDriver.AddressSpace);
        var subnets = DockerSubnets.Of(request);
        var link = new NetworkLink
        {
            DockerId = request.NetworkID,
            Network = parsed.Uid,
            Project = parsed.Project,
            Name = parsed.Name,
            Mtu = parsed.Mtu,
            Internal = parsed.Internal,
            OwnAddresses = own,
            Subnets = subnets,
            Pools = own ? [.. subnets.Select(subnet => pools.Claim(subnet.Prefix)).OfType<string>()] : [],
        };
        if (link.Network is null && link.Name is { } name)
        {
            var asked = own ? subnets : [.. subnets.Select(subnet => DockerSubnets.BesideDocker(subnet, null))];
            var made = await control.CreateNetworkAsync(
                new(link.Project ?? options.DefaultProject, name, asked, link.Internal, link.Mtu, OrExisting: true, Egress: !link.Internal),
                cancellation).ConfigureAwait(false);
            link = link with { Network = made.Uid, Revision = made.Revision };
        }
        state.Networks.Put(link.DockerId, link);
    }

    /// <summary>
    /// Deletes the Weft network, on all hosts. Docker removes its own in any case: it does not let a driver say
    /// no. If the Weft network is in use elsewhere it stays, and is given back to Docker at once.
    /// </summary>
    public async Task DeleteAsync(string dockerId, CancellationToken cancellation)
    {
        var link = await linker.UnlinkAsync(dockerId, cancellation).ConfigureAwait(false);
        if (link?.Network is not { } uid)
            return;
        try
        {
            await control.DeleteNetworkAsync(uid, cancellation).ConfigureAwait(false);
        }
        catch (ControlPlaneException answer) when (answer.Error == ControlPlaneError.InUse)
        {
            NotDeleted(uid, answer.Message);
            throw new DriverException($"the network stays: {DriverException.From(answer).Message}; Docker gets it back at once");
        }
    }

    [LoggerMessage(LogLevel.Warning, "Docker removed its network of {Uid}, which is in use and stays: {Reason}")]
    partial void NotDeleted(Guid uid, string reason);
}
