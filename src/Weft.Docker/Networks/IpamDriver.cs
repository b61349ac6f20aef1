using System.Net;
using Weft.Agent.Control;
using Weft.Agent.State;
using Weft.Docker.Plugin;
using Weft.Docker.State;
using Weft.Model.Addressing;
using Weft.Model.State;

namespace Weft.Docker.Networks;

/// <summary>
/// Docker's questions for pools and addresses, answered by the server, so that addresses are unique on all
/// hosts. The id of a pool says whose it is: <c>uid of the network/prefix</c>.
/// </summary>
sealed class IpamDriver(
    IControlPlane control, Latest<AgentState> agent, DockerState state, PendingPools pending, NetworkLinker linker)
{
    public const string AddressSpace = "Weft";
    const string TypeOption = "RequestAddressType";
    const string GatewayLabel = "com.docker.network.gateway";
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public async Task<RequestPoolResponse> RequestPoolAsync(RequestPoolRequest request, CancellationToken cancellation)
    {
        IPNetwork? wanted = string.IsNullOrEmpty(request.Pool) ? null : IPNetwork.Parse(request.Pool);
        if (request.Options?.GetValueOrDefault(NetworkOptions.UidOption) is { } uid)
            return await PoolOfAsync(Guid.Parse(uid), wanted, request.V6, cancellation).ConfigureAwait(false);
        var (id, prefix) = pending.Add(wanted, request.V6);
        var gateway = (prefix.First() + 1).ToAddress(prefix.BaseAddress.AddressFamily);
        return Pool(id, prefix, gateway);
    }

    public void ReleasePool(ReleasePoolRequest request) => pending.Drop(request.PoolID);

    public async Task<RequestAddressResponse> RequestAddressAsync(
        RequestAddressRequest request, CancellationToken cancellation)
    {
        var prefix = PrefixOf(request.PoolID);
        IPAddress? wanted = string.IsNullOrEmpty(request.Address) ? null : IPAddress.Parse(request.Address);
        var isGateway = request.Options?.GetValueOrDefault(TypeOption) == GatewayLabel;
        if (isGateway || await NetworkOfAsync(request.PoolID, cancellation).ConfigureAwait(false) is not { } uid)
        {
            // The gateway is the network's own, and nothing can be reserved in a network that is being made.
            wanted ??= (prefix.First() + 1).ToAddress(prefix.BaseAddress.AddressFamily);
            return new() { Address = $"{wanted}/{prefix.PrefixLength}" };
        }
        var lease = await ReserveAsync(uid, wanted, prefix, cancellation).ConfigureAwait(false);
        return new() { Address = $"{lease.Address}/{lease.PrefixLength}" };
    }

    public async Task ReleaseAddressAsync(ReleaseAddressRequest request, CancellationToken cancellation)
    {
        if (LinkedTo(request.PoolID) is not { } uid || DockerSubnets.Address(request.Address) is not { } address
            || IsGateway(uid, address))
            return;
        try
        {
            await control.ReleaseAddressAsync(uid, address, cancellation).ConfigureAwait(false);
        }
        catch (ControlPlaneException answer) when (answer.Error is ControlPlaneError.NotFound or ControlPlaneError.Unavailable)
        {
            // Gone already, or the repair releases it when the server is back.
        }
    }

    async Task<RequestPoolResponse> PoolOfAsync(Guid uid, IPNetwork? wanted, bool v6, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        NodeNetwork network;
        try
        {
            network = (await agent.WaitForAsync(seen => seen.State.Networks.ContainsKey(uid), limit.Token)
                .ConfigureAwait(false)).State.Networks[uid];
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new DriverException($"there is no network with uid {uid}; `weft get network` lists them");
        }
        var subnet = network.Subnets.FirstOrDefault(subnet => wanted is { } prefix
            ? subnet.Prefix.Equals(prefix)
            : IsV6(subnet.Prefix) == v6);
        return subnet is not null
            ? Pool($"{uid}/{subnet.Prefix}", subnet.Prefix, Addresses.GatewayOf(subnet))
            : throw new DriverException(
                $"network {network.Name} has no {(wanted?.ToString() ?? (v6 ? "IPv6 subnet" : "IPv4 subnet"))}; "
                + $"it has {string.Join(", ", network.Subnets.Select(one => one.Prefix))}");
    }

    /// <summary>Docker does not try another pool when a remote driver says that one is exhausted; so we do.</summary>
    async Task<AddressLease> ReserveAsync(Guid uid, IPAddress? wanted, IPNetwork prefix, CancellationToken cancellation)
    {
        try
        {
            return await control.ReserveAddressAsync(uid, wanted, prefix, cancellation).ConfigureAwait(false);
        }
        catch (ControlPlaneException answer) when (answer.Error == ControlPlaneError.Exhausted && wanted is null
            && agent.Value.State.Networks.TryGetValue(uid, out var network))
        {
            foreach (var other in network.Subnets.Select(subnet => subnet.Prefix)
                .Where(other => !other.Equals(prefix) && IsV6(other) == IsV6(prefix)))
            {
                try
                {
                    return await control.ReserveAddressAsync(uid, null, other, cancellation).ConfigureAwait(false);
                }
                catch (ControlPlaneException next) when (next.Error == ControlPlaneError.Exhausted)
                {
                }
            }
            throw;
        }
    }

    bool IsGateway(Guid uid, IPAddress address) =>
        agent.Value.State.Networks.TryGetValue(uid, out var network)
        && network.Subnets.Any(subnet => address.Equals(Addresses.GatewayOf(subnet)));

    static RequestPoolResponse Pool(string id, IPNetwork prefix, IPAddress gateway) => new()
    {
        PoolID = id,
        Pool = prefix.ToString(),
        Data = new() { [GatewayLabel] = $"{gateway}/{prefix.PrefixLength}" },
    };

    static IPNetwork PrefixOf(string pool) =>
        pool.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash
        && IPNetwork.TryParse(pool[(slash + 1)..], out var prefix)
            ? prefix
            : throw new DriverException($"'{pool}' is not a pool of Weft");

    /// <summary>Null: of a network that Docker is making at this moment.</summary>
    async Task<Guid?> NetworkOfAsync(string pool, CancellationToken cancellation) =>
        LinkedTo(pool) is { } uid ? uid
        : ClaimantOf(pool) is { } link ? (await linker.ResolveAsync(link.DockerId, cancellation).ConfigureAwait(false)).Uid
        : null;

    Guid? LinkedTo(string pool) => PendingPools.IsPending(pool)
        ? ClaimantOf(pool)?.Network
        : Guid.TryParse(pool.Split('/')[0], out var uid) ? uid : null;

    NetworkLink? ClaimantOf(string pool) => state.Networks.All.Values.FirstOrDefault(link => link.Pools.Contains(pool));

    static bool IsV6(IPNetwork prefix) => AddressMath.Bits(prefix.BaseAddress.AddressFamily) == 128;
}
