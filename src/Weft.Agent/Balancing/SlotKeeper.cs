using Weft.Agent.Desired;
using Weft.Dataplane.Abi;

namespace Weft.Agent.Balancing;

/// <summary>The kernel's slots and pools, as far as <see cref="SlotKeeper"/> writes them.</summary>
interface ISlotTarget
{
    /// <summary>How many slots there are.</summary>
    uint Room { get; }

    void Write(uint offset, ReadOnlySpan<uint> backends);

    uint[] Read(uint offset, int count);

    /// <summary>Wants a pool from the next round's write on; null: wants it no longer.</summary>
    void SetPool(uint number, Pool? pool);

    /// <summary>Pools as the kernel has them.</summary>
    IReadOnlyDictionary<uint, Pool> Pools();
}

/// <summary>Writes the slots of pools, and which of them a pool has.</summary>
/// <remarks>
/// A changed pool gets slots that nobody has: they are written first, then one write of the pool switches over to them, so
/// its members change at one moment. The slots that it had are given to others only when the kernel has switched, and some
/// time later, for a packet may just be reading them. Which slots are in use after a restart, the kernel's pools say.
/// </remarks>
sealed class SlotKeeper
{
    /// <summary>Far longer than any packet takes.</summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    readonly ISlotTarget _target;
    readonly TimeProvider _time;
    readonly SlotRanges _ranges;
    readonly Dictionary<uint, Range> _current = []; // by pool
    readonly List<(uint Pool, Range Range, long Since)> _left = [];
    readonly HashSet<uint> _waiting = [];

    readonly record struct Range(uint Offset, uint Length);

    internal SlotKeeper(ISlotTarget target, TimeProvider time)
    {
        (_target, _time, _ranges) = (target, time, new(target.Room));
        foreach (var (number, pool) in target.Pools())
        {
            // Two that have the same slots cannot be of ours; the second one is written anew.
            if (pool.Slots > 0 && _ranges.TakeAt(pool.Offset, pool.Slots))
                _current[number] = new(pool.Offset, pool.Slots);
        }
    }

    /// <summary>What could not be done for lack of slots; null: nothing.</summary>
    internal string? Fault => _waiting.Count == 0 ? null
        : $"{_waiting.Count} pools of load balancers keep earlier members: no slots are left for new ones";

    /// <summary>Writes what changed, and what waited for room.</summary>
    /// <param name="changed">Numbers of pools that came, changed, or went.</param>
    /// <param name="specs">All pools.</param>
    internal void Update(IReadOnlyCollection<uint> changed, IReadOnlyDictionary<uint, PoolSpec> specs)
    {
        if (changed.Count == 0 && _waiting.Count == 0)
            return;
        foreach (var number in changed.Union(_waiting).ToList())
        {
            _waiting.Remove(number);
            if (!specs.TryGetValue(number, out var spec))
                Remove(number);
            else if (!TryPlace(number, spec))
                _waiting.Add(number);
        }
    }

    /// <summary>Gives slots back whose time is over.</summary>
    internal void Tick()
    {
        if (_left.Count == 0)
            return;
        var pools = _target.Pools();
        _left.RemoveAll(left =>
        {
            var isUsed = pools.TryGetValue(left.Pool, out var pool) && pool.Offset == left.Range.Offset && pool.Slots == left.Range.Length;
            if (isUsed || _time.GetElapsedTime(left.Since) < Grace)
                return false;
            _ranges.Return(left.Range.Offset, left.Range.Length);
            return true;
        });
    }

    /// <summary>Pools of an earlier agent that are none of ours, once the state is complete: the next round removes them.</summary>
    internal void Forget(IReadOnlyDictionary<uint, PoolSpec> specs)
    {
        foreach (var number in _current.Keys.Where(number => !specs.ContainsKey(number)).ToList())
            Leave(number);
    }

    bool TryPlace(uint number, PoolSpec spec)
    {
        var known = _current.TryGetValue(number, out var range);
        var slots = PoolSlots.Of(spec, (int)range.Length);
        if (slots.Length == 0)
        {
            Leave(number);
            _target.SetPool(number, BalancerManager.Entry(spec, 0, 0));
            return true;
        }
        if (!known || range.Length != slots.Length || !_target.Read(range.Offset, slots.Length).AsSpan().SequenceEqual(slots))
        {
            if (_ranges.Take((uint)slots.Length) is not { } offset)
                return false;
            _target.Write(offset, slots);
            Leave(number);
            _current[number] = range = new(offset, (uint)slots.Length);
        }
        _target.SetPool(number, BalancerManager.Entry(spec, range.Offset, slots.Length));
        return true;
    }

    void Remove(uint number)
    {
        Leave(number);
        _target.SetPool(number, null);
    }

    void Leave(uint number)
    {
        if (_current.Remove(number, out var range))
            _left.Add((number, range, _time.GetTimestamp()));
    }
}
