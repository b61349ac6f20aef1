using System.Collections.Immutable;
using System.Net;
using Weft.Model.Addressing;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Agent.Control;

/// <summary>
/// The calls that the agent makes to the server on behalf of drivers. Every one throws
/// <see cref="ControlPlaneException"/> for an answer that says no, and for no answer.
/// </summary>
public interface IControlPlane
{
    Task<NodeNetwork> CreateNetworkAsync(NetworkRequest request, CancellationToken cancellation);

    /// <returns>The revision of the deletion; 0: there was nothing to delete.</returns>
    Task<long> DeleteNetworkAsync(Guid network, CancellationToken cancellation);

    Task<NodePort> CreatePortAsync(PortRequest request, CancellationToken cancellation);

    Task<NodePort> UpdatePortAsync(PortUpdate update, CancellationToken cancellation);

    /// <summary>Says which ports of this node lead to a port of it. Replaces all; everything else stays.</summary>
    /// <param name="port">Uid.</param>
    /// <param name="mappings">None: nothing is published.</param>
    /// <param name="cancellation">Ends the wait, not the change.</param>
    Task<NodePort> PublishAsync(Guid port, ImmutableArray<NodePortMapping> mappings, CancellationToken cancellation);

    /// <summary>
    /// Asks for what a port shall have besides itself. What is not there is made, and goes with the last port that asked for it.
    /// </summary>
    /// <param name="port">Uid, of this node.</param>
    /// <param name="offer">What for; it may be asked for again.</param>
    /// <param name="cancellation">Ends the wait, not the change.</param>
    Task OfferAsync(Guid port, PortOffer offer, CancellationToken cancellation);

    /// <param name="port">Uid.</param>
    /// <param name="keepAddresses">As reservations of this node: Docker releases them by itself later.</param>
    /// <param name="cancellation">Ends the wait, not the deletion.</param>
    /// <returns>The revision of the deletion; 0: there was nothing to delete.</returns>
    Task<long> DeletePortAsync(Guid port, bool keepAddresses, CancellationToken cancellation);

    /// <param name="network">Uid.</param>
    /// <param name="address">Null: the server chooses one of the subnet.</param>
    /// <param name="subnet">Of the network.</param>
    /// <param name="cancellation">Ends the wait, not the reservation.</param>
    Task<AddressLease> ReserveAddressAsync(
        Guid network, IPAddress? address, IPNetwork subnet, CancellationToken cancellation);

    Task ReleaseAddressAsync(Guid network, IPAddress address, CancellationToken cancellation);

    /// <summary>Reservations of this node that no port has consumed.</summary>
    Task<ImmutableArray<AddressLease>> ListReservationsAsync(CancellationToken cancellation);
}

/// <param name="Subnets">Empty: the server chooses.</param>
/// <param name="OrExisting">A network of that name is the answer, if its subnets agree.</param>
/// <param name="Egress">With a way out by the default external network.</param>
public sealed record NetworkRequest(
    string Project, string Name, ImmutableArray<Subnet> Subnets, bool Internal = false, int Mtu = 0, bool OrExisting = false,
    bool Egress = false);

/// <summary>A port on this node. What is empty or null the server chooses.</summary>
public sealed record PortRequest
{
    /// <summary>Uid.</summary>
    public required Guid Network { get; init; }

    public string? Name { get; init; }

    public MacAddress? Mac { get; init; }

    public ImmutableArray<IPAddress> Addresses { get; init; } = [];

    public ImmutableArray<string> Aliases { get; init; } = [];

    public string? Device { get; init; }

    public string? Owner { get; init; }

    public ImmutableDictionary<string, string> Labels { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Names, of the network's project. Null: the project's default one, if it has one.</summary>
    public ImmutableArray<string>? SecurityGroups { get; init; }

    /// <summary>A port of that name in the network that is nowhere, or here, is bound to this node and is the answer.</summary>
    public bool OrExisting { get; init; }
}

/// <param name="Name">Null: keep. If taken, the server appends a number.</param>
/// <param name="Aliases">Replaces all.</param>
/// <param name="Device">Null: keep.</param>
/// <param name="Labels">Replaces all.</param>
/// <param name="Unbind">The port stays but is nowhere from now on.</param>
/// <param name="SecurityGroups">Names, replaces all. Null: keep.</param>
public sealed record PortUpdate(
    Guid Port,
    string? Name,
    ImmutableArray<string> Aliases,
    string? Device,
    ImmutableDictionary<string, string> Labels,
    bool Unbind = false,
    ImmutableArray<string>? SecurityGroups = null);

public sealed record AddressLease(Guid Network, IPAddress Address, int PrefixLength);
