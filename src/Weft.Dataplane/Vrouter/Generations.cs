using Weft.Dataplane.Abi;

namespace Weft.Dataplane;

/// <summary>Tells the vrouter that what it decided for the flows of a network may no longer hold.</summary>
/// <remarks>
/// A flow keeps the generation of its network's slot from when it was decided; when they differ, its next packet is
/// decided anew. A slot is raised only after the change it announces is in the kernel, and stays due until that works.
/// The epoch moves on first: a decision that is being made then looks again, and takes no new generation for an old look.
/// </remarks>
sealed class Generations(IReconcilerTarget<uint, uint> target, Epoch epoch)
{
    readonly HashSet<uint> _due = [];
    Dictionary<uint, uint> _slots = new(target.Read());

    internal void Touch(uint vni) => _due.Add(vni % AbiConstants.Generations);

    internal void ReadBack() => _slots = new(target.Read());

    internal ReconcileResult Raise()
    {
        if (_due.Count == 0)
            return ReconcileResult.Nothing;
        var moved = epoch.MoveOn();
        if (!moved.IsClean)
            return moved;
        List<ReconcileFailure> failures = [];
        var raised = 0;
        foreach (var slot in _due.ToList())
        {
            try
            {
                var next = _slots.GetValueOrDefault(slot) + 1;
                target.Set(slot, next);
                _slots[slot] = next;
                _due.Remove(slot);
                raised++;
            }
            catch (IOException error)
            {
                failures.Add(new("generations", $"{slot}", error));
            }
        }
        return failures.Count == 0 ? ReconcileResult.Nothing : new(raised, failures);
    }
}
