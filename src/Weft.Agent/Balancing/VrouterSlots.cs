using Weft.Dataplane;
using Weft.Dataplane.Abi;

namespace Weft.Agent.Balancing;

/// <summary>The slots and pools of a vrouter.</summary>
sealed class VrouterSlots(Vrouter vrouter) : ISlotTarget
{
    public uint Room => (uint)SlotMemory.Room;

    public void Write(uint offset, ReadOnlySpan<uint> backends) => vrouter.Slots.Write(offset, backends);

    public uint[] Read(uint offset, int count) => vrouter.Slots.Read(offset, count);

    public void SetPool(uint number, Pool? pool)
    {
        if (pool is { } wanted)
            vrouter.Pools.Set(number, wanted);
        else
            vrouter.Pools.Remove(number);
    }

    public IReadOnlyDictionary<uint, Pool> Pools() => vrouter.Pools.Actual();
}
