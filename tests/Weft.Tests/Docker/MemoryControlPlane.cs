using System.Collections.Immutable;
using System.Net;
using Weft.Agent.Control;
using Weft.Agent.State;
using Weft.Model.Addressing;
using Weft.Model.State;

namespace Weft.Tests.Docker;

/// <summary>A server of one node, in memory: what it is asked changes the state that the node sees.</summary>
sealed class MemoryControlPlane : IControlPlane
{
    const uint Node = 1;
    readonly Lock _lock = new();
    readonly HashSet<(Guid Network, IPAddress Address)> _reserved = [];
    uint _vni = 1;
    ulong _mac = 0x02_00_00_00_00_00;

    internal Latest<AgentState> Agent { get; } = new(new(Node, NodeState.Empty, InSync: true, Connected: true) { Confirmed = true });

    internal NodeState State => Agent.Value.State;

    /// <summary>Security groups that there are.</summary>
    internal HashSet<string> Groups { get; } = ["web", "db"];

    /// <summary>While true, every call fails as it does when the server is away.</summary>
    internal bool IsAway { get; set; }

    /// <summary>What the making of a network waits for; the server has been asked by then.</summary>
    internal Task Making { get; set; } = Task.CompletedTask;

    /// <summary>Networks that wait for it.</summary>
    internal int Waiting { get; private set; }

    /// <summary>Calls so far, in words.</summary>
    internal List<string> Calls { get; } = [];

    internal IReadOnlyCollection<(Guid Network, IPAddress Address)> Reserved => _reserved;

    public async Task<NodeNetwork> CreateNetworkAsync(NetworkRequest request, CancellationToken cancellation)
    {
        Waiting++;
        await Making.WaitAsync(cancellation);
        return await MakeNetworkAsync(request);
    }

    Task<NodeNetwork> MakeNetworkAsync(NetworkRequest request) => Call(
        $"create network {request.Project}/{request.Name}",
        () =>
        {
            if (State.Networks.Values.FirstOrDefault(
                one => one.Project == request.Project && one.Name == request.Name) is { } known)
            {
                return request.OrExisting && request.Subnets.Select(subnet => subnet.Prefix)
                    .SequenceEqual(known.Subnets.Select(subnet => subnet.Prefix))
                    ? known
                    : throw No(ControlPlaneError.AlreadyExists, $"network {request.Name} exists with other subnets");
            }
            var network = new NodeNetwork(
                Guid.NewGuid(), request.Project, request.Name, _vni++, request.Subnets, request.Internal, request.Mtu,
                State.Revision + 1);
            Change(state => state with { Networks = state.Networks.Add(network.Uid, network) });
            return network;
        });

    public Task<long> DeleteNetworkAsync(Guid network, CancellationToken cancellation) => Call(
        "delete network",
        () =>
        {
            if (State.Ports.Values.FirstOrDefault(port => port.Network == network) is { } port)
                throw No(ControlPlaneError.InUse, $"port {port.Name} is in it");
            Change(state => state with { Networks = state.Networks.Remove(network) });
            return State.Revision;
        });

    public Task<NodePort> CreatePortAsync(PortRequest request, CancellationToken cancellation) => Call(
        "create port",
        () =>
        {
            CheckGroups(request.SecurityGroups);
            var network = State.Networks[request.Network];
            if (request.Addresses.FirstOrDefault(address => HolderOf(request.Network, address) is not null) is { } taken)
                throw No(ControlPlaneError.AlreadyExists, $"address {taken} is taken by port {HolderOf(request.Network, taken)!.Name}");
            ImmutableArray<IPAddress> addresses = request.Addresses.IsEmpty
                ? [.. network.Subnets.Select(subnet => Free(network.Uid, subnet.Prefix))]
                : request.Addresses;
            _reserved.ExceptWith(addresses.Select(address => (request.Network, address)));
            var uid = Guid.NewGuid();
            var port = new NodePort(
                uid, network.Project, request.Name ?? $"port-{uid:n}"[..12], network.Uid, request.Mac ?? new(++_mac), addresses,
                Node, request.Aliases, request.Device, request.Owner, State.Revision + 1)
            {
                Labels = [.. request.Labels.OrderBy(label => label.Key, StringComparer.Ordinal)],
            };
            Change(state => state with { Ports = state.Ports.Add(uid, port) });
            return port;
        });

    public Task<NodePort> UpdatePortAsync(PortUpdate update, CancellationToken cancellation) => Call(
        $"update port to {update.Name ?? "the same name"} with [{string.Join(' ', update.Aliases.Order(StringComparer.Ordinal))}]"
            + (update.SecurityGroups is { } groups ? $" groups [{string.Join(' ', groups)}]" : ""),
        () =>
        {
            CheckGroups(update.SecurityGroups);
            if (!State.Ports.TryGetValue(update.Port, out var port))
                throw No(ControlPlaneError.NotFound, "there is no such port");
            var name = update.Name ?? port.Name;
            while (State.Ports.Values.Any(other => other.Uid != port.Uid && other.Name == name))
                name += "-2";
            port = port with
            {
                Name = name,
                Aliases = update.Aliases,
                Device = update.Device ?? port.Device,
                Labels = [.. update.Labels.OrderBy(label => label.Key, StringComparer.Ordinal)],
            };
            Change(state => state with { Ports = state.Ports.SetItem(port.Uid, port) });
            return port;
        });

