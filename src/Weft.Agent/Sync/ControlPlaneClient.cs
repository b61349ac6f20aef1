using System.Collections.Immutable;
using System.Net;
using Grpc.Core;
using Weft.Agent.Control;
using Weft.Model.State;
using Weft.Protocol.Mapping;
using Weft.Protocol.V1;

namespace Weft.Agent.Sync;

/// <summary>The drivers' calls over the link that <see cref="ServerLink"/> keeps.</summary>
public sealed class ControlPlaneClient(ServerLink link, TimeProvider time) : IControlPlane
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public async Task<NodeNetwork> CreateNetworkAsync(NetworkRequest request, CancellationToken cancellation)
    {
        var message = new CreateNetworkRequest
        {
            Project = request.Project,
            Name = request.Name,
            Internal = request.Internal,
            Mtu = (uint)request.Mtu,
            OrExisting = request.OrExisting,
            Egress = request.Egress,
        };
        message.Subnets.AddRange(request.Subnets.Select(Records.ToRecord));
        return await CallAsync((calls, options) => calls.CreateNetworkAsync(message, options), Records.ToModel, cancellation)
            .ConfigureAwait(false);
    }

    public Task<long> DeleteNetworkAsync(Guid network, CancellationToken cancellation)
    {
        var message = new DeleteNetworkRequest { Uid = WireBytes.Of(network) };
        return CallAsync((calls, options) => calls.DeleteNetworkAsync(message, options), reply => reply.Revision, cancellation);
    }

    public Task<NodePort> CreatePortAsync(PortRequest request, CancellationToken cancellation)
    {
        var message = new CreatePortRequest
        {
            NetworkUid = WireBytes.Of(request.Network),
            Name = request.Name ?? "",
            Mac = WireBytes.Of(request.Mac),
            Device = request.Device ?? "",
            Owner = request.Owner ?? "",
            OrExisting = request.OrExisting,
            HasSecurityGroups = request.SecurityGroups is not null,
        };
        message.SecurityGroups.AddRange(request.SecurityGroups ?? []);
        message.Addresses.AddRange(request.Addresses.Select(WireBytes.Of));
        message.Aliases.AddRange(request.Aliases);
        message.Labels.Add(request.Labels);
        return CallAsync((calls, options) => calls.CreatePortAsync(message, options), Records.ToModel, cancellation);
    }

    public Task<NodePort> UpdatePortAsync(PortUpdate update, CancellationToken cancellation)
    {
        var message = new UpdatePortRequest
        {
            Uid = WireBytes.Of(update.Port),
            Name = update.Name ?? "",
            Device = update.Device ?? "",
            Unbind = update.Unbind,
            HasSecurityGroups = update.SecurityGroups is not null,
        };
        message.SecurityGroups.AddRange(update.SecurityGroups ?? []);
        message.Aliases.AddRange(update.Aliases);
        message.Labels.Add(update.Labels);
        return CallAsync((calls, options) => calls.UpdatePortAsync(message, options), Records.ToModel, cancellation);
    }

    public Task<NodePort> PublishAsync(Guid port, ImmutableArray<NodePortMapping> mappings, CancellationToken cancellation)
    {
        var message = new UpdatePortRequest { Uid = WireBytes.Of(port), HasPublished = true, PublishedOnly = true };
        message.Published.AddRange(mappings.Select(OutsideRecords.ToRecord));
        return CallAsync((calls, options) => calls.UpdatePortAsync(message, options), Records.ToModel, cancellation);
    }

    public Task OfferAsync(Guid port, PortOffer offer, CancellationToken cancellation)
    {
        var message = OfferRecords.Of(port, offer);
        return CallAsync((calls, options) => calls.OfferAsync(message, options), reply => reply, cancellation);
    }

    public Task<long> DeletePortAsync(Guid port, bool keepAddresses, CancellationToken cancellation)
    {
        var message = new DeletePortRequest { Uid = WireBytes.Of(port), KeepAddresses = keepAddresses };
        return CallAsync((calls, options) => calls.DeletePortAsync(message, options), reply => reply.Revision, cancellation);
    }

    public Task<AddressLease> ReserveAddressAsync(
        Guid network, IPAddress? address, IPNetwork subnet, CancellationToken cancellation)
    {
        var message = new ReserveAddressRequest
        {
            NetworkUid = WireBytes.Of(network),
            Address = WireBytes.Of(address),
            SubnetPrefix = WireBytes.Of(subnet.BaseAddress),
            SubnetPrefixLength = (uint)subnet.PrefixLength,
        };
        return CallAsync((calls, options) => calls.ReserveAddressAsync(message, options), ToLease, cancellation);
    }

    public Task ReleaseAddressAsync(Guid network, IPAddress address, CancellationToken cancellation)
    {
        var message = new ReleaseAddressRequest { NetworkUid = WireBytes.Of(network), Address = WireBytes.Of(address) };
        return CallAsync((calls, options) => calls.ReleaseAddressAsync(message, options), reply => reply.Revision, cancellation);
    }

    public Task<ImmutableArray<AddressLease>> ListReservationsAsync(CancellationToken cancellation) => CallAsync(
        (calls, options) => calls.ListReservationsAsync(new(), options),
        reply => reply.Reservations.Select(ToLease).ToImmutableArray(), cancellation);

    async Task<TResult> CallAsync<TReply, TResult>(
        Func<Agents.AgentsClient, CallOptions, AsyncUnaryCall<TReply>> call,
        Func<TReply, TResult> read,
        CancellationToken cancellation)
    {
        if (link.Calls is not { } calls)
            throw new ControlPlaneException(
                ControlPlaneError.Unavailable, $"there is no connection to the server: {link.Status.Value.Fault ?? "not tried yet"}");
        try
        {
            using var running = call(calls, new(deadline: time.GetUtcNow().UtcDateTime + Patience, cancellationToken: cancellation));
            return read(await running.ResponseAsync.ConfigureAwait(false));
        }
        catch (RpcException e) when (!cancellation.IsCancellationRequested)
        {
            throw Translate(e);
        }
        catch (Exception e) when (e is ObjectDisposedException or MalformedRecordException)
        {
            throw new ControlPlaneException(ControlPlaneError.Unavailable, e.Message, cause: e);
        }
        catch (RpcException e)
        {
            throw new OperationCanceledException(e.Status.Detail, e, cancellation);
        }
    }

    static ControlPlaneException Translate(RpcException e)
    {
        var error = e.StatusCode switch
        {
            StatusCode.InvalidArgument or StatusCode.PermissionDenied => ControlPlaneError.Invalid,
            StatusCode.NotFound => ControlPlaneError.NotFound,
            StatusCode.AlreadyExists => ControlPlaneError.AlreadyExists,
            StatusCode.FailedPrecondition => ControlPlaneError.InUse,
            StatusCode.ResourceExhausted => ControlPlaneError.Exhausted,
            _ => ControlPlaneError.Unavailable,
        };
        return new(error, e.Status.Detail, error == ControlPlaneError.Unavailable ? [] : FaultTrailer.Read(e), e);
    }

    static AddressLease ToLease(ReservedAddress reserved) => new(
        WireBytes.ToUid(reserved.NetworkUid, "network_uid"),
        WireBytes.ToAddress(reserved.Address, "address"),
        (int)reserved.PrefixLength);
}
