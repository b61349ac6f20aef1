using System.Net;
using Weft.Dataplane.Abi;

namespace Weft.Kernel.Tests.Packets;

sealed partial class TestVrouter
{
    uint _slotsUsed;

    /// <summary>This node answers for an address, which leads to one of a network: all of it, or one port of a protocol.</summary>
    internal void AddFloating(uint external, string floating, uint vni, string address, ulong identity)
    {
        AddRoute(external, floating, new() { Action = FlowAction.Floating, Vni = external, Identity = identity });
        AddFrontend(external, floating, 0, 0, new() { Vni = vni, Address = IPAddress.Parse(address) });
    }

    internal void AddFrontend(uint vni, string address, int protocol, ushort port, Frontend frontend) =>
        Map<FrontendKey, Frontend>("weft_frontends").Set(FrontendOf(vni, address, protocol, port), frontend);

    internal void RemoveFrontend(uint vni, string address, int protocol, ushort port) =>
        Map<FrontendKey, Frontend>("weft_frontends").Remove(FrontendOf(vni, address, protocol, port));

    internal void AddTranslation(
        uint vni, uint external, string address, string outside, ushort firstPort = 0, ushort lastPort = 0, uint maxConnections = 0) =>
        Map<TranslationKey, Translation>("weft_translations").Set(
            TranslationOf(vni, external, address),
            new()
            {
                Address = IPAddress.Parse(outside), FirstPort = firstPort, LastPort = lastPort, MaxConnections = maxConnections,
            });

    internal void RemoveTranslation(uint vni, uint external, string address) =>
        Map<TranslationKey, Translation>("weft_translations").Remove(TranslationOf(vni, external, address));

    /// <summary>A virtual IP of a network.</summary>
    internal void AddBalancer(uint vni, string address) => AddRoute(vni, address, new() { Action = FlowAction.Balancer, Vni = vni });

    internal void AddListener(
        uint vni, string address, int protocol, ushort port, uint listener, uint pool, uint maxConnections = 0) =>
        AddFrontend(vni, address, protocol, port, new() { Vni = vni, Listener = listener, Pool = pool, MaxConnections = maxConnections });

    internal void AddBackend(
        uint number, uint vni, string address, ushort port, BackendFlags flags = BackendFlags.Up | BackendFlags.Keeps, uint weight = 1,
        uint maxConnections = 0) =>
        Map<uint, Backend>("weft_backends").Set(number, new()
        {
            Vni = vni, Address = IPAddress.Parse(address), Port = port, Flags = (uint)flags, Weight = weight, MaxConnections = maxConnections,
        });

    internal void RemoveBackend(uint number) => Map<uint, Backend>("weft_backends").Remove(number);

    /// <summary>Writes the slots behind those of earlier pools, then switches the pool over to them.</summary>
    internal void AddPool(uint number, Balance balance, uint affinityS, params uint[] slots)
    {
        var memory = Map<uint, uint>("weft_slots");
        foreach (var (slot, backend) in slots.Index())
            memory.Set(_slotsUsed + (uint)slot, backend);
        Map<uint, Pool>("weft_pools").Set(
            number, new() { Offset = _slotsUsed, Slots = (uint)slots.Length, Balance = (uint)balance, AffinityS = affinityS });
        _slotsUsed += (uint)slots.Length;
    }

    internal BalanceUsage ListenerUsage(uint listener) =>
        Map<uint, BalanceUsage>("weft_listener_usage").TryGet(listener, out var usage) ? usage : default;

    internal BalanceUsage BackendUsage(uint backend) =>
        Map<uint, BalanceUsage>("weft_backend_usage").TryGet(backend, out var usage) ? usage : default;

    static FrontendKey FrontendOf(uint vni, string address, int protocol, ushort port) =>
        new() { Vni = vni, Address = IPAddress.Parse(address), Protocol = (byte)protocol, Port = port };

    static TranslationKey TranslationOf(uint vni, uint external, string address) =>
        new() { Vni = vni, External = external, Address = IPAddress.Parse(address) };
}