    /// <summary>What publishing waits for.</summary>
    internal Task Publishing { get; set; } = Task.CompletedTask;

    public async Task<NodePort> PublishAsync(Guid port, ImmutableArray<NodePortMapping> mappings, CancellationToken cancellation)
    {
        await Publishing.WaitAsync(cancellation);
        return await PublishNowAsync(port, mappings);
    }

    Task<NodePort> PublishNowAsync(Guid port, ImmutableArray<NodePortMapping> mappings) => Call(
        $"publish [{string.Join(' ', mappings.Select(mapping => $"{mapping.Ports}:{mapping.TargetPort}/{mapping.Protocol}"))}]",
        () =>
        {
            if (!State.Ports.TryGetValue(port, out var known))
                throw No(ControlPlaneError.NotFound, "there is no such port");
            known = known with { Published = mappings };
            Change(state => state with { Ports = state.Ports.SetItem(port, known) });
            return known;
        });

    public Task OfferAsync(Guid port, PortOffer offer, CancellationToken cancellation) => Call(
        "offer",
        () =>
        {
            if (Refusal is { } no)
                throw no;
            Offers[State.Ports[port].Name] = offer;
            return true;
        });

    /// <summary>What was asked for, by name of the port.</summary>
    internal Dictionary<string, PortOffer> Offers { get; } = [];

    /// <summary>The answer to offers; null: yes.</summary>
    internal ControlPlaneException? Refusal { get; set; }

    public Task<long> DeletePortAsync(Guid port, bool keepAddresses, CancellationToken cancellation) => Call(
        keepAddresses ? "delete port, keep addresses" : "delete port",
        () =>
        {
            if (!State.Ports.TryGetValue(port, out var gone))
                return 0;
            if (keepAddresses)
                _reserved.UnionWith(gone.Addresses.Select(address => (gone.Network, address)));
            Change(state => state with { Ports = state.Ports.Remove(port) });
            return State.Revision;
        });

    public Task<AddressLease> ReserveAddressAsync(
        Guid network, IPAddress? address, IPNetwork subnet, CancellationToken cancellation) => Call(
        $"reserve {address?.ToString() ?? "any"} of {subnet}",
        () =>
        {
            if (address is not null && (HolderOf(network, address) is not null || _reserved.Contains((network, address))))
                throw No(ControlPlaneError.AlreadyExists, $"address {address} is taken");
            var chosen = address ?? Free(network, subnet);
            _reserved.Add((network, chosen));
            return new AddressLease(network, chosen, subnet.PrefixLength);
        });

    public Task ReleaseAddressAsync(Guid network, IPAddress address, CancellationToken cancellation) =>
        Call($"release {address}", () => _reserved.Remove((network, address)));

    public Task<ImmutableArray<AddressLease>> ListReservationsAsync(CancellationToken cancellation) => Call(
        "list reservations", () => _reserved.Select(one => new AddressLease(one.Network, one.Address, 24)).ToImmutableArray());

    internal void Change(Func<NodeState, NodeState> change) =>
        Agent.Update(seen => seen with { State = change(seen.State) with { Revision = seen.State.Revision + 1 } });

    void CheckGroups(ImmutableArray<string>? groups)
    {
        if ((groups ?? []).FirstOrDefault(group => !Groups.Contains(group)) is { } none)
            throw new ControlPlaneException(
                ControlPlaneError.Invalid, "refused", [new("securityGroups[0]", $"there is no security group '{none}'")]);
    }

    internal static ControlPlaneException No(ControlPlaneError error, string message) => new(error, message);

    NodePort? HolderOf(Guid network, IPAddress address) =>
        State.Ports.Values.FirstOrDefault(port => port.Network == network && port.Addresses.Contains(address));

    /// <summary>The highest one, as the server's pools beside Docker's would have it.</summary>
    IPAddress Free(Guid network, IPNetwork prefix)
    {
        for (var at = prefix.Last() - 1; at > prefix.First() + 1; at--)
        {
            var address = at.ToAddress(prefix.BaseAddress.AddressFamily);
            if (HolderOf(network, address) is null && !_reserved.Contains((network, address)))
                return address;
        }
        throw No(ControlPlaneError.Exhausted, $"no address of {prefix} is left");
    }

    Task<T> Call<T>(string what, Func<T> answer)
    {
        lock (_lock)
        {
            Calls.Add(what);
            if (IsAway)
                return Task.FromException<T>(No(ControlPlaneError.Unavailable, "connection refused"));
            try
            {
                return Task.FromResult(answer());
            }
            catch (ControlPlaneException no)
            {
                return Task.FromException<T>(no);
            }
        }
    }
}
